--TEST--
A death while PHP loads a file, before and after its compiler: which file, and what to do
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';
require __DIR__ . '/trace.inc';

// musl does not say how large a function is
$known = str_contains((string) shell_exec('ldd ' . Server::path('TEST_PHP_FPM')), 'libc.so.6');
$branches = 'function rules($a) { $b = 0; ' . str_repeat("if (\$a) { \$b++; }\n", 2000) . 'return $b; }';
$optimizer = '~opcache\.optimization_level = 0~';
$scripts = [ // with opcache => path => [code, cause, the file that is loaded, what trace advises]
    0 => [
        'opened' => ['function load(&$file) { crashme("fault-opening"); include $file; } $name = "view.inc"; '
            . 'load($name);', 'segfault', 'view.inc', '~core dump~'],
        // What the VM joins here it joins without noting where it is.
        'over' => ['function f($s) { $t = $_SERVER["REQUEST_METHOD"]; include "view.inc"; return $t . $s; } '
            . 'f(crashme("wild-string"));', 'segfault', null, '~core dump~'],
        'eval' => ['eval("crashme(\'null-read\');");', 'segfault', null, '~core dump~'],
    ],
    1 => [
        'optimized' => ['function load() { return include __DIR__ . "/rules.inc"; } load();', 'stack_overflow',
            '/rules.inc', $optimizer],
        'rules' => [$branches, 'stack_overflow', null, $optimizer], // the page itself
    ],
];
foreach ($scripts as $opcache => $ofServer) {
    $server = new Server(['opcache' => (bool) $opcache, 'wrapper' => ['prlimit', '--stack=' . (192 << 10)],
        'ini' => ['memory_limit' => -1, 'opcache.enable' => $opcache, // 8.5 has it built in
            'opcache.file_update_protection' => 0, 'opcache.jit' => 'disable']]);
    file_put_contents("$server->dir/docroot/view.inc", '<?php return 1;');
    file_put_contents("$server->dir/docroot/rules.inc", "<?php $branches");
    foreach ($ofServer as $name => [$code, $cause]) {
        $server->script("$name.php", $code);
        if ($server->get("/$name.php")->status === 200) { // an optimizer that does not recurse
            same("$name: answered", true, $cause === 'stack_overflow' && PHP_VERSION_ID >= 80400);
            unset($ofServer[$name]);
        }
    }
    $records = array_column(array_map(fn ($record) => [$record['url']['path'], $record],
        $server->records(count($ofServer))), 1, 0);
    $incidents = $ofServer ? trace($server) : [];
    foreach ($ofServer as $name => [, $cause, $file, $change]) {
        $loading = $known && $file ? ($file[0] === '/' ? "$server->dir/docroot$file" : $file) : null;
        $incident = verdict($server, $incidents, "/$name.php", $cause);
        same("$name: file", $loading, $records["/$name.php"]['fpmsentinel']['loading'] ?? null);
        same("$name: message", $loading !== null, str_contains($records["/$name.php"]['message'] ?? '',
            " loading $loading, in "));
        same("$name: trace", $loading, $incident['record']['loading'] ?? null);
        matches("$name: change", $change, $incident['advice']['change'] ?? '');
    }
}
?>
done
--EXPECT--
done
