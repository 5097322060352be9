--TEST--
Another extension's alternate stack, small or big, loses at most a part of the record; ours is not half used
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

// Of another extension: native frames need more than a small one has, after a kernel's frame that depends on the
// processor.
$mayLack = [8192 => ['native.stack'], 16384 => ['native.stack'], 262144 => []];
$deaths = new Deaths;
$deaths->script('other.php', 'crashme("small-altstack", (int) $_GET["size"]); crashme("null-read");');
foreach (array_keys($mayLack) as $size) {
    $deaths->inflict($size, 'segfault', "/other.php?size=$size");
}
if (php_uname('m') === 'x86_64') { // elsewhere the kernel refuses so small a stack
    $deaths->inflict('2048', 'segfault', '/other.php?size=2048', silent: true);
}
foreach ($deaths->records() as $size => ['fpmsentinel' => $ours]) {
    if ($size === 2048) {
        same("$size: incomplete", ['memory', 'php.stack', 'native.stack'], $ours['incomplete']);
        continue;
    }
    same("$size: incomplete", [], array_diff($ours['incomplete'], $mayLack[$size]));
    same("$size: PHP stack", ['crashme', '{main}'], array_column($ours['php']['stack'], 'function'));
}

// Ours
$server = new Server(['ini' => ['zend.max_allowed_stack_size' => -1]]); // 8.3's, which would end the recursion first
$deaths = ['crashme("null-read");' => [], 'crashme("double-free");' => [],
    'function f() { array_map("f", [1]); } f();' => ['php.stack', 'native.stack']]; // of so many frames both ends
foreach ($deaths as $code => $incomplete) {
    $n = ($n ?? 0) + 1;
    $server->script("$n.php", "ini_set('crashme.output', '$server->dir/log/stack'); crashme('watch-altstack'); $code");
    $server->get("/$n.php");
    same("$code: incomplete", $incomplete, $server->records($n)[$n - 1]['fpmsentinel']['incomplete']);
    $stack = file_get_contents("$server->dir/log/stack");
    $used = strlen($stack) - strspn($stack, "\xA5");
    if ($used === 0 || $used >= strlen($stack) / 2) {
        echo "$code: $used of ", strlen($stack), " bytes used\n";
    }
}
?>
done
--EXPECT--
done
