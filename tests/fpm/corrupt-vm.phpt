--TEST--
An engine whose stack is torn up: a record all the same, which says what could not be read
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

$corruptions = [ // what => [whether the stack is incomplete, the names of its frames]
    'null-read' => [false, ['crashme', 'inner', 'outer', '{main}']], // to compare with
    'vm-wild&arg=0' => [true, []],
    'vm-wild&arg=1' => [true, ['inner']],
    'vm-wild&arg=2' => [true, ['outer', '{main}']],
    'vm-wild&arg=3' => [true, [null, 'outer', '{main}']],
    'vm-wild&arg=4' => [false, ['inner', 'outer', '{main}']], // the line is said to be approximate
    'vm-wild&arg=5' => [true, [null, 'outer', '{main}']],
    'vm-wild&arg=6' => [true, [null, 'outer', '{main}']],
    'vm-wild&arg=7' => [true, ['inner', 'outer', '{main}']],
    'vm-wild&arg=8' => [true, ['inner', 'outer', '{main}']],
    'vm-wild&arg=9' => [true, ['outer', '{main}']],
    'vm-cyclic' => [true, null],
    'vm-torn' => [true, []],
    'vm-name-huge' => [true, [str_repeat('x', 200), 'outer', '{main}']],
    'vm-name-bytes' => [false, ["\"quoted\" \\ line\nnext\r\t\x1b[31m nul", 'outer', '{main}']],
];
$deaths = new Deaths;
$deaths->script('die.php', 'function inner() { crashme($_GET["what"], (int) ($_GET["arg"] ?? 0)); }
    function outer() { inner(); }
    outer();');
foreach ($corruptions as $what => $unused) {
    $deaths->inflict($what, 'segfault');
}
foreach ($records = $deaths->records() as $what => ['fpmsentinel' => $ours, 'error' => $error]) {
    [$incomplete, $names] = $corruptions[$what];
    $found = array_map(fn ($frame) => $frame['function'] ?? null, $ours['php']['stack'] ?? []);
    $names === null || same("$what: PHP stack", $names, $found);
    same("$what: incomplete", $incomplete ? ['php.stack'] : [], $ours['incomplete']);
    same("$what: message", 'null pointer read at 0x0', $error['message']);
    $top = array_diff_key($ours['native']['stack'][0], ['ip' => 0]);
    $faulting = array_diff_key($records['null-read']['fpmsentinel']['native']['stack'][0], ['ip' => 0]);
    same("$what: native top frame", $faulting, $top);
}
same('approximate', [true, 1], array_map(fn ($key) => $records['vm-wild&arg=4']['fpmsentinel']['php']['stack'][0][$key]
    ?? null,
    ['line_approximate', 'line']));
// What text has been written over is left out
foreach (['vm-wild&arg=6' => 'function', 'vm-wild&arg=7' => 'file', 'vm-wild&arg=8' => 'line'] as $what => $key) {
    $record = $records[$what];
    same("$what: $key", false, isset($record['fpmsentinel']['php']['stack'][0][$key]));
    same("$what: text", 0, preg_match('~BBBB|1111638594~', json_encode($record)));
}
?>
done
--EXPECT--
done
