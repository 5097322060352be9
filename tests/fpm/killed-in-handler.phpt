--TEST--
kill -9 in the middle of the handler, at any instruction: one valid record, which says what is missing
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$server = new Server;
$server->script('die.php', 'function f() { crashme("null-read"); } f();');
$server->script('hello.php', 'echo "hello";');
$stepkill = dirname(Server::path('TEST_CRASHME_SO')) . '/stepkill';

/** A worker that dies of a fault, and is killed after so many of what is counted; whether it still lived then. */
function death(string $what, int $count): bool
{
    global $server, $stepkill;
    [$pid] = $server->until(fn () => $server->workers(), 10, 'a worker');
    $server->get('/hello.php');
    $tracer = proc_open([$stepkill, $pid, $what, $count], [1 => ['pipe', 'w']], $pipes);
    same('tracer', "attached\n", fgets($pipes[1]));
    $server->get('/die.php');
    $killed = fgets($pipes[1]) === "killed\n";
    proc_close($tracer);
    same("$what $count: exit", $killed ? 'exited on signal 9 (SIGKILL)' : 'exited on signal 11 (SIGSEGV)', $server->childExit($pid));
    return $killed;
}

// Finely where the draft is made, then along its system calls to the end

$points = [];
foreach ([0, 1, 2, 5, 10, 20, 40, 80, 150, 300, 500, 1000, 2000, 4000, 8000] as $count) {
    $points[] = ["instructions $count", death('instructions', $count)];
}
for ($count = 1; $count < 2000; $count += 7) {
    $points[] = ["syscalls $count", $lived = death('syscalls', $count)];
    if (!$lived) {
        break;
    }
}
$records = $server->records(count($points));
$known = ['killed' => 0, 'segfault' => 0, 'whole' => 0];
foreach ($records as $i => ['fpmsentinel' => $ours, 'url' => $url]) {
    [$point, $killed] = $points[$i];
    same("$point: path", '/die.php', $url['path']);
    $known[$ours['cause']]++;
    $known['whole'] += $ours['incomplete'] === [];
    if ($ours['cause'] === 'killed') {
        same("$point: incomplete", true, in_array('native.stack', $ours['incomplete']));
    } elseif (!in_array('php.stack', $ours['incomplete'])) {
        same("$point: PHP stack", ['crashme', 'f', '{main}'], array_column($ours['php']['stack'], 'function'));
    }
    $killed || same("$point: whole", [], $ours['incomplete']);
}
same('each kind was met', true, min($known) > 0 && $known['segfault'] > $known['whole']);
?>
done
--EXPECT--
done
