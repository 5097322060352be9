--TEST--
The PHP stack of a record is debug_backtrace()'s, wherever PHP was, also with opcache and its JIT
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

$places = require __DIR__ . '/php-stack.inc';
$engines = [
    'plain' => [],
    'opcache' => ['opcache' => true],
    'jit' => ['opcache' => true, 'ini' => ['opcache.jit' => 'function', 'opcache.jit_buffer_size' => '16M']],
];
foreach ($engines as $engine => $options) {
    $deaths = new Deaths($options);
    foreach (glob(__DIR__ . '/php-stack*.inc') as $script) {
        $deaths->script(basename($script, '.inc') . '.php', file_get_contents($script));
    }
    $deaths->script('include.php', "<?php\n\ncrash();");
    $expected = [];
    foreach ($places as $place) {
        $name = "$engine, $place";
        $deaths->inflict($name, 'segfault', '/php-stack.php?place=' . rawurlencode($place));
        $expected[$name] = json_decode(file_get_contents("{$deaths->server->dir}/log/expected"), true);
    }
    foreach ($deaths->records() as $name => ['fpmsentinel' => $ours]) {
        same("$name: stack", $expected[$name], $ours['php']['stack']);
        // The JIT's code has no unwind information: whether its caller is found depends on how PHP was compiled
        same("$name: incomplete", [], array_values(array_diff($ours['incomplete'],
            $engine === 'jit' ? ['native.stack'] : [])));
    }
}

// More generators that wait for another than are kept: both ends are there, and how many are between them

$deaths = new Deaths;
$deaths->script('chain.php', "function chain(\$n) {\n    if (\$n === 300) {\n        crashme('null-read');\n    }\n"
    . "    yield from chain(\$n + 1);\n}\nforeach (chain(0) as \$x);");
$deaths->inflict('chain', 'segfault', '/chain.php');
['fpmsentinel' => $ours] = $deaths->records()['chain'];
$frames = array_map(fn ($frame) => $frame['function'] . ' ' . ($frame['line'] ?? ''), $ours['php']['stack']);
same('chain: stack', ['crashme ', 'chain 3', ...array_fill(0, 61, 'chain 5'), '{main} 7'], $frames);
same('chain: omitted', 303 - 64, $ours['php']['frames_omitted']);
?>
done
--EXPECT--
done
