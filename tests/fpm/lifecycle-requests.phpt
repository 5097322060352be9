--TEST--
A crash in a worker's first and in its hundredth request, before the script, while compiling, after the answer
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

// The first and the hundredth

$deaths = new Deaths;
$deaths->script('hello.php', 'echo "hello";');
$deaths->inflict('first', 'segfault', '/die.php?what=null-read');
foreach ([$deaths->without, $deaths->server] as $server) {
    for ($i = 1; $i < 100; $i++) {
        same('status', 200, $server->get('/hello.php')->status);
    }
}
$deaths->inflict('hundredth', 'abort', '/die.php?what=abort');
$records = $deaths->records();
same('requests served', [1, 100], array_map(fn ($record) => $record['fpmsentinel']['requests_served'],
    array_values($records)));
same('ids', 2, count(array_unique(array_column(array_column($records, 'event'), 'id'))));

// Before the script

$deaths = new Deaths(['pool' => ['php_admin_value[auto_prepend_file]' => 'prepend.php']]);
$deaths->script('prepend.php', 'crashme("null-read");');
$deaths->script('page.php', 'echo "page";');
$deaths->inflict('prepended', 'segfault', '/page.php');
['fpmsentinel' => $ours] = $deaths->records()['prepended'];
same('script', "{$deaths->server->dir}/docroot/page.php", $ours['request']['script']);
same('stack', "{$deaths->server->dir}/docroot/prepend.php", $ours['php']['stack'][1]['file']);
same('phase', 'execute', $ours['phase']);

// While compiling

foreach ([false, true] as $opcache) {
    $deaths = new Deaths(['opcache' => $opcache]);
    $deaths->script('include.php', 'crashme("fault-compiling"); include "included.php";');
    $deaths->script('included.php', 'echo "included";');
    $deaths->script('eval.php', 'crashme("fault-compiling"); eval("1;");');
    $deaths->script('load.php', 'spl_autoload_register(fn ($class) => include "included.php"); '
        . 'crashme("fault-compiling"); new Missing;');
    $deaths->script('prepare.php', 'crashme("fault-compiling");');
    $stacks = ['include' => '{main}', 'eval' => '{main}', 'load' => '{closure}, {main}', 'included' => ''];
    foreach ($stacks as $name => $stack) {
        foreach ($name === 'included' ? [$deaths->without, $deaths->server] : [] as $server) {
            same('status', 200, $server->get('/prepare.php')->status); // the script itself, in the next request
        }
        $deaths->inflict($name, 'segfault', "/$name.php");
    }
    foreach ($deaths->records() as $name => ['fpmsentinel' => $ours]) {
        same("$name: phase", 'compile', $ours['phase']);
        $names = preg_replace('~:.*\}$~', '}', array_column($ours['php']['stack'] ?? [], 'function'));
        same("$name: stack", $stacks[$name], implode(', ', $names));
        $place = ['file' => "{$deaths->server->dir}/docroot/$name.php", 'line' => 1];
        $name === 'included' || same("$name: place", $place, array_intersect_key($ours['php']['stack'][0], $place));
        same("$name: incomplete", [], $ours['incomplete']);
    }
}

// After the answer

$server = play(function (Server $server) {
    $server->script('finish.php', 'echo "answer"; fastcgi_finish_request(); crashme("null-read");');
    [$pid] = $server->workers();
    return [$server->get('/finish.php'), $server->childExit($pid)];
});
[$record] = $server->records(1);
recordIs($server, $record, 'segfault', '/finish.php');
same('finished', true, $record['fpmsentinel']['request']['finished']);
same('phase', 'execute', $record['fpmsentinel']['phase']);
?>
done
--EXPECT--
done
