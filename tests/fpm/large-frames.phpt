--TEST--
A frame that is larger than what is left of the stack is a stack overflow, however far below it ends
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

$deaths = new Deaths(['ini' => ['zend.max_allowed_stack_size' => -1, 'memory_limit' => -1]]);
$recursion = 'function nest($n) { return $n ? array_map("nest", [$n - 1]) : crashme("large-frame", %d); } nest(5000);';
$frames = [ // KiB
    'of what the stack has' => [sprintf($recursion, 6 << 10), 6],
    'of more than that' => ['crashme("large-frame", 30 << 10);', 30],
    'beyond what the kernel keeps free' => ['crashme("large-frame", 900 << 10);', 900],
    'in a fiber' => ['(new Fiber("crashme"))->start("large-frame", 30 << 10);', 30],
    'in another thread' => ['crashme("large-frame-thread", 30 << 10);', 30],
];
foreach ($frames as $name => [$code]) {
    $deaths->script($path = strtr($name, ' ', '-') . '.php', $code);
    $deaths->inflict($name, 'stack_overflow', "/$path");
}
foreach ($deaths->records() as $name => ['fpmsentinel' => $ours, 'error' => $error]) {
    if (!empty($ours['native']['stack'][1])) { // else the size is not known
        matches("$name: message", '~^the stack is full: the innermost frame takes \d+ KiB of it$~', $error['message']);
        same("$name: MiB", $frames[$name][1], intdiv((int) preg_replace('~\D~', '', $error['message']) + 100, 1024));
    }
    same("$name: incomplete", [], array_diff($ours['incomplete'], ['php.stack', 'native.stack']));
}

// What lies next to the stack and is readable, or a pointer that leads elsewhere, is no overflow.
$others = new Deaths;
$others->inflict('smash-sp', 'segfault');
$others->inflict('wild-read', 'segfault');
$others->records();
?>
done
--EXPECT--
done
