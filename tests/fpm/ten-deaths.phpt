--TEST--
Ten kinds of death, and two errors of which only the request dies: what every build of PHP must get right
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$kinds = [ // name => [cause, error.type, error.message, FPM's words, innermost PHP function]
    'null-write' => ['segfault', 'SIGSEGV', '~^null pointer write at 0x0$~', 'on signal 11 (SIGSEGV', 'crashme'],
    'recursion' => ['stack_overflow', 'SIGSEGV', '~^the stack is full$~', 'on signal 11 (SIGSEGV', '__toString'],
    'abort' => ['abort', 'SIGABRT', '~^abort\(\) was called$~', 'on signal 6 (SIGABRT', 'crashme'],
    'bus-truncated-mapping' => ['bus_error', 'SIGBUS', '~behind the end of a mapped file~', 'on signal 7 (SIGBUS',
        'crashme'],
    'divide-by-zero' => ['floating_point_error', 'SIGFPE', '~^integer division by zero~', 'on signal 8 (SIGFPE',
        'crashme'],
    // musl's exit handlers do not get it
    'exit' => ['exit_in_request', 'exit', '~^C code called exit\(7?\)$~', 'with code 7', 'crashme'],
    '_exit' => ['exit_in_request', 'exit', '~^C code called _exit\(9\)~', 'with code 9', 'crashme'],
    'killed' => ['killed', 'SIGKILL', '~^killed by SIGKILL$~', 'on signal 9 (SIGKILL', 'sleep'],
    'terminated' => ['terminated', 'SIGTERM', '~^terminated by another process$~', 'on signal 15 (SIGTERM', 'sleep'],
    'timeout' => ['request_terminate_timeout', 'SIGTERM', '~^terminated by the FPM master$~', 'on signal 15 (SIGTERM',
        'sleep'],
];

$kill = fn (string $signal) => function (Server $server, int $pid) use ($signal) {
    untilAsleep($server, $pid);
    untilSampled($server, $pid); // of SIGKILL only samples know the stack
    Server::kill($pid, $signal);
};
$deaths = new Deaths(['ini' => ['memory_limit' => '16M', 'zend.max_allowed_stack_size' => -1]]);
$limited = new Deaths(['pool' => ['request_terminate_timeout' => '1s']]);
$deaths->script('_exit.php', untilReleased() . 'crashme("_exit", 9);');
$deaths->script('recursion.php', 'class Price { function __toString() { return "$this"; } } echo new Price;');
$deaths->script('sleep.php', 'sleep(30);');
$limited->script('sleep.php', 'sleep(30);');
$special = [
    'recursion' => ['/recursion.php'],
    'exit' => ['/die.php?what=exit&arg=7'],
    '_exit' => ['/_exit.php', releaseOnceSampled(...), true],
    'killed' => ['/sleep.php', $kill('KILL'), true],
    'terminated' => ['/sleep.php', $kill('TERM')],
    'timeout' => ['/sleep.php'],
];
foreach ($kinds as $name => [$cause]) {
    ($name === 'timeout' ? $limited : $deaths)->inflict($name, $cause, ...$special[$name] ?? []);
}

foreach ($deaths->records() + $limited->records() as $name => $record) {
    [, $type, $message, $exit, $function] = $kinds[$name];
    ['error' => $error, 'fpmsentinel' => $ours] = $record;
    $server = $name === 'timeout' ? $limited->server : $deaths->server;
    $number = preg_match('~signal (\d+)~', $exit, $match) ? (int) $match[1] : null;
    same("$name: type", $type, $error['type']);
    matches("$name: message", $message, $error['message']);
    same("$name: signal", $number, $ours['signal']['number'] ?? null);
    matches("$name: FPM", '~^exited ' . preg_quote($exit) . '~', $server->childExit($record['process']['pid']));
    same("$name: written by", 'coroner', $ours['written_by']);
    same("$name: innermost", $function, $ours['php']['stack'][0]['function'] ?? null);
    same("$name: outermost", '{main}', end($ours['php']['stack'])['function']);
    matches("$name: memory", '~^[1-9]\d{5,}$~', (string) ($ours['memory']['used'] ?? ''));
}

$errors = [ // cause => script
    'memory_limit' => 'function run() { for ($a = "x";;) { $a .= $a; } } run();',
    'uncaught_exception' => 'function run() { throw new LogicException; } run();',
];
$server = $deaths->server;
[$worker] = $server->until(fn () => $server->workers(), 10, 'a worker');
foreach ($errors as $cause => $code) {
    $server->script("$cause.php", $code);
    same("$cause: status", 500, $server->get("/$cause.php")->status);
}
foreach (array_slice($server->records(11), 9) as $n => $record) {
    $cause = array_keys($errors)[$n];
    recordIs($server, $record, $cause, "/$cause.php");
    same("$cause: killed", ['request-killed', false, $worker],
        [$record['event']['action'], $record['fpmsentinel']['worker_died'], $record['process']['pid']]);
    same("$cause: innermost", 'run', $record['fpmsentinel']['php']['stack'][0]['function']);
}
same('the worker', [$worker], $server->workers());
?>
done
--EXPECT--
done
