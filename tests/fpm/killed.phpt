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
    $deaths->inflict('busy', 'killed', '/busy.php', fn ($server, $pid) => [untilBusy($server, $pid), $kill($server, $pid)], silent: true);
    foreach (['asleep', 'flushed'] as $name) {
        $deaths->inflict($name, 'killed', "/$name.php", fn ($server, $pid) => [untilAsleep($server, $pid), $kill($server, $pid)], silent: true);
    }
    // Signals that nobody handles: a real-time one, and one that is rare
    $deaths->inflict('SIGRTMIN+6', 'terminated', '/asleep.php', fn ($server, $pid) => [untilAsleep($server, $pid), $kill($server, $pid, '40')], silent: true);
    $deaths->inflict('SIGVTALRM', 'terminated', '/asleep.php', fn ($server, $pid) => [untilAsleep($server, $pid), $kill($server, $pid, 'VTALRM')], silent: true);
    foreach ($deaths->records() as $name => ['fpmsentinel' => $ours, 'error' => $error]) {
        same("$name: written by", 'coroner', $ours['written_by']);
        same("$name: confidence", 'certain', $ours['confidence']);
        same("$name: phase", 'execute', $ours['phase']);
        same("$name: native stack", true, in_array('native.stack', $ours['incomplete']));
        if ($ours['cause'] === 'killed') {
            same("$name: signal", ['number' => 9, 'name' => 'SIGKILL'], $ours['signal']);
            same("$name: error", ['type' => 'SIGKILL', 'message' => 'killed by SIGKILL'], $error);
            same("$name: evidence", ['the kernel reports signal 9', 'the kernel tells nobody who sent SIGKILL'], [$ours['evidence'][0], $ours['evidence'][2]]);
            matches("$name: evidence", '~^no OOM kill was counted ~', $ours['evidence'][1]);
        } else {
            same("$name: signal", $name, $ours['signal']['name']);
            same("$name: error", $name, $error['type']);
        }
    }
}

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
