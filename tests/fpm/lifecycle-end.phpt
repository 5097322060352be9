--TEST--
A crash at the end of a request: shutdown function, destructor, RSHUTDOWN, post-deactivate; and in MSHUTDOWN: none
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

// In PHP code

$deaths = new Deaths;
$deaths->script('function.php', 'register_shutdown_function("crashme", "null-read"); echo "answer";');
$deaths->script('destructor.php', 'class D { function __destruct() { crashme("null-read"); } } $d = new D; '
    . 'echo "answer";');
$deaths->inflict('function', 'segfault', '/function.php');
$deaths->inflict('destructor', 'segfault', '/destructor.php');
foreach ($deaths->records() as $name => $record) {
    same("$name: phase", 'shutdown', $record['fpmsentinel']['phase']);
    same("$name: innermost", 'crashme', $record['fpmsentinel']['php']['stack'][0]['function']);
}

// In C code, within the request

foreach (['rshutdown', 'post_deactivate'] as $place) {
    $deaths = new Deaths(['ini' => ['crashme.at' => $place]]);
    $deaths->script('arm.php', 'crashme_arm(); echo "answer";');
    $deaths->inflict($place, 'segfault', '/arm.php');
    ['fpmsentinel' => $ours] = $deaths->records()[$place];
    same("$place: phase", 'shutdown', $ours['phase']);
    same("$place: PHP stack", [], $ours['php']['stack'] ?? []);
    same("$place: incomplete", [], $ours['incomplete']);
    matches("$place: last words", '~segfault outside of PHP code, in phase shutdown~',
        lastWords($deaths->server, '/arm.php')[0]);
}

// After it

$server = play(function (Server $server) {
    $server->script('arm.php', 'crashme_arm(); echo "answer";');
    [$pid] = $server->workers();
    return [$server->get('/arm.php'), $server->childExit($pid)];
}, ['ini' => ['crashme.at' => 'mshutdown'], 'pool' => ['pm.max_requests' => 1]]);
$server->records(0);
same("nginx's errors", [], $server->nginxErrors());
?>
done
--EXPECT--
done
