--TEST--
kill -9 of a busy, a sleeping, an idle and a fresh worker: the coroner tells of those that had a request
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

foreach (['unix', 'tcp'] as $upstream) {
    $deaths = new Deaths(['upstream' => $upstream]);
    $deaths->script('busy.php', 'for (;;);');
    $deaths->script('asleep.php', 'sleep(30);');
    $deaths->script('flushed.php', 'echo str_repeat("x", 10_000); flush(); sleep(30);');
    $kill = function (Server $server, int $pid, string $signal = 'KILL') {
        Server::kill($pid, $signal);
    };
    $deaths->inflict('busy', 'killed', '/busy.php', fn ($server, $pid) =>
        [untilBusy($server, $pid), $kill($server, $pid)], silent: true);
    foreach (['asleep', 'flushed'] as $name) {
        $deaths->inflict($name, 'killed', "/$name.php", fn ($server, $pid) =>
            [untilAsleep($server, $pid), $kill($server, $pid)], silent: true);
    }
    // Signals that nobody handles: a real-time one, and one that is rare
    $deaths->inflict('SIGRTMIN+6', 'terminated', '/asleep.php',
        fn ($server, $pid) => [untilAsleep($server, $pid), $kill($server, $pid, '40')], silent: true);
    $deaths->inflict('SIGVTALRM', 'terminated', '/asleep.php',
        fn ($server, $pid) => [untilAsleep($server, $pid), $kill($server, $pid, 'VTALRM')], silent: true);
    foreach ($deaths->records() as $name => ['fpmsentinel' => $ours, 'error' => $error]) {
        same("$name: written by", 'coroner', $ours['written_by']);
        same("$name: confidence", 'certain', $ours['confidence']);
        same("$name: phase", 'execute', $ours['phase']);
        same("$name: native stack", true, in_array('native.stack', $ours['incomplete']));
        if ($ours['cause'] === 'killed') {
            same("$name: signal", ['number' => 9, 'name' => 'SIGKILL'], $ours['signal']);
            same("$name: error", ['type' => 'SIGKILL', 'message' => 'killed by SIGKILL'], $error);
            same("$name: evidence", ['the kernel reports signal 9', 'the kernel tells nobody who sent SIGKILL'],
                [$ours['evidence'][0], $ours['evidence'][3]]);
            matches("$name: evidence", '~^no OOM kill was counted ~', $ours['evidence'][1]);
            matches("$name: evidence", DEED, $ours['evidence'][2]);
        } else {
            same("$name: signal", $name, $ours['signal']['name']);
            same("$name: error", $name, $error['type']);
        }
    }
}

// Before the script, in a worker's first request: its body is being read

$server = new Server(['nginx' => 'fastcgi_request_buffering off;']);
[$pid] = $server->workers();
$read = fn () => preg_match('~^rchar: (\d+)~m', (string) file_get_contents("/proc/$pid/io"), $match) ? (int) $match[1]
    : 0;
$before = $read();
$request = $server->start('/upload.php', ['Content-Type' => 'application/x-www-form-urlencoded',
    'Content-Length' => 100_000], str_repeat('x', 4000));
$server->until(fn () => $read() > $before + 4000, 10, 'the worker to read the body');
Server::kill($pid, 'KILL');
same('status', 502, $server->finish($request)->status);
[$record] = $server->records(1);
recordIs($server, $record, 'killed', '/upload.php');
same('phase', ['startup', 'POST'], [$record['fpmsentinel']['phase'], $record['http']['request']['method']]);

// Without a request: before the first, and after one

$server = play(function (Server $server) {
    $server->script('hello.php', 'echo "hello";');
    $exits = [];
    foreach ([0, 1] as $requests) {
        [$pid] = $server->until(fn () => $server->workers(), 10, 'a worker');
        $requests && same('status', 200, $server->get('/hello.php')->status);
        untilIdle($server, $pid);
        Server::kill($pid, 'KILL');
        $exits[] = $server->childExit($pid);
        $server->until(fn () => !in_array($pid, $server->workers()), 10, 'the next worker');
    }
    return $exits;
});
$server->records(0);
?>
done
--EXPECT--
done
