--TEST--
A recursion in C code: which native functions repeat, how often, and what trace says bounds it
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';
require __DIR__ . '/trace.inc';

$nested = 'function nest(int $n) { $a = "x"; while ($n--) { $a = [$a]; } return $a; }';
$linked = 'class Node { public $next; public $other; } function chain(int $n) { $head = null; while ($n--) { '
    . '$node = new Node; $node->next = $head; $head = $node; } return $head; }';
$recursions = [ // script, what trace says, whether PHP 8.3 and later end it, at the latest in their newest versions
    'objects' => ["$linked \$list = chain(40000); \$list = null;", '~A long chain .* was freed.*Take the chain apart~',
        false],
    'arrays' => ["$nested \$a = nest(40000); \$a = null;", '~A long chain .* was freed~', false],
    'closures' => ['function f() { $f = null; for ($i = 0; $i < 40000; $i++) { $f = function () use ($f) {}; } '
        . '$f = null; } f();', '~A long chain .* was freed~', false],
    'exceptions' => ['function f() { $e = null; for ($i = 0; $i < 40000; $i++) { $e = new Exception("", 0, $e); } '
        . '$e = null; } f();', '~A long chain .* was freed~', false],
    'storage' => ['function f() { $h = null; for ($i = 0; $i < 40000; $i++) { $n = new SplObjectStorage; '
        . '$h && $n[$h] = 1; $h = $n; } $h = null; } f();', '~A long chain .* was freed~', false],
    'json' => ["$nested json_encode(nest(40000), 0, PHP_INT_MAX);", '~json_encode\(\) got data .*third argument~',
        true],
    'unserialize' => ['$n = 40000; unserialize(str_repeat("a:1:{i:0;", $n) . "a:0:{}" . str_repeat("}", $n));',
        '~unserialize_max_depth~', true],
    'serialize' => ["$nested serialize(nest(40000));", '~Limit the depth~', true],
    'compare' => ["$nested nest(40000) == nest(40000);", '~were compared~', true],
    'compare objects' => ["$linked chain(40000) == chain(40000);", '~were compared~', true],
    'compiler' => ['$a = "a"; eval("return \$a" . str_repeat(" . \$a", 40000) . ";");',
        '~compiler used up .*Split the~', true],
];
$deaths = new Deaths(['wrapper' => ['prlimit', '--stack=1048576'],
    'ini' => ['zend.max_allowed_stack_size' => -1, 'memory_limit' => -1, 'unserialize_max_depth' => 0,
    'zend.enable_gc' => 0]]);
foreach ($recursions as $name => [$code, , $may]) {
    if (PHP_VERSION_ID < 80300 || !$may) {
        $deaths->script($path = strtr($name, ' ', '-') . '.php', $code);
        $deaths->inflict($name, 'stack_overflow', "/$path");
    } else {
        unset($recursions[$name]);
    }
}
$records = $deaths->records();
foreach ($records as $name => ['fpmsentinel' => $ours]) {
    if (empty($ours['native']['stack'][1])) {
        continue; // built without libunwind
    }
    ['period' => $period, 'count' => $count] = ($ours['native']['recursion'] ?? []) + ['period' => 0, 'count' => 0];
    same("$name: period", true, $period > 0 && $period <= 16);
    same("$name: count", true, $count > 500 && $count < 40000);
    same("$name: no recursion of PHP", false, isset($ours['php']['frames_omitted']));
}
$incidents = trace($deaths->server, 'nginx', 'records', 'fpm-log', 'access');
foreach ($recursions as $name => [, $says]) {
    $incident = verdict($deaths->server, $incidents, '/' . strtr($name, ' ', '-') . '.php', 'stack_overflow');
    $advice = $incident['advice'] ?? [];
    matches("$name: trace", $says, json_encode($advice, JSON_UNESCAPED_SLASHES));
}
?>
done
--EXPECT--
done
