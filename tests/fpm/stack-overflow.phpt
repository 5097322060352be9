--TEST--
Endless recursion is a stack overflow, with both ends of the PHP stack; a lost stack pointer is not
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';
require __DIR__ . '/trace.inc';

$recursions = [ // each through an internal function or the engine, else it would be a memory_limit
    'toString' => 'class A { function __toString(): string { return (string) new A; } } (string) new A;',
    'usort' => 'function f() { $a = [1, 2]; usort($a, fn () => f()); } f();',
    'array_map' => 'function f() { array_map("f", [1]); } f();',
    'preg' => 'function f() { return preg_replace_callback("~a~", fn () => f(), "a"); } f();',
    'serialize' => 'class A { function __serialize(): array { return [serialize(new A)]; } } serialize(new A);',
    'destructor' => 'class A { public $next; function __destruct() { $this->next = null; } }
        for ($i = 0, $list = null; $i < 300000; $i++) { $a = new A; $a->next = $list; $list = $a; }
        $a = null; $list = null;',
    'fiber' => 'function f() { array_map("f", [1]); } (new Fiber(fn () => f()))->start();',
];
// From 8.3 on the engine itself ends most of these with an Error, unless it is told not to; in a fiber it does anyway.
if (PHP_VERSION_ID >= 80300) {
    unset($recursions['fiber']);
}
$deaths = new Deaths(['ini' => ['zend.max_allowed_stack_size' => -1, 'memory_limit' => -1]]);
foreach ($recursions as $name => $code) {
    $deaths->script("$name.php", $code);
    $deaths->inflict($name, 'stack_overflow', "/$name.php");
}
$deaths->inflict('c-recursion', 'stack_overflow');
$deaths->script('c-fiber.php', '(new Fiber("crashme"))->start("c-recursion");');
$deaths->inflict('C recursion in a fiber', 'stack_overflow', '/c-fiber.php');
// a thread without an alternate stack: no handler can run
$deaths->inflict('thread-recursion', 'segfault', silent: true);
$deaths->inflict('smash-sp', 'segfault');
$deaths->inflict('smash-fp', 'segfault');

foreach ($deaths->records() as $name => ['fpmsentinel' => $ours, 'error' => $error]) {
    if ($name === 'thread-recursion') {
        same("$name: evidence", 'the kernel reports signal 11, and the worker could not report more',
            $ours['evidence'][0]);
        continue;
    }
    $stack = $ours['php']['stack'];
    same("$name: outermost", '{main}', end($stack)['function']);
    if (isset($recursions[$name])) {
        same("$name: omitted", true, ($ours['php']['frames_omitted'] ?? 0) > 100);
        // The native stack too, unless it seems to end early: a regular expression that was compiled has no unwind
        // information.
        same("$name: incomplete", ['php.stack'], array_values(array_diff($ours['incomplete'], ['native.stack'])));
    }
    if ($ours['cause'] === 'stack_overflow') {
        same("$name: message", 'the stack is full', $error['message']);
        same("$name: address", true, isset($ours['signal']['address']));
    }
}
if (PHP_VERSION_ID >= 80300) {
    $limited = new Server(['wrapper' => ['prlimit', '--stack=1048576'],
        'ini' => ['memory_limit' => -1, 'zend.enable_gc' => 0]]);
    $errors = [ // what the limit makes of a recursion
        'toString' => ['uncaught_exception', $recursions['toString']],
        // Objects: of arrays 8.4.14, for one, does not check how deep they are nested. The array that holds both keeps
        // PHP's shutdown from freeing them one inside the other, which no limit ends.
        'compared' => ['uncaught_exception', 'function nest($n) { $o = null; while ($n--) { $o = (object) [$o]; }
            return $o; } $both = [nest(40000), nest(40000)]; $both[0] == $both[1];'],
        'expression' => ['compile_error', '$a = "a"; eval("return \$a" . str_repeat(" . \$a", 40000) . ";");'],
    ];
    foreach ($errors as $name => [, $code]) {
        $limited->script("$name.php", $code);
        same("$name, with a limit", 500, $limited->get("/$name.php")->status);
    }
    $limited->records(count($errors));
    $incidents = trace($limited);
    foreach ($errors as $name => [$cause]) {
        $advice = verdict($limited, $incidents, "/$name.php", $cause)['advice'] ?? [];
        matches("$name, with a limit: trace", '~before it used up the C stack.*nested data.*split its long expression'
            . '.*allowed_stack_size to -1~', json_encode($advice));
    }
}
?>
done
--EXPECT--
done
