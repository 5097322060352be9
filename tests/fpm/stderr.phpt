--TEST--
Standard error as a log: closed, /dev/null, a pipe that is full; and whoever waits for the end of FPM's output is let go
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$stderr = ['ini' => ['fpmsentinel.log' => 'stderr']];

// Closed, or /dev/null for want of catch_workers_output: the last words are what remains

$script = 'isset($_GET["close"]) && crashme("close", 2); crashme("null-read");';
foreach (['closed' => ['/die.php?close=1', 'yes'], 'nobody reads' => ['/die.php', 'no']] as $name => [$path, $caught]) {
    $server = play(function (Server $server) use ($script, $path) {
        $server->script('die.php', $script);
        [$pid] = $server->workers();
        return [$server->get($path), $server->childExit($pid)];
    }, ['pool' => ['catch_workers_output' => $caught]] + $stderr);
    same("$name: records", 0, substr_count($server->fpmLog(), '{"@timestamp"'));
    same("$name: last words", 1, count($words = lastWords($server, '/die.php')));
    matches("$name: last words", $name === 'closed' ? '~\(not recorded: .+\)~' : '~\(record \w+\)~', $words[0]);
    $server->stop();
}

// Full: the master does not read while it is stopped

$server = play(function (Server $server) {
    $server->script('die.php', 'crashme("fill-stderr"); crashme("null-read");');
    [$pid] = $server->workers();
    $server->signalMaster('STOP');
    $start = hrtime(true);
    $answer = $server->get('/die.php');
    same('at once', true, hrtime(true) - $start < 5e9);
    $server->signalMaster('CONT');
    return [$answer, $server->childExit($pid)];
}, $stderr);
matches('full: last words', '~\(not recorded: the pipe is full\)~', lastWords($server, '/die.php')[0]);
$server->stop();

// php-fpm -D | cat: cat ends when FPM has gone into the background

foreach ([false, true] as $extension) {
    $dir = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
    mkdir($dir);
    file_put_contents("$dir/fpm.conf", "[global]\npid = $dir/pid\nerror_log = $dir/log\n[www]\nuser = www-data\n"
        . "listen = $dir/sock\npm = static\npm.max_children = 1\n");
    $load = $extension ? ['-d', 'extension=' . Server::path('TEST_FPMSENTINEL_SO'), '-d', "fpmsentinel.log=$dir/records"] : [];
    $fpm = proc_open([Server::path('TEST_PHP_FPM'), '-n', '-D', '-y', "$dir/fpm.conf", ...$load],
        [['file', '/dev/null', 'r'], ['pipe', 'w'], ['redirect', 1]], $pipes);
    [$readable, $none] = [[$pipes[1]], null];
    same('output, or its end', 1, stream_select($readable, $none, $none, 10));
    $readable && same('output', '', stream_get_contents($pipes[1]));
    same('status', 0, proc_close($fpm));
    $pid = (int) file_get_contents("$dir/pid");
    $lives = fn () => (bool) preg_match('~\) [^Z] ~', (string) @file_get_contents("/proc/$pid/stat")); // nobody may reap it
    same('in the background', true, $lives());
    Server::kill($pid, 'TERM');
    for ($deadline = hrtime(true) + 10e9; $lives() && hrtime(true) < $deadline; usleep(5_000));
    same('stopped', false, $lives());
    exec('rm -rf ' . escapeshellarg($dir));
}
?>
done
--EXPECT--
done
