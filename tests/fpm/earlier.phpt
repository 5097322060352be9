--TEST--
What came before in the same request, and the file that was being compiled
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$server = new Server(['ini' => ['memory_limit' => '16M', 'fpmsentinel.memory_warning' => 50,
    'zend.max_allowed_stack_size' => -1]]);
$server->script('limit.php', 'register_shutdown_function(function () { crashme("nap", 20); crashme("null-read"); });
    function grow() { str_repeat("x", 100_000_000); } // at once: no time to be warned before
    grow();');
$server->script('thrown.php', 'register_shutdown_function(fn () => crashme("abort")); throw new LogicException("no");');
$server->script('warned.php', '$kept = str_repeat("x", 10 << 20); crashme("nap", 500); crashme("null-read");');
$earlier = [ // path => [what came before, the cause of the death]
    'limit' => ['memory_limit', 'segfault'],
    'thrown' => ['uncaught_exception', 'abort'],
    'warned' => ['memory_pressure', 'segfault'],
];
foreach ($earlier as $name => [$before, $cause]) {
    same("$name: status", 502, $server->get("/$name.php")->status);
}
$records = $server->records(6);
foreach ($earlier as $name => [$before, $cause]) {
    [$event, $death] = array_values(array_filter($records, fn ($record) => $record['url']['path'] === "/$name.php"));
    recordIs($server, $death, $cause, "/$name.php");
    same("$name: event", [$before, null], [$event['event']['code'], $event['fpmsentinel']['earlier'] ?? null]);
    $known = $death['fpmsentinel']['earlier'][0];
    same("$name: earlier", [$event['event']['id'], $before], [$known['id'], $known['cause']]);
    same("$name: only one", 1, count($death['fpmsentinel']['earlier']));
    $between = (strtotime($death['@timestamp']) - strtotime($event['@timestamp'])) * 1000;
    same("$name: time", true, abs($known['ms_before'] - $between) <= 1000); // of whole seconds
    $said = $before === 'memory_pressure' ? '~^((?!after ).)*$~'
        : "~, after $before \({$known['ms_before']} ms before\), ~";
    matches("$name: message", $said, $death['message']);
}

// Nothing of an earlier request of the same worker

$server = new Server;
$server->script('thrown.php', 'throw new LogicException("no");');
$server->script('die.php', 'crashme("null-read");');
same('status', [500, 502], [$server->get('/thrown.php')->status, $server->get('/die.php')->status]);
[, $death] = $server->records(2);
same('next request', [2, null], [$death['fpmsentinel']['requests_served'], $death['fpmsentinel']['earlier'] ?? null]);

// Compiling: in an include, an autoloader, eval() and the page itself

$long = 'function view($b) { return ' . str_repeat('$b . ', 120_000) . '$b; }';
$deaths = new Deaths(['ini' => ['memory_limit' => -1, 'zend.max_allowed_stack_size' => -1]]);
foreach (['long.php' => $long, 'view.php' => $long] as $name => $code) {
    $deaths->script($name, $code);
}
$deaths->script('include.php', 'function render() { include "view.php"; } render();');
$deaths->script('load.php', 'spl_autoload_register(fn ($class) => include "view.php"); new Missing;');
$deaths->script('eval.php', 'crashme("fault-compiling"); eval("1;");');
foreach (['include' => 'stack_overflow', 'load' => 'stack_overflow', 'long' => 'stack_overflow',
    'eval' => 'segfault'] as $name => $cause) {
    $deaths->inflict($name, $cause, "/$name.php");
}
$root = "{$deaths->server->dir}/docroot";
$compiled = ['include' => "$root/view.php", 'load' => "$root/view.php", 'long' => "$root/long.php",
    'eval' => "$root/eval.php(1) : eval()'d code"];
foreach ($deaths->records() as $name => ['fpmsentinel' => $ours, 'message' => $message]) {
    same("$name: file", ['compile', $compiled[$name]], [$ours['phase'], $ours['compiling'] ?? null]);
    $place = $name === 'long' ? '$' : ', in \S+ at \S+';
    matches("$name: message", '~, compiling ' . preg_quote($compiled[$name]) . "$place~", $message);
}
?>
done
--EXPECT--
done
