--TEST--
Beside xdebug, apcu, excimer and opcache, each alone and all at once, loaded before them and after them
--SKIPIF--
<?php
require __DIR__ . '/skipif.inc';
foreach (['xdebug', 'apcu', 'excimer'] as $name) {
    is_file(PHP_EXTENSION_DIR . "/$name.so") || die("skip no $name.so");
}
?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$xdebug = ['zend_extension' => 'xdebug', 'xdebug.mode' => 'develop,coverage', 'xdebug.start_with_request' => 'yes'];
$apcu = ['extension' => 'apcu', 'apc.enabled' => 1];
$excimer = ['extension' => 'excimer'];
$neighbours = [ // name => options
    'xdebug' => ['ini' => $xdebug],
    'apcu' => ['ini' => $apcu],
    'excimer' => ['ini' => $excimer],
    'all' => ['opcache' => true, 'ini' => ['extension' => ['excimer', 'apcu']] + $xdebug + $apcu],
];
$script = <<<'PHP'
    <?php
    if (class_exists('ExcimerProfiler')) {
        $profiler = new ExcimerProfiler;
        $profiler->setEventType(EXCIMER_REAL);
        $profiler->setPeriod(0.001);
        $profiler->start();
    }
    function_exists('apcu_store') && apcu_store('key', str_repeat('x', 1000));
    function_exists('xdebug_start_code_coverage') && xdebug_start_code_coverage();
    class Shop
    {
        static function sell($what)
        {
            return array_map(fn ($what) => crashme($what, (int) ($_GET['arg'] ?? 0)), [$what]);
        }
    }
    Shop::sell($_GET['what']);
    echo 'sold';
    PHP;
$causes = ['null-read' => 'segfault', 'abort' => 'abort', 'c-recursion' => 'stack_overflow',
    'thread-segv' => 'segfault',
    'raise&arg=15' => 'terminated', 'exit&arg=7' => 'exit_in_request'];
foreach ($neighbours as $name => $options) {
    foreach ($name === 'all' ? [true, 'last'] : ['last'] as $place) {
        $deaths = new Deaths(['extension' => $place] + $options);
        $deaths->script('shop.php', $script);
        foreach ([$deaths->without, $deaths->server] as $server) {
            same("$name: answer", 'sold', $server->get('/shop.php?what=errno-after')->body);
        }
        foreach ($causes as $what => $cause) {
            $deaths->inflict($what, $cause, "/shop.php?what=$what");
        }
        foreach ($deaths->records() as $what => ['fpmsentinel' => $ours]) {
            $frame = fn ($frame) => ($frame['class'] ?? '') . ($frame['type'] ?? '')
                . preg_replace('~:.*\}$~', '}', $frame['function']) . ' ' . ($frame['line'] ?? '-');
            same("$name, $what: stack", ['crashme -', 'Shop::{closure} 14', 'array_map -', 'Shop::sell 14',
                '{main} 17'],
                array_map($frame, $ours['php']['stack']));
            same("$name, $what: incomplete", $what === 'c-recursion' ? ['native.stack'] : [], $ours['incomplete']);
        }
        $deaths->server->stop();
        $deaths->without->stop();
    }

    // What PHP ends itself: each of them has a hook of its own for that

    $server = play(function (Server $server) {
        $server->script('exception.php', "function f() {\n    throw new LogicException('no');\n}\nf();");
        $server->script('memory.php', "function f() { for (\$a = 'x'; ; ) \$a .= \$a; }\nf();");
        $workers = $server->workers();
        $statuses = [$server->get('/exception.php')->status, $server->get('/memory.php')->status];
        return [$statuses, $workers === $server->workers()];
    }, ['extension' => 'last', 'ini' => $options['ini'] + ['memory_limit' => '16M']] + $options);
    [$exception, $memory] = $server->records(2);
    recordIs($server, $exception, 'uncaught_exception', '/exception.php');
    recordIs($server, $memory, 'memory_limit', '/memory.php');
    same("$name: stack", ['f', '{main}'], array_column($exception['fpmsentinel']['php']['stack'], 'function'));
    same("$name: line", [2, 4], array_column($exception['fpmsentinel']['php']['stack'], 'line'));
    $server->stop();
}
?>
done
--EXPECT--
done
