--TEST--
fpmsentinel trace: faults, kill -9, exit and timeouts, over unix and TCP, with and without parameters and last words
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';

$recursion = 'class Price { function __toString(): string { return "$this"; } } echo new Price;';
$scripts = [ // path => [cause, code]
    'segfault' => ['segfault', 'crashme("null-read");'],
    'sent' => ['segfault', 'echo str_repeat("x", 100_000); flush(); crashme("null-read");'],
    'abort' => ['abort', 'crashme("abort");'],
    'exit' => ['exit_in_request', 'crashme("exit", 7);'],
    'hard' => ['hard_timeout', 'set_time_limit(1); hash_pbkdf2("sha256", "x", "y", 1 << 30);'],
    'stack' => ['stack_overflow', $recursion],
    'memory' => ['memory_limit', 'str_repeat("x", 1 << 30);'],
    'soft' => ['max_execution_time', 'set_time_limit(1); for (;;);'],
    'thrown' => ['uncaught_exception', "function pay() { throw new Exception('one\ntwo'); } pay();"],
];
if (PHP_ZTS) { // has no hard_timeout
    unset($scripts['hard']);
}
if (PHP_VERSION_ID >= 80300) { // an Error there
    unset($scripts['stack']);
}

foreach (array_keys(WAYS) as $way) {
    ob_start();
    $server = serverFor($way, ['ini' => ['hard_timeout' => 1]]);
    foreach ($scripts as $name => [$cause, $code]) {
        $server->script("$name.php", $code);
        $server->get("/$name.php?secret=1");
    }
    $server->script('killed.php', 'sleep(30);');
    [$pid] = $server->until(fn () => $server->workers(), 10, 'a worker');
    $request = $server->start('/killed.php');
    untilAsleep($server, $pid);
    Server::kill($pid, 'KILL');
    $server->finish($request);
    $server->records(count($scripts) + 1);

    $incidents = trace($server);
    same('incidents', count($scripts) + 1, count($incidents));
    foreach ($scripts + ['killed' => ['killed']] as $name => [$cause]) {
        $incident = verdict($server, $incidents, "/$name.php", $cause);
        same("$name: status", $name === 'sent' ? 200 : (in_array($cause,
            ['memory_limit', 'max_execution_time', 'uncaught_exception']) ? 500 : 502),
            $incident['nginx']['status'] ?? null);
        matches("$name: change", '~\w~', $incident['advice']['change'] ?? '');
    }
    same('no query', false, str_contains(json_encode($incidents), 'secret'));
    same('of memory_limit', true, str_contains(json_encode($incidents), 'memory_limit does not cause that'));
    $server->stop();
    $said = ob_get_clean();
    echo $said === '' ? '' : "--- $way\n$said";
}
?>
done
--EXPECT--
done
