--TEST--
What PHP ends itself: one record of a killed request, with the stack of the error or the throw; the worker lives
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

$errors = [ // script => [cause, error.type, error.message, the stack: function line, innermost first]
    'function fill() { for ($a = "x"; ; ) $a .= $a; } fill();' =>
        ['memory_limit', 'E_ERROR', '~^Allowed memory size of 4194304 bytes exhausted~', 'fill 1, {main} 1'],
    "set_time_limit(1);\nfunction wait() {\n    for (;;);\n}\nwait();" =>
        ['max_execution_time', 'E_ERROR', '~^Maximum execution time of 1 second exceeded$~', 'wait 3, {main} 5'],
    "class Shop {\n    static function sell(\$card) {\n        throw new DomainException(\"first\\nsecond "
        . "\$card\");\n    }\n}\n"
        . "array_map(fn (\$card) => Shop::sell(\$card), ['card-4111']);" =>
        ['uncaught_exception', 'DomainException', '~^DomainException: first$~',
            'Shop::sell 3, {closure} 6, array_map, {main} 6'],
    "function call() {\n    undefined();\n}\ncall();" =>
        ['uncaught_exception', 'Error', '~^Error: Call to undefined function undefined\(\)~', 'call 2, {main} 4'],
    "try {\n    throw new Exception('inner');\n} catch (Exception \$e) {\n    throw new LogicException('outer', 0, "
        . "\$e);\n}" =>
        ['uncaught_exception', 'LogicException', '~^LogicException: outer$~', '{main} 4'],
    "\n(" => ['compile_error', 'E_PARSE', "~^Unclosed '\('~", ' 2'],
    "class Twice { function f() {} function f() {} }" =>
        ['compile_error', 'E_COMPILE_ERROR', '~^Cannot redeclare Twice::f\(\)$~', ' 1'],
    "function end_it() {\n    trigger_error('the end', E_USER_ERROR);\n}\nend_it();" =>
        ['fatal_error', 'E_USER_ERROR', '~^the end$~', 'trigger_error, end_it 2, {main} 4'],
    "register_shutdown_function(function () {\n    again();\n});\nfirst();" => // the first error alone
        ['uncaught_exception', 'Error', '~first\(\)~', '{main} 4'],
];
$fine = [ // what a handler makes good
    'set_error_handler(fn () => true); trigger_error("", E_USER_ERROR); echo "fine";',
    'set_exception_handler(function () { echo "fine"; }); throw new Exception;',
    'try { throw new Exception; } catch (Exception) { echo "fine"; }',
    'echo @file_get_contents("/nowhere"), "fine";',
];
foreach ([false, true] as $opcache) {
    $server = new Server(['opcache' => $opcache, 'ini' =>
        ['memory_limit' => '4M', 'opcache.file_update_protection' => 0]]);
    [$worker] = $server->workers();
    foreach (array_keys($errors) as $n => $code) {
        $server->script("$n.php", $code);
        $server->get("/$n.php");
    }
    foreach ($fine as $code) {
        $server->script('fine.php', $code);
        same($code, 'fine', $server->get('/fine.php')->body);
    }
    same('worker', [$worker], $server->workers());
    $records = $server->records(count($errors));
    same('ids', count($errors), count(array_unique(array_map(fn ($record) => $record['event']['id'], $records))));
    foreach (array_values($errors) as $n => [$cause, $type, $message, $stack]) {
        $ours = $records[$n]['fpmsentinel'];
        same("$n: cause", ['request-killed', $cause, false, 'error'],
            [$records[$n]['event']['action'], $ours['cause'], $ours['worker_died'], $records[$n]['log']['level']]);
        same("$n: type", $type, $records[$n]['error']['type']);
        matches("$n: message", $message, $records[$n]['error']['message']);
        same("$n: path", "/$n.php", $records[$n]['url']['path']);
        $frame = fn ($frame) => ($frame['class'] ?? '') . ($frame['type'] ?? '')
            . preg_replace('~:.*\}$~', '}', $frame['function'] ?? '') . (isset($frame['line']) ? " $frame[line]" : '');
        same("$n: stack", $stack, implode(', ', array_map($frame, $ours['php']['stack'])));
    }
    same('arguments', [], preg_grep('~card-4111~', $server->rawRecords()));
    $server->stop();
}

// A death in the shutdown function is one more event, with an id of its own.
$server = new Server(['ini' => ['fpmsentinel.max_per_minute' => 2]]);
$server->script('both.php', 'register_shutdown_function(fn () => crashme("null-read")); undefined();');
$server->get('/both.php');
[$killed, $died] = $server->records(2);
same('both', ['uncaught_exception', 'segfault'], [$killed['event']['code'], $died['event']['code']]);
same('one request', $killed['http'], $died['http']);
same('two events', true, $killed['event']['id'] !== $died['event']['id']);

// No more than max_per_minute; deaths are not counted.
$server->script('error.php', 'undefined();');
for ($i = 0; $i < 5; $i++) {
    $server->get('/error.php');
}
$server->script('die.php', 'crashme("null-read");');
$server->get('/die.php');
same('limited', ['uncaught_exception', 'segfault', 'uncaught_exception', 'uncaught_exception', 'segfault'],
    array_map(fn ($record) => $record['event']['code'], $server->records(5)));
$server->stop();

$server = new Server(['ini' => ['fpmsentinel.fatal_errors' => 0]]);
$server->script('error.php', 'undefined();');
same('off', 500, $server->get('/error.php')->status);
$server->records(0);
?>
done
--EXPECT--
done
