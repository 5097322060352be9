--TEST--
A thousand requests that kill no worker leave no record, however they end
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$server = new Server(['ini' => ['memory_limit' => '8M', 'fpmsentinel.fatal_errors' => 0,
    'fpmsentinel.peer_closed' => 0]]); // of large.php it would tell
$scripts = [ // name => [code, status]
    'page' => ['echo "page";', 200],
    'post' => ['echo strlen(file_get_contents("php://input"));', 200],
    'exception' => ['throw new LogicException("no");', 500],
    'undefined' => ['undefined();', 500],
    'syntax' => ['if (', 500],
    'memory' => ['str_repeat("x", 100 << 20);', 500],
    'exit' => ['register_shutdown_function(fn () => exit(2)); exit(3);', 200],
    'finish' => ['echo "page"; fastcgi_finish_request(); echo "unheard";', 200],
    'large' => ['for ($i = 0; $i < 20; $i++) { echo str_repeat("x", 1 << 20); flush(); }', 200],
];
foreach ($scripts as $name => [$code]) {
    $server->script("$name.php", $code);
}
$server->script('endless.php', 'set_time_limit(1); for (;;);');
$scripts['missing'] = ['', 404];
[$pid] = $server->workers();

for ($i = 0; $i < 1000; $i++) {
    $name = array_keys($scripts)[$i % count($scripts)];
    if ($name === 'large') { // the client hangs up
        $request = $server->start('/large.php');
        fread($request->stream, 1000);
        fclose($request->stream);
    } else {
        $answer = $server->get("/$name.php", body: $i % 3 === 0 ? str_repeat('x', $i * 100) : null);
        same("$name", [$scripts[$name][1], null], [$answer->status, $answer->error]);
    }
}
same('max_execution_time', 500, $server->get('/endless.php')->status);
$server->records(0);
same('worker', [$pid], $server->workers());
same('said', [], preg_grep('~fpmsentinel~', [...explode("\n", $server->fpmLog()),
    ...array_column($server->nginxErrors(), 'message')]));

// And that worker still tells of its death

$server->script('die.php', 'crashme("null-read");');
same('status', 502, $server->get('/die.php')->status);
[$record] = $server->records(1);
recordIs($server, $record, 'segfault', '/die.php');
same('worker', [$pid, 1002], [$record['process']['pid'], $record['fpmsentinel']['requests_served']]);
same('last words', 1, count(lastWords($server, '/die.php')));
?>
done
--EXPECT--
done
