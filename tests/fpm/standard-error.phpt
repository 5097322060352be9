--TEST--
What a dying worker wrote to standard error: in the record what it still holds, the rest in FPM's log; trace has both
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';
require __DIR__ . '/trace.inc';

$glibc = str_contains((string) shell_exec('ldd ' . Server::path('TEST_PHP_FPM')), 'libc.so.6');
$held = [ // what the record has of it
    'terminate' => "~^terminate called after throwing an instance of 'std::out_of_range'\n  what\(\):  no such row$~",
    'assert' => $glibc ? "~Assertion `0' failed\.$~" : null,
    'double-free' => $glibc ? '~^free\(\): double free detected~' : null,
    'abort' => null,
    'zend-heap' => null,
];
$libraries = glob('/{lib,usr/lib}/{x86_64,aarch64}-linux-gnu/libstdc++.so.6', GLOB_BRACE);
if (!$libraries) {
    unset($held['terminate']);
}
$options = ['pool' => ['catch_workers_output' => 'yes']];
foreach ([1, 0] as $on) {
    $deaths = new Deaths($options + ['ini' => ['fpmsentinel.stderr' => $on]]);
    foreach ($held as $what => $text) {
        $deaths->inflict($what, 'abort');
    }
    foreach ($deaths->records() as $what => ['fpmsentinel' => $ours]) {
        if (!$on || $held[$what] === null) {
            same("$what, $on: nothing", null, $ours['stderr'] ?? null);
        } elseif ($what !== 'terminate' || !empty($ours['native']['stack'][1])) { // else nobody knows who aborts
            matches("$what: stderr", $held[$what], $ours['stderr'] ?? '');
        }
    }
    $on && $told = $deaths;
}
// FPM's log has what the engine says; the record does not
$text = tool(['trace', ...logsOf($told->server, 'nginx', 'records', 'fpm-log')])->output;
foreach (['no such row', 'double free detected', 'zend_mm_heap corrupted'] as $words) {
    same("trace: $words", true, str_contains($text, $words) || ($words === 'no such row' && !$libraries));
}
$changes = array_map(fn ($incident) => $incident['advice']['change'],
    trace($told->server, 'nginx', 'records', 'fpm-log'));
// zend-heap, and what libc says of double-free
same('broken heap', 1 + $glibc, count(preg_grep('~USE_ZEND_ALLOC=0~', $changes)));
$text = tool(['trace', ...logsOf($told->server, 'nginx', 'records')])->output;
same('without it: advice', true, str_contains(preg_replace('~\s+~', ' ', $text),
    'if the pool\'s file has catch_workers_output = yes'));
?>
done
--EXPECT--
done
