--TEST--
Early warnings: near memory_limit, max_execution_time or request_timeout, once each, with the stack of that moment
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$fill = '$kept = [str_repeat("x", 5 << 20), str_repeat("y", 1_200_000)];'; // of 8 MiB, beside the 0.4 of a script
$untilRecorded = "while ([clearstatcache(), !@filesize(__DIR__ . '/../records/records.jsonl')][1])";
$loop = "function step() {\n    return hrtime(true);\n}\n";
$scripts = [ // name => [code, cause, message, stack, innermost first]
    'memory' => ["$loop$fill\ndo { for (\$n = 0; \$n < 500_000; \$n++) { step(); } } $untilRecorded;\necho 'done';",
        'memory_pressure', '~^memory_limit is used to 8\d %$~', '~^((hrtime|str_repeat), )?(step 2, )?\{main\} [45]$~'],
    'memory-waits' => ["$fill\ndo { crashme('nap', 300); } $untilRecorded;\necho 'done';", 'memory_pressure',
        '~^memory_limit is used to 8\d %$~', '~^((crashme|str_repeat), )?\{main\} [12]$~'],
    'cpu' => ["do { // the engine's timer and getrusage() differ\n} $untilRecorded;\necho 'done';",
        'time_pressure', '~^max_execution_time is used to (8|9)\d %$~', '~\{main\} \d$~'],
    'wall' => ["do { crashme('nap', 300); } $untilRecorded;\necho 'done';", 'time_pressure',
        '~^request_timeout is used to ([89]\d|\d{3}) %$~', '~^(crashme, )?\{main\} 1$~'],
];
$settings = ['memory_limit' => '8M', 'max_execution_time' => 4, 'fpmsentinel.memory_warning' => 80,
    'fpmsentinel.time_warning' => 80];

function stack(array $record): string
{
    return implode(', ', array_map(fn ($frame) => $frame['function']
        . (isset($frame['line']) ? " {$frame['line']}" : ''),
        $record['fpmsentinel']['php']['stack'] ?? []));
}

/** GET each of them; every one a worker's own, so that CPU time is counted from zero. */
function play_all(array $scripts, array $ini): Server
{
    $server = new Server(['ini' => $ini, 'pool' => ['pm' => 'static', 'pm.max_requests' => 1]]);
    foreach ($scripts as $name => [$code]) {
        $server->script("$name.php", $code);
        same($name, [200, 'done'], [($answer = $server->get("/$name.php"))->status, $answer->body]);
    }
    return $server;
}

/** Its one record is of that cause, taken then and there. */
function warned(Server $server, string $name, string $cause, string $message, string $stack): array
{
    [$record] = $server->records(1);
    $ours = $record['fpmsentinel'];
    recordIs($server, $record, $cause, "/$name.php");
    same("$name: event", ['warning', 'warning', false], [$record['event']['action'], $record['log']['level'],
        $ours['worker_died']]);
    matches("$name: message", $message, $record['error']['message']);
    matches("$name: stack", $stack, stack($record));
    same("$name: stack", [0, []], [$ours['php']['stack_age_ms'], $ours['incomplete']]);
    $setting = $cause === 'memory_pressure' ? 'memory_warning' : 'time_warning';
    same("$name: evidence", ["fpmsentinel.$setting is 80 %"], $ours['evidence']);
    return $ours;
}

foreach ($scripts as $name => [, $cause, $message, $pattern]) {
    $server = play_all([$name => $scripts[$name]], $settings
        + ($name === 'wall' ? ['fpmsentinel.request_timeout' => 3] : []));
    ['request' => $request] = warned($server, $name, $cause, $message, $pattern);
    same("$name: CPU time", true, $name === 'cpu' && !Server::builtWith('Zend Max Execution Timers')
        ? $request['cpu_ms'] >= 1500 : isset($request['cpu_ms']));
    same("$name: time", true, $name !== 'wall' || $request['elapsed_ms'] >= 2400);
    $server->stop();
}

// Off, over the quota, far away

$memory = ['memory' => ["$fill\ncrashme('nap', 500);\necho 'done';"]];
foreach ([['fpmsentinel.memory_warning' => 0], ['fpmsentinel.max_per_minute' => 0], ['memory_limit' => '16M'],
    ['memory_limit' => -1],
    ['fpmsentinel.sample_interval' => 0]] as $ini) {
    play_all($memory, $ini + $settings)->records(0);
}

// Set for one pool only; and a script that raises its own limit is not near it any more

$server = new Server(['ini' => $settings, 'pool' => ['php_admin_value[fpmsentinel.memory_warning]' => 95]]);
$server->script('memory.php', "$fill crashme('nap', 400);");
$server->script('raised.php', "ini_set('memory_limit', '16M'); $fill crashme('nap', 400);");
same('status', [200, 200], [$server->get('/memory.php')->status, $server->get('/raised.php')->status]);
$server->records(0);

// What an earlier request of the same worker has left in the heap is not used by the next one

$server = new Server(['ini' => ['memory_limit' => '16M', 'fpmsentinel.memory_warning' => 50]]);
$server->script('large.php', "ini_set('memory_limit', '256M'); for (\$kept = []; count(\$kept) < 12;) { "
    . "\$kept[] = str_repeat('x', 8 << 20); \$kept[] = range(1, 1000); }");
$server->script('chunks.php', "ini_set('memory_limit', '256M'); for (\$kept = []; count(\$kept) < 600;) { "
    . "\$kept[] = str_repeat('x', 100_000); }");
$server->script('small.php', "crashme('nap', 400); echo memory_get_usage(true) > 8 << 20 ? 'kept' : 'none';");
foreach (['large', 'chunks', 'chunks', 'chunks'] as $name) {
    same($name, 200, $server->get("/$name.php")->status);
}
same('chunks kept', 'kept', $server->get('/small.php')->body); // which memory_get_usage(true) counts
$server->records(0);

// Without a coroner the worker writes for itself, when it comes to it

$server = new Server(['ini' => $settings]);
$server->script('memory.php', "$fill\ndo { crashme('nap', 300);\nfor (\$n = 0; \$n < 1_000_000; \$n++); "
    . "} $untilRecorded;\necho 'done';");
$server->shareLog();
foreach ([$server->supervisor(), $server->coroner()] as $pid) { // in this order: or there is another one soon
    Server::kill($pid, 'KILL');
    $server->until(fn () => isGone($pid), 10, 'it to end');
}
same('answer', 'done', $server->get('/memory.php')->body);
[$record] = $server->records(1);
same('without a coroner', ['memory_pressure', 'worker'],
    [$record['event']['code'], $record['fpmsentinel']['written_by']]);
matches('without a coroner', '~\{main\} [123]$~', stack($record));
?>
done
--EXPECT--
done
