--TEST--
The watcher: parked it makes no system call; the first request after a pause wakes it; gone where it is not wanted
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; needs('strace'); ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

/** @return list<string> the system calls of a thread while $meanwhile runs, as strace shows them */
function calls(Server $server, int $thread, callable $meanwhile): array
{
    $trace = "$server->dir/trace.$thread." . hrtime(true);
    $strace = proc_open(['strace', '-qq', '-o', $trace, '-p', $thread], [], $pipes);
    $traced = fn () => !str_contains(file_get_contents("/proc/$thread/status"), "TracerPid:\t0\n");
    $server->until($traced, 10, 'strace');
    $meanwhile();
    proc_terminate($strace);
    proc_close($strace);
    return array_values(preg_grep('~^\w+\(.* = ~', file($trace))); // not the one that strace found it in
}

/** @return list<int> the threads of a process beside its first */
function threads(int $pid): array
{
    return array_values(array_diff(array_map(fn ($task) => (int) basename($task), glob("/proc/$pid/task/*")), [$pid]));
}

function untilParked(Server $server, int $thread): void
{
    $server->until(fn () => str_contains((string) file_get_contents("/proc/$thread/wchan"), 'futex'), 10,
        'the watcher to park');
}

$server = new Server;
$server->script('hello.php', 'echo "hello";');
$server->script('wait.php', 'crashme("nap", 300); echo "waited";');
[$pid] = $server->workers();
same('before the first request', [], threads($pid));
same('status', 200, $server->get('/hello.php')->status);
[$watcher] = threads($pid);
$server->until(fn () => file_get_contents("/proc/$watcher/comm") === "fpmsentinel\n", 10, 'it to have its name');
// all but glibc's own two
matches('signals', '~^SigBlk:\tf{7}[0-9a-f]{9}$~m', file_get_contents("/proc/$watcher/status"));

// An idle worker

untilParked($server, $watcher);
$ofCoroner = null;
$nothing = fn () => sleep(3); // the time in which nothing happens is what is looked at
$ofWatcher = calls($server, $watcher, function () use ($server, $nothing, &$ofCoroner) {
    $ofCoroner = calls($server, $server->coroner(), $nothing);
});
same('parked', [[], []], [$ofWatcher, $ofCoroner]);

// The first request after the pause wakes it, the next does not

$futex = fn ($calls) => count(preg_grep('~^futex\(~', $calls));
untilParked($server, $watcher);
$calls = calls($server, $pid, function () use ($server) {
    for ($i = 0; $i < 20; $i++) {
        $server->get('/hello.php');
    }
});
// a second time where this machine has stood still for a second
same('woken', true, in_array($futex($calls), [1, 2], true));
untilParked($server, $watcher);
same('looks', true, count(preg_grep('~^process_vm_readv\(~',
    calls($server, $watcher, fn () => $server->get('/wait.php')))) > 3);

// It ends with its worker, whether that knows of it or not

Server::kill($pid, 'QUIT');
same('exit', 'exited with code 0', $server->childExit($pid));
$server->records(0);

// Not wanted, and not to be had

$server = new Server(['ini' => ['fpmsentinel.sample_interval' => 0]]);
$server->script('hello.php', 'echo "hello";');
[$pid] = $server->workers();
same('status', 200, $server->get('/hello.php')->status);
same('not wanted', [], threads($pid));

$server = new Server(['pool' => ['pm' => 'static', 'pm.max_children' => 2]]);
$server->script('pid.php', 'usleep(20_000); echo getmypid();');
$server->until(fn () => count($server->workers()) === 2, 10, 'the workers');
foreach ($server->workers() as $pid) {
    exec("setpriv --reuid=www-data --regid=www-data --clear-groups prlimit --pid=$pid --nproc=1", $output, $status);
    same('prlimit', 0, $status);
}
$served = [];
$server->until(function () use ($server, &$served) {
    foreach ([$server->start('/pid.php'), $server->start('/pid.php')] as $request) {
        $served[$server->finish($request)->body] = true;
    }
    return count($served) === 2;
}, 10, 'both workers to serve');
foreach (array_keys($served) as $pid) {
    same('not to be had', [], threads($pid));
}
$said = fn () => substr_count($server->fpmLog(), 'pool www: fpmsentinel: cannot start the watcher thread (error 11)');
same('said', 1, $server->until($said, 10, "the worker's line in FPM's log"));
?>
done
--EXPECT--
done
