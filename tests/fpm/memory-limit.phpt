--TEST--
memory_limit: at once, slowly, in a destructor, in the engine, with the heap full: one record, the worker lives
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$full = 'function full() { for (;;) { $GLOBALS["kept"][] = new stdClass; } }';
$scripts = [ // what => [code, the functions of the stack, innermost first]
    'at once' => ['function once() { return str_repeat("x", 100 << 20); } once();', ['once', '{main}']],
    'a string slowly' => ['function grow($a) { for (;;) { $a .= "x"; } } grow("x");', ['grow', '{main}']],
    'an array slowly' => ['function fill() { for (;;) { $a[] = 1; } } fill();', ['fill', '{main}']],
    'objects slowly' => ["$full full();", ['full', '{main}']],
    'in a destructor' => ['class D { function __destruct() { str_repeat("x", 100 << 20); } } $d = new D; $d = null;',
        ['D->__destruct', '{main}']],
    'in a destructor at the end' => ['class D { function __destruct() { str_repeat("x", 100 << 20); } } $d = new D;',
        ['D->__destruct']],
    'in a callback' => ['array_map(fn ($a) => str_repeat($a, 100 << 20), ["x"]);',
        ['{closure}', 'array_map', '{main}']],
    'in a fiber' => ['(new Fiber(fn () => str_repeat("x", 100 << 20)))->start();',
        ['{closure}', 'Fiber->start', '{main}']],
    'in an output callback' => ['ob_start(fn ($text) => str_repeat($text, 100 << 20)); echo "x"; ob_end_flush();',
        ['{closure}', 'ob_end_flush', '{main}']],
    'recursion' => ['function again() { again(); } again();', ['again', '{main}']],
    // and only the first time a record
    'twice' => ["register_shutdown_function('full'); $full full();", ['full', '{main}']],
];
$server = play(function (Server $server) use ($scripts) {
    $workers = $server->workers();
    $statuses = [];
    foreach (array_values($scripts) as $n => [$code]) {
        $server->script("$n.php", $code);
        $answer = $server->get("/$n.php");
        $statuses[] = [$answer->status, $answer->error];
    }
    return [$statuses, $workers === $server->workers()];
}, ['ini' => ['memory_limit' => '8M']]);
$records = $server->records(count($scripts));
foreach (array_keys($scripts) as $n => $what) {
    ['fpmsentinel' => $ours, 'error' => $error] = $records[$n];
    recordIs($server, $records[$n], 'memory_limit', "/$n.php");
    same("$what: died", ['request-killed', false, 'certain'],
        [$records[$n]['event']['action'], $ours['worker_died'], $ours['confidence']]);
    matches("$what: message", '~^Allowed memory size of 8388608 bytes exhausted ~', $error['message']);
    same("$what: limit", 8388608, $ours['limits']['memory_limit']);
    $name = fn ($frame) => ($frame['class'] ?? '') . ($frame['type'] ?? '')
        . preg_replace('~:.*\}$~', '}', $frame['function']);
    $names = array_map($name, $ours['php']['stack']);
    $names[0] === 'str_repeat' && array_shift($names); // some versions tell it when that has returned
    $expected = $scripts[$what][1];
    same("$what: stack", $expected, $what === 'recursion' ? array_slice($names, -2) : $names);
    same("$what: omitted", $what === 'recursion', ($ours['php']['frames_omitted'] ?? 0) > 1000);
    same("$what: incomplete", [], array_diff($ours['incomplete'], $what === 'recursion' ? ['php.stack'] : []));
}
same('104', [], preg_grep('~104: ~', array_column($server->nginxErrors(), 'message')));
$server->stop();

// PHP with a hard limit above it tells some functions of memory_limit only afterwards, and leaves if they have taken as
// much again

if (ini_get('memory_hard_limit_percent') !== false) {
    $deaths = new Deaths(['ini' => ['memory_limit' => '32M']]);
    $deaths->script('soft.php', 'echo strlen(serialize(array_fill(0, 34, str_repeat("x", 1 << 20))));');
    $deaths->script('hard.php', 'usleep(300_000); serialize(array_fill(0, 100, str_repeat("x", 1 << 20)));');
    $deaths->script('output.php', 'usleep(300_000); ob_start(); '
        . 'var_dump(array_fill(0, 100, str_repeat("x", 1 << 20)));');
    foreach (['hard', 'output'] as $name) {
        $deaths->inflict($name, 'exit_in_request', "/$name.php", silent: true);
    }
    foreach ($deaths->records() as $name => ['fpmsentinel' => $ours, 'error' => $error]) {
        same("$name: confidence", 'certain', $ours['confidence']);
        matches("$name: message", '~^C code called _exit\(137\), as PHP does at memory_hard_limit_percent$~',
            $error['message']);
    }
    same('soft', 500, $deaths->server->get('/soft.php')->status);
    same('soft', 'memory_limit', $deaths->server->records(3)[2]['event']['code']);
}

// A death when the heap is full: of a fault, and of a signal

$deaths = new Deaths(['ini' => ['memory_limit' => '8M', 'fpmsentinel.fatal_errors' => 0]]);
$deaths->script('full.php', "register_shutdown_function('crashme', \$_GET['what'], "
    . "(int) (\$_GET['arg'] ?? 0)); $full full();");
foreach (['null-read' => 'segfault', 'abort' => 'abort', 'raise&arg=15' => 'terminated',
    'exit&arg=7' => 'exit_in_request'] as $what => $cause) {
    $deaths->inflict($what, $cause, "/full.php?what=$what");
}
foreach ($deaths->records() as $what => ['fpmsentinel' => $ours]) {
    same("$what: incomplete", [], $ours['incomplete']);
    same("$what: stack", [['function' => 'crashme']], $ours['php']['stack']);
    same("$what: memory", true, $ours['memory']['used'] > 4 << 20);
}
?>
done
--EXPECT--
done
