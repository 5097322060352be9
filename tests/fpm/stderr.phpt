--TEST--
Standard error as a log: closed, /dev/null, a pipe that is full; and whoever waits for the end of FPM's output is let go
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$stderr = ['ini' => ['fpmsentinel.log' => 'stderr']];

// The worker's own is closed, or /dev/null for want of catch_workers_output: that is nothing to the coroner

$script = 'isset($_GET["close"]) && crashme("close", 2); crashme("null-read");';
foreach (['closed' => ['/die.php?close=1', 'yes'], 'nobody reads' => ['/die.php', 'no']] as $name => [$path, $caught]) {
    $server = play(function (Server $server) use ($script, $path) {
        $server->script('die.php', $script);
        [$pid] = $server->workers();
        return [$server->get($path), $server->childExit($pid)];
    }, ['pool' => ['catch_workers_output' => $caught]] + $stderr);
    recordIs($server, recordOnStderr($server), 'segfault', '/die.php');
    same("$name: last words", 1, count(lastWords($server, '/die.php')));
    $server->stop();
}

// FPM's own is a pipe that nobody reads for a while: workers die as ever, and no line is torn or lost

$server = new Server(['wrapper' => ['sh', '-c', 'mkfifo fifo; (sleep 0; while [ ! -e read ]; do sleep 0.01; done; '
    . 'exec cat) <fifo >log/read & exec "$@" 2>fifo', 'sh']] + $stderr);
const DEATHS = 20; // more than a pipe holds
for ($n = 1; $n <= DEATHS; $n++) {
    [$pid] = $server->until(fn () => $server->workers(), 10, 'a worker');
    // each with a fingerprint of its own, since in a storm records are short
    $server->script("die$n.php", 'crashme("null-read");');
    same('status', 502, $server->get("/die$n.php")->status);
    $server->until(fn () => !in_array($pid, $server->workers()), 10, "worker $n to end");
}
$coroner = $server->coroner();
$server->signalMaster('TERM');
$server->until(fn () => !$server->running(), 10, 'FPM to stop, though nobody reads');
same('the coroner waits for a reader', false, isGone($coroner));
touch("$server->dir/read");
$server->log = "$server->dir/log/records";
$records = function () use ($server) {
    $lines = preg_grep('~^\{"@timestamp".*\}\}\}\}$~', explode("\n",
        (string) @file_get_contents("$server->dir/log/read")));
    file_put_contents($server->log, implode('', array_map(fn ($line) => "$line\n", $lines)));
    return count($lines) >= DEATHS;
};
$server->until($records, 10, 'the records');
$server->records(DEATHS);
$server->until(fn () => isGone($coroner), 10, 'the coroner to end');
$server->stop();

// php-fpm -D | cat: cat ends when FPM has gone into the background

foreach ([false, true] as $extension) {
    $dir = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
    mkdir($dir);
    file_put_contents("$dir/fpm.conf", smallFpm($dir, global: "pid = $dir/pid"));
    $load = $extension ? ['-d', 'extension=' . Server::path('TEST_FPMSENTINEL_SO'), '-d',
        "fpmsentinel.log=$dir/records"] : [];
    $fpm = proc_open([Server::path('TEST_PHP_FPM'), '-n', '-D', '-y', "$dir/fpm.conf", ...$load],
        [['file', '/dev/null', 'r'], ['pipe', 'w'], ['redirect', 1]], $pipes);
    [$readable, $none] = [[$pipes[1]], null];
    same('output, or its end', 1, stream_select($readable, $none, $none, 10));
    $readable && same('output', '', stream_get_contents($pipes[1]));
    same('status', 0, proc_close($fpm));
    $pid = (int) file_get_contents("$dir/pid");
    // nobody may reap it
    $lives = fn () => (bool) preg_match('~\) [^Z] ~', (string) @file_get_contents("/proc/$pid/stat"));
    same('in the background', true, $lives());
    Server::kill($pid, 'TERM');
    eventually('FPM to stop', fn () => !$lives());
    exec('rm -rf ' . escapeshellarg($dir));
}
?>
done
--EXPECT--
done
