--TEST--
Trouble in the middle of the handler, at any instruction: kill -9, another signal, a fault, a hang: one valid record, which says what is missing
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$server = new Server;
$server->script('die.php', 'function f() { crashme("null-read"); } f();');
$server->script('hello.php', 'echo "hello";');
$steptrouble = dirname(Server::path('TEST_CRASHME_SO')) . '/steptrouble';

/** A worker that dies of a fault, and has that trouble after so many of what is counted; whether it still lived then. */
function death(string $what, int $count, string $trouble = '9'): bool
{
    global $server, $steptrouble;
    [$pid] = $server->until(fn () => $server->workers(), 10, 'a worker');
    $server->get('/hello.php');
    $tracer = proc_open([$steptrouble, $pid, $what, $count, $trouble], [1 => ['pipe', 'w']], $pipes);
    same('tracer', "attached\n", fgets($pipes[1]));
    $server->get('/die.php');
    $lived = fgets($pipes[1]) === "done\n";
    proc_close($tracer);
    $ends = ['9' => '~ signal 9 ~', 'hang' => '~ signal (9|11) ~'][$lived ? $trouble : ''] ?? '~ signal 11 ~'; // a hang may be over with the watchdog
    matches("$what $count, $trouble: exit", $ends, $server->childExit($pid));
    return $lived;
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
// Other signals from outside, and faults of the handler's own: it dies of the first one, and that is what is told

$before = count($records);
$troubles = [];
foreach (['15', '6', '11', ...(php_uname('m') === 'x86_64' ? ['fault', 'hang'] : [])] as $trouble) {
    foreach ([...(is_numeric($trouble) ? [9] : []), 18, 27, 60, 130, 240, 400, 500, 600] as $count) { // what is the handler's own: once in a stage
        $troubles[] = ["syscalls $count", $trouble, death('syscalls', $count, $trouble)];
    }
}
foreach (['15', '6'] as $trouble) { // before anybody can know that the handler is at work
    foreach ([1, 2, 5, 10, 20, 40, 80, 150] as $count) {
        $troubles[] = ["instructions $count", $trouble, death('instructions', $count, $trouble)];
    }
}
foreach (array_slice($server->records($before + count($troubles)), $before) as $i => ['fpmsentinel' => $ours, 'url' => $url]) {
    [$point, $trouble, $lived] = $troubles[$i];
    same("$trouble after $point: came", 'in time', $lived ? 'in time' : 'too late');
    same("$trouble after $point", ['segfault', 'SEGV_MAPERR', '/die.php'], [$ours['cause'], $ours['signal']['code'] ?? null, $url['path']]);
    same("$trouble after $point: PHP stack", true, isset($ours['php']['stack']) || in_array('php.stack', $ours['incomplete']));
    is_numeric($trouble) && same("$trouble after $point: whole", [], $ours['incomplete']);
}
same('each kind was met', true, min($known) > 0 && $known['segfault'] > $known['whole']);
?>
done
--EXPECT--
done
