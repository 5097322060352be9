--TEST--
kill -9: the watcher's last sample tells what PHP was at, a fraction of a second before; never another request's
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$deaths = new Deaths;
$deaths->script('asleep.php', "function wait() {\n    sleep(30);\n}\nwait();");
$deaths->script('busy.php', "class Loop {\n    function run() {\n        for (;;);\n    }\n}\necho 'begun'; "
    . "flush();\n(new Loop)->run();");
$deaths->script('calls.php', "function inner(\$i) {\n    return strlen(\"x\$i\");\n}\nfunction outer() {\n"
    . "    for (\$i = 0;; \$i++) {\n        inner(\$i);\n    }\n}\nouter();");
$deaths->script('ending.php', "function last() {\n    sleep(30);\n}\nregister_shutdown_function('last');");
$deaths->script('young.php', 'crashme("kill-self", 9);');
$deaths->script('long.php', 'crashme("nap", 300);');
$kill = fn ($until) => function (Server $server, int $pid) use ($until) {
    $until($server, $pid);
    untilSampled($server, $pid);
    Server::kill($pid, 'KILL');
};
$deaths->inflict('asleep', 'killed', '/asleep.php', $kill(untilAsleep(...)), silent: true);
$deaths->inflict('ending', 'killed', '/ending.php', $kill(untilAsleep(...)), silent: true);
$deaths->inflict('busy', 'killed', '/busy.php', $kill(untilBusy(...)), silent: true);
$deaths->inflict('calls', 'killed', '/calls.php', $kill(untilBusy(...)), silent: true);
$deaths->inflict('young', 'killed', '/young.php', silent: true);
foreach ([$deaths->without, $deaths->server] as $server) { // has been sampled when the next comes
    same('status', 200, $server->get('/long.php')->status);
}
$deaths->inflict('young after long', 'killed', '/young.php', silent: true);
$records = $deaths->records();

$stack = fn ($record) => implode(', ', array_map(fn ($frame) => ($frame['class'] ?? '') . ($frame['type'] ?? '')
    . $frame['function']
    . (isset($frame['line']) ? " {$frame['line']}" : ''), $record['fpmsentinel']['php']['stack'] ?? []));
// The VM notes a line where something may ask for it: not in a loop that does nothing.
foreach (['asleep' => '~^sleep, wait 2, \{main\} 4$~', 'busy' => '~^Loop->run [23], \{main\} 7$~',
    'calls' => '~outer [67], \{main\} 9$~'] as $name => $pattern) {
    ['fpmsentinel' => $ours] = $records[$name];
    matches("$name: stack", $pattern, $stack($records[$name]));
    $age = $ours['php']['stack_age_ms'];
    // three looks of every 100 ms came after untilSampled() began: it is not the request's first one
    same("$name: age", true, $age > 0 && $age <= $ours['request']['elapsed_ms'] - 100);
    matches("$name: message", "~, last seen $age ms before in \S+ (called )?at \S+\.php:\d+$~",
        $records[$name]['message']);
    if ($name !== 'calls') { // of which a frame may have gone while it was being read
        same("$name: incomplete", ['native.stack'], $ours['incomplete']);
    }
    foreach (['used', 'peak', 'rss'] as $memory) {
        matches("$name: $memory", '~^[1-9]\d{5,}$~', (string) ($ours['memory'][$memory] ?? ''));
    }
    same("$name: headers sent", $name === 'busy', $ours['request']['headers_sent']);
    same("$name: written by", 'coroner', $ours['written_by']);
}
same('ending', ['sleep, last 2', 'shutdown'], [$stack($records['ending']),
    $records['ending']['fpmsentinel']['phase']]);
same('asleep: CPU time', true, $records['asleep']['fpmsentinel']['request']['cpu_ms'] < 100);
foreach (['busy', 'calls'] as $name) { // untilBusy() has seen 200 ms of it
    ['cpu_ms' => $cpu, 'elapsed_ms' => $elapsed] = $records[$name]['fpmsentinel']['request'];
    same("$name: CPU time", true, $cpu >= 190 && $cpu <= $elapsed);
}
// SIGKILL strikes anywhere
same('fingerprints', 1, count(array_unique(array_map(fn ($record) => $record['fpmsentinel']['fingerprint'],
    $records))));
foreach (['young', 'young after long'] as $name) {
    ['fpmsentinel' => $ours] = $records[$name];
    if ($ours['request']['elapsed_ms'] < 20) { // else this machine has stood still
        same("$name: incomplete", ['memory', 'php.stack', 'native.stack'], $ours['incomplete']);
        same("$name: stack", [], $ours['php']['stack'] ?? []);
        same("$name: headers sent", false, isset($ours['request']['headers_sent']));
    }
}
?>
done
--EXPECT--
done
