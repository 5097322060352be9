--TEST--
fpmsentinel.calls: a record has 64 bytes of the first string argument of listed functions, and nothing else
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

// What hook systems look like. Each callback is handed a secret beside the name.
$library = <<<'PHP'
namespace Illuminate\Events { class Dispatcher {
    function dispatch($event, $payload = []) { return $payload(); }
} }
namespace Shop { class Events extends \Illuminate\Events\Dispatcher {} class Bus {
    static function fire($name, $to) { return $to(); }
    function instance($name, $to) { return $to(); }
} }
namespace {
    function do_action($hook, ...$to) { return apply_filters($hook, ...$to); }
    function apply_filters($hook, $secret, $to) { return $to($secret); }
    function my_action($hook, $to) { return $to(); }
    function no_parameter() { $own = 'secret-4711'; return func_get_arg(1)(); }
    function all_of(...$arguments) { return $arguments[1](); }
    function optional($hook = 'by default', $to = null) { return $to(); }
    function forgets($hook, $to) { $hook = null; return $to(); }
    function normalizes($hook, $to) { $hook = strtolower($hook); return $to(); }
    function appends($hook, $to) { if (!$to) { $hook .= '-none'; } return $to(); }
    function loops($names, $to) { foreach (['secret-4711'] as $names) { return $to(); } }
    function passes_on($hook, $to) { by_reference($hook, fn () => 1); return $to(); }
    function reads($hook, $to) { $own = $hook . strlen($hook); $to2 = $hook; return $to(); }
    function by_reference(&$hook, $to) { return $to(); }
    function generates($hook, $to) { yield 1; yield $to(); }
    function end_it() { crashme("null-read"); }
}
PHP;
$own = '\my_action NO_parameter,all_of optional forgets normalizes appends loops passes_on reads '
    . 'by_reference generates, Shop\Bus::FIRE , preg_replace_callback';
$scripts = [ // code => [function, name], the innermost first; pool; cause
    'do_action("save_post", "secret-4711", end_it(...));' => [['apply_filters save_post', 'do_action save_post']],
    'do_action("init", "secret-4711", fn () => apply_filters("the_content", "secret-4711", end_it(...)));' =>
        [['apply_filters the_content', 'apply_filters init', 'do_action init']],
    'my_action("not listed", fn () => end_it());' => [[]],
    'Shop\Bus::fire("not listed", fn () => end_it());' => [[]],
    '(new Illuminate\Events\Dispatcher)->dispatch("order.shipped", end_it(...));' =>
        [['Illuminate\Events\Dispatcher::dispatch order.shipped']],
    '(new Shop\Events)->dispatch("inherited", end_it(...));' => [['Illuminate\Events\Dispatcher::dispatch inherited']],
    'do_action(str_repeat("n", 300), "secret-4711", end_it(...));' =>
        [['apply_filters ' . str_repeat('n', 64), 'do_action ' . str_repeat('n', 64)]],
    'do_action(str_repeat("n", 63) . "\u{20ac}", "secret-4711", end_it(...));' =>
        [['apply_filters ' . str_repeat('n', 63), 'do_action ' . str_repeat('n', 63)]],
    'do_action("\xff\x01\"\u{202e}", "secret-4711", end_it(...));' =>
        [["apply_filters \u{fffd}\x01\"\u{202e}", "do_action \u{fffd}\x01\"\u{202e}"]],
    'do_action("", "secret-4711", end_it(...));' => [[]],
    'do_action(4711, "secret-4711", end_it(...));' => [[]],
    'do_action(["secret-4711"], "secret-4711", end_it(...));' => [[]],
    // whose name it is stays clear
    'do_action("outer", "secret-4711", fn () => do_action(null, "secret-4711", end_it(...)));' =>
        [['apply_filters', 'do_action', 'apply_filters outer', 'do_action outer']],
    'do_action("soft", "secret-4711", fn () => str_repeat("x", 1 << 30));' =>
        [['apply_filters soft', 'do_action soft'], 'www', 'memory_limit'],
    'do_action("thrown", "secret-4711", fn () => throw new Exception("no"));' =>
        [['apply_filters thrown', 'do_action thrown'], 'www', 'uncaught_exception'],
    'do_action("a", "secret-4711", fn () => undefined("secret-4711"));' =>
        [['apply_filters a', 'do_action a'], 'www', 'uncaught_exception'],
    'try { do_action("caught", "secret-4711", fn () => throw new Exception); } catch (Exception) {} '
        . 'throw new Exception;' => [[], 'www', 'uncaught_exception'],
    'do_action("out", "secret-4711", function () { try { do_action("in", "secret-4711", fn () => throw new Exception); '
        . '} catch (Exception $e) { throw $e; } });' =>
        [['apply_filters', 'do_action', 'apply_filters out', 'do_action out'], 'www', 'uncaught_exception'],
    'function make() { return new Exception; } do_action("made", "secret-4711", fn () => throw make());' =>
        [['apply_filters made', 'do_action made'], 'www', 'uncaught_exception'],
    'my_action("mine", fn () => end_it());' => [['my_action mine'], 'own'],
    'Shop\Bus::fire("static", fn () => (new Shop\Bus)->instance("not listed", fn () => end_it()));' =>
        [['Shop\Bus::fire static'], 'own'],
    'do_action("not listed there", "secret-4711", end_it(...));' => [[], 'own'],
    'no_parameter("secret-4711", fn () => end_it());' => [[], 'own'],
    'all_of("secret-4711", fn () => end_it());' => [[], 'own'],
    'optional(to: fn () => end_it());' => [['optional by default'], 'own'],
    // what it was called with is not known
    'forgets("forgotten", fn () => end_it());' => [[], 'own', 'segfault', true],
    'normalizes("Other", fn () => end_it());' => [[], 'own', 'segfault', true],
    'appends("other", fn () => end_it());' => [[], 'own', 'segfault', true],
    'loops("other", fn () => end_it());' => [[], 'own', 'segfault', true],
    'passes_on("other", fn () => end_it());' => [[], 'own', 'segfault', true],
    'normalizes("Other", fn () => throw new Exception);' => [[], 'own', 'uncaught_exception', true],
    'passes_on("other", fn () => throw new Exception);' => [[], 'own', 'uncaught_exception', true],
    'reads("read", fn () => end_it());' => [['reads read'], 'own'],
    '$name = "referred"; by_reference($name, fn () => end_it());' => [['by_reference referred'], 'own'],
    'foreach (generates("yields", fn () => end_it()) as $none);' => [['generates yields'], 'own'],
    'preg_replace_callback("~pattern~", fn () => end_it(), "a pattern");' =>
        [['preg_replace_callback ~pattern~'], 'own'],
    'do_action("none", "secret-4711", end_it(...));' . ' // nothing is listed' => [[], 'none'],
];
$jit = ['opcache.jit' => 'tracing', 'opcache.jit_buffer_size' => '16M', 'opcache.jit_hot_func' => 1,
    'opcache.jit_hot_side_exit' => 1];
foreach ([[false, []], [true, ['opcache.file_update_protection' => 0] + $jit]] as [$opcache, $ini]) {
    $server = new Server(['opcache' => $opcache, 'ini' => $ini
        + ['memory_limit' => '16M', 'zend.exception_ignore_args' => 1], 'pools' => [
        'own' => ['php_admin_value[fpmsentinel.calls]' => $own],
            'none' => ['php_admin_value[fpmsentinel.calls]' => '']]]);
    $server->script('library.php', "<?php\n$library");
    $number = 0;
    foreach ($scripts as $code => $expected) {
        $pool = $expected[1] ?? 'www';
        $path = ($pool === 'www' ? '' : "/$pool") . '/' . $number++ . '.php';
        $server->script($path, "require '$server->dir/docroot/library.php'; $code");
        $server->get($path);
    }
    foreach ($server->records($number) as $n => $record) {
        [$calls, , $cause, $changed] = array_values($scripts)[$n] + [[], 'www', 'segfault', false];
        $code = array_keys($scripts)[$n];
        same("$code: cause", $cause, $record['event']['code']);
        $found = array_map(fn ($call) => rtrim("$call[function] " . ($call['name'] ?? '')),
            $record['fpmsentinel']['request']['calls'] ?? []);
        same("$code: calls", $calls, $found);
        same("$code: whole", false, in_array('php.stack', $record['fpmsentinel']['incomplete'], true));
        same("$code: changed", $changed, in_array('request.calls', $record['fpmsentinel']['incomplete'], true));
    }
    same('secrets', [], preg_grep('~secret-4711~', $server->rawRecords()));
    $server->stop();
}

// A SIGKILL: what the watcher had seen; of another hook it has the same fingerprint, and so has a fault.
$server = new Server;
$server->script('library.php', "<?php\n$library");
$server->script('sleep.php', "require 'library.php'; do_action('nap', 'secret-4711', fn () => sleep(30));");
$server->script('die.php', "require 'library.php'; do_action(\$_GET['hook'], 'secret-4711', end_it(...));");
[$pid] = $server->workers();
$request = $server->start('/sleep.php');
untilAsleep($server, $pid);
untilSampled($server, $pid);
Server::kill($pid, 'KILL');
$server->finish($request);
$server->records(1); // before the next: it is seen from outside, and later
foreach (['one', 'two'] as $hook) {
    $server->get("/die.php?hook=$hook");
}
[$killed, $one, $two] = $server->records(3);
$calls = fn ($record) => array_column($record['fpmsentinel']['request']['calls'] ?? [], 'name');
same('killed', ['killed', ['nap', 'nap']], [$killed['event']['code'], $calls($killed)]);
same('hooks', [['one', 'one'], ['two', 'two']], [$calls($one), $calls($two)]);
same('fingerprint', $one['fpmsentinel']['fingerprint'], $two['fpmsentinel']['fingerprint']);
same('secrets', [], preg_grep('~secret-4711~', $server->rawRecords()));

// The tool shows them behind their frames.
$tool = fn (string $arguments) => shell_exec(escapeshellarg(Server::path('TEST_FPMSENTINEL')) . " $arguments 2>&1");
matches('show', "~^    2  apply_filters\('one'\)  \S+library\.php:\d+\n    3  do_action\('one'\)  ~m",
    $tool("show {$one['event']['id']} $server->log"));
$trace = "$server->dir/log/nginx.log --records $server->log";
matches('trace', "~apply_filters\('two'\)  \S+library\.php:\d+\n +do_action\('two'\)  ~", $tool("trace $trace"));
matches('trace, JSON', '~"function":"do_action","name":"two"~', $tool("trace --format=ndjson $trace"));
$server->stop();
?>
done
--EXPECT--
done
