--TEST--
Trouble at any instruction of the handler: kill -9, a signal, a fault, a hang: one valid record, which says so
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$steptrouble = dirname(Server::path('TEST_CRASHME_SO')) . '/steptrouble';

/** With time for a handler that is stopped at every instruction, or for one that hangs to end soon. */
function server(int $handlerTimeout): Server
{
    $server = new Server(['ini' => ['fpmsentinel.handler_timeout' => $handlerTimeout]]);
    $server->script('hello.php', 'echo "hello";');
    return $server;
}

/**
 * A worker that dies of a fault, and has that trouble after so many of what is counted: its pid, and whether it still
 * lived then.
 */
function death(Server $server, string $what, int $count, string $trouble = '9'): array
{
    global $steptrouble;
    static $n = 0;
    $path = '/die' . ++$n . '.php'; // each with a fingerprint of its own, since in a storm records are short
    $server->script($path, 'function f() { crashme("null-read"); } f();');
    [$pid] = $server->until(fn () => $server->workers(), 10, 'a worker');
    $server->get('/hello.php');
    $tracer = proc_open([$steptrouble, $pid, $what, $count, $trouble], [1 => ['pipe', 'w']], $pipes);
    same('tracer', "attached\n", fgets($pipes[1]));
    $server->get($path);
    $lived = fgets($pipes[1]) === "done\n";
    proc_close($tracer);
    // a hang may be over with the watchdog
    $ends = ['9' => '~ signal 9 ~', 'hang' => '~ signal (9|11) ~'][$lived ? $trouble : ''] ?? '~ signal 11 ~';
    matches("$what $count, $trouble: exit", $ends, $server->childExit($pid));
    return ['path' => $path, 'point' => "$trouble after $what $count", 'trouble' => $trouble, 'pid' => $pid,
        'lived' => $lived];
}

/**
 * Each death with its record: that of a worker that was killed before it knew its cause is written last, when the
 * master's fate is known.
 */
function withRecords(Server $server, array $deaths): array
{
    $byPid = array_column(array_map(fn ($record) => [$record['process']['pid'], $record],
        $server->records(count($deaths))), 1, 0);
    return array_map(fn ($death) => $death + ['url' => $byPid[$death['pid']]['url'],
        'ours' => $byPid[$death['pid']]['fpmsentinel']], $deaths);
}

// Finely where the draft is made, then along its system calls to the end

$server = server(60);
$deaths = [];
foreach ([0, 1, 2, 5, 10, 20, 40, 80, 150, 300, 500, 1000, 2000, 4000, 8000] as $count) {
    $deaths[] = death($server, 'instructions', $count);
}
for ($count = 1; $count < 2000 && end($deaths)['lived']; $count += 7) {
    $deaths[] = death($server, 'syscalls', $count);
}
same('the last one outran the tracer', false, end($deaths)['lived']);
$known = ['killed' => 0, 'segfault' => 0, 'whole' => 0];
foreach (withRecords($server, $deaths) as ['path' => $path, 'point' => $point, 'lived' => $killed, 'url' => $url,
    'ours' => $ours]) {
    same("$point: path", $path, $url['path']);
    $known[$ours['cause']]++;
    $known['whole'] += $ours['cause'] === 'segfault' && $ours['incomplete'] === [];
    if ($ours['cause'] === 'killed') {
        same("$point: incomplete", true, isset($ours['storm']) || in_array('native.stack', $ours['incomplete']));
    } elseif (!in_array('php.stack', $ours['incomplete'])) {
        same("$point: PHP stack", ['crashme', 'f', '{main}'], array_column($ours['php']['stack'], 'function'));
    }
    $killed || same("$point: whole", ['segfault', []], [$ours['cause'], $ours['incomplete']]);
}
same('each kind was met', true, min($known) > 0 && $known['segfault'] > $known['whole']);
$server->stop();

// Other signals from outside, and faults of the handler's own: it dies of the first one, and that is what is told

foreach ([60 => ['15', '6', '11', 'fault'], 4 => ['hang']] as $timeout => $troubles) {
    $server = server($timeout);
    $deaths = [];
    foreach (php_uname('m') === 'x86_64' ? $troubles : array_filter($troubles, is_numeric(...)) as $trouble) {
        // what is the handler's own: once in a stage
        foreach ([...(is_numeric($trouble) ? [9] : []), 18, 27, 60, 90, 130, 180, 240] as $count) {
            $deaths[] = death($server, 'syscalls', $count, $trouble);
        }
        // before anybody can know that the handler is at work
        foreach (in_array($trouble, ['15', '6']) ? [1, 2, 5, 10, 20, 40, 80, 150] : [] as $count) {
            $deaths[] = death($server, 'instructions', $count, $trouble);
        }
    }
    foreach (withRecords($server, $deaths) as ['path' => $path, 'point' => $point, 'trouble' => $trouble,
        'lived' => $lived, 'url' => $url, 'ours' => $ours]) {
        same("$point: came", 'in time', $lived ? 'in time' : 'too late');
        same($point, ['segfault', 'SEGV_MAPERR', $path], [$ours['cause'], $ours['signal']['code'] ?? null,
            $url['path']]);
        same("$point: PHP stack", true, isset($ours['php']['stack']) || in_array('php.stack', $ours['incomplete']));
        is_numeric($trouble) && same("$point: whole", [], $ours['incomplete']);
    }
    $server->stop();
}
?>
done
--EXPECT--
done
