--TEST--
The coroner as a process: none stays after -t, -i, -m and a stop; idle it sleeps; it keeps no descriptor
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; needs('strace'); ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

/** @return list<string> what a process has open */
function descriptors(int $pid): array
{
    $links = array_map(fn ($link) => (string) @readlink($link), glob("/proc/$pid/fd/*"));
    $kinds = preg_replace('~^(socket|pipe):.*~', '$1', $links);
    sort($kinds);
    return $kinds;
}

// What it is

$server = new Server(['pool' => ['pm.max_children' => 2], 'opcache' => true]); // which writes to much of what there was
$server->script('hello.php', 'echo "hello";');
$server->script('die.php', 'crashme("null-read");');
$coroner = $server->coroner();
$supervisor = $server->supervisor();
// the pidfd is of whoever started FPM
$own = ['/dev/null', '/dev/null', "$server->dir/log/fpm.log", 'anon_inode:[pidfd]', 'pipe', 'socket', 'socket'];
$bells = array_merge(array_slice($own, 0, 3), ['anon_inode:[eventpoll]'], array_slice($own, 3));
foreach (['coroner' => [$coroner, [...$bells, 'socket']],
    'supervisor' => [$supervisor, [...$own, 'socket', 'socket', 'socket']]] as $who => [$pid, $open]) {
    preg_match('~^\d+ \((.*)\) \w (\d+) \d+ (\d+) ~', file_get_contents("/proc/$pid/stat"), $stat);
    same("$who: name and session", ['fpm-sentinel', $supervisor], [$stat[1], (int) $stat[3]]);
    same("$who: parent", $who === 'coroner', (int) $stat[2] === $supervisor);
    same("$who: directory", '/', readlink("/proc/$pid/cwd"));
    same("$who: descriptors", $open, descriptors($pid));
    foreach (['TERM', 'INT', 'QUIT', 'HUP', 'USR1', 'USR2', 'ALRM', 'PIPE'] as $signal) {
        Server::kill($pid, $signal);
    }
    $kilobytes = preg_match('~^Private_Dirty: +(\d+)~m', file_get_contents("/proc/$pid/smaps_rollup"), $match)
        ? (int) $match[1] : null;
    same("$who: memory of its own", true, $kilobytes > 0 && $kilobytes < 2048);
}

// Nothing is kept of workers that have come and gone

for ($n = 1; $n <= 10; $n++) {
    same('status', [200, 502], [$server->get('/hello.php')->status, $server->get('/die.php')->status]);
}
$server->records(10);
$living = $server->until(fn () => count($server->workers()) === 2 ? 2 : null, 10, 'the workers');
foreach ([$coroner, $supervisor] as $pid) {
    $anonymous = fn () => count(preg_grep('~^anon_inode:~', descriptors($pid)));
    // and the master's, twice, and what waits for bells
    $server->until(fn () => $anonymous() <= 2 * $living + 3, 10, "process $pid to close what it does not need");
}
$server->until(fn () => trim(file_get_contents("/proc/$coroner/task/$coroner/children")) === '', 10,
    'its children to end');

// Idle: both sleep

$trace = "$server->dir/trace";
$strace = proc_open(['strace', '-qq', '-o', $trace, '-p', $coroner, '-p', $supervisor], [], $pipes);
foreach ([$coroner, $supervisor] as $pid) {
    $server->until(fn () => !str_contains(file_get_contents("/proc/$pid/status"), "TracerPid:\t0\n"), 10, 'strace');
}
usleep(3_000_000); // the time in which nothing happens is what is looked at
proc_terminate($strace, 2);
proc_close($strace);
same('system calls', 0, preg_match_all('~^(?:\d+ +)?(?!restart_syscall|p?poll\(|strace)\w+\(~m',
    file_get_contents($trace)));

// The end

same('left', [], $server->stop());
same('both', [true, true], [isGone($coroner), isGone($supervisor)]);

// -t, -i, -m: whoever waits for them waits for nobody else

$server = new Server;
foreach (['-t', '-i', '-m'] as $option) {
    $command = [Server::path('TEST_PHP_FPM'), '-n', '-d', 'extension=' . Server::path('TEST_FPMSENTINEL_SO'), '-d',
        "fpmsentinel.log=$server->log",
        '-y', "$server->dir/fpm.conf", $option];
    $process = proc_open($command, [['file', '/dev/null', 'r'], ['pipe', 'w'], ['pipe', 'w']], $pipes, null,
        ['FPMSENTINEL_TEST' => "$server->dir"]);
    $output = stream_get_contents($pipes[1]) . stream_get_contents($pipes[2]);
    same($option, 0, proc_close($process));
    $option !== '-t' && matches($option, '~fpmsentinel~', $output);
}
same('records', false, (bool) $server->rawRecords());
same('left', [], $server->stop());

// In the background: `php-fpm -D | cat` ends, standard error is let go of, and records have a default log

$server = new Server;
$conf = file_get_contents("$server->dir/fpm.conf");
file_put_contents("$server->dir/daemon.conf", strtr($conf,
    ["$server->dir/fpm.pid" => "$server->dir/daemon.pid", "$server->dir/www.sock" => "$server->dir/daemon.sock",
    '/dev/stderr' => "$server->dir/log/daemon.log"]));
$command = implode(' ', array_map('escapeshellarg', [Server::path('TEST_PHP_FPM'), '-n', '-D', '-d',
    'extension=' . Server::path('TEST_FPMSENTINEL_SO'),
    '-d', "fpmsentinel.log=$server->log", '-y', "$server->dir/daemon.conf"]));
$process = proc_open(['sh', '-c', "$command 2>&1 | cat"], [['file', '/dev/null', 'r'], ['pipe', 'w']], $pipes, null,
    ['FPMSENTINEL_TEST' => "$server->dir"]);
$server->until(fn () => !proc_get_status($process)['running'], 10, '`php-fpm -D | cat` to end');
same('output', '', stream_get_contents($pipes[1]));
$daemon = (int) file_get_contents("$server->dir/daemon.pid");
$coroners = $server->until(function () use ($server) { // each child gives itself its title
    exec('pgrep -f "^php-fpm: sentinel$"', $pids);
    return array_values(array_filter($pids, fn ($pid) => (int) $pid !== $server->coroner()
        && str_contains((string) @file_get_contents("/proc/$pid/environ"), "FPMSENTINEL_TEST=$server->dir")));
}, 10, 'the coroner');
same('coroners', 1, count($coroners));
$server->until(fn () => descriptors((int) $coroners[0]) === ['/dev/null', '/dev/null', '/dev/null',
    'anon_inode:[eventpoll]', 'pipe', 'socket', 'socket', 'socket'], 10, 'standard error to be dropped');
Server::kill($daemon, 'TERM');
$server->until(fn () => isGone((int) $coroners[0]), 10, 'the coroner to end');
$server->stop();
?>
done
--EXPECT--
done
