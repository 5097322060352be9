--TEST--
Code that a JIT made is named as such, the stack goes on behind it, and trace advises what turns it off
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';
require __DIR__ . '/trace.inc';

$lengths = 'function lengths(string $s) { for ($n = $i = 0; $i < 5000; $i++) { $n += strlen($s); } return $n; } '
    . 'lengths("warm"); lengths("up"); ';
$library = 'final class Row { function line(int $i) { if ($i === 4000) { crashme("null-read"); } return $i; }
    function all() { for ($n = $i = 0; $i < 5000; $i++) { $n += $this->line($i); } return $n; } } ';
$scripts = [ // code, whose code the innermost frame is, whether some frame is a JIT's, what trace says
    'opcache' => ["$lengths lengths(crashme('wild-string'));", 'opcache', true, '~opcache\.jit = disable~'],
    'opcache-in-a-fiber' => ["$lengths (new Fiber('lengths'))->start(crashme('wild-string'));", 'opcache', true,
        '~opcache\.jit = disable~'],
    'opcache-below-array_map' => ["$lengths array_map('lengths', [crashme('wild-string')]);", 'opcache', true,
        '~opcache\.jit = disable~'],
    'pcre' => ['preg_match("~^(a+)+$~", crashme("torn-string", 100));', 'pcre', true, '~pcre\.jit = 0~'],
    'pcre-in-opcache' => ['function f($s) { for ($i = 0; $i < 1000; $i++) { '
        . 'preg_match("~^(a+)+$~", $i < 999 ? "a" : $s); } } f(crashme("torn-string", 100));', 'pcre', true,
        '~pcre\.jit = 0~'],
    'library' => ["$library (new Row)->all();", null, null, '~^(?!.*(opcache|pcre)\.jit)~'],
    'jump' => ['crashme("jump-unmapped");', null, null, '~^(?!.*(opcache|pcre)\.jit)~'],
];
$deaths = [];
foreach (['tracing', 'function'] as $how) {
    $deaths[$how] = new Deaths(['opcache' => true, 'ini' =>
        ['opcache.jit' => $how, 'opcache.jit_buffer_size' => '16M', 'opcache.jit_hot_loop' => 5,
        'opcache.jit_hot_func' => 5, 'opcache.file_update_protection' => 0, 'pcre.jit' => 1,
        'pcre.backtrack_limit' => 2_000_000_000]]);
    foreach ($scripts as $name => [$code]) {
        $deaths[$how]->script("$name.php", $code);
        $deaths[$how]->inflict($name, 'segfault', "/$name.php");
    }
    foreach ($deaths[$how]->records() as $name => ['fpmsentinel' => $ours]) {
        $stack = $ours['native']['stack'];
        same("$how, $name: innermost", $scripts[$name][1], $stack[0]['jit'] ?? null);
        if (isset($stack[1])) {
            $jit = array_filter($stack, fn ($frame) => isset($frame['jit']));
            $scripts[$name][2] && same("$how, $name: a JIT's", true, $jit !== []);
            $end = end($stack)['symbol'] ?? '';
            same("$how, $name: the end, or missing", true, str_starts_with($end, '_start')
                || str_contains($name, 'fiber') || in_array('native.stack', $ours['incomplete']));
        }
    }
    $incidents = trace($deaths[$how]->server, 'nginx', 'records', 'fpm-log', 'access');
    foreach ($scripts as $name => [, , , $says]) {
        matches("$how, $name: trace", $says, json_encode(verdict($deaths[$how]->server, $incidents, "/$name.php",
            'segfault')['advice'] ?? []));
    }
}
?>
done
--EXPECT--
done
