--TEST--
peer_closed: nginx or the client hangs up while PHP works on; not when the answer has been sent
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

/** GET once the worker is idle: what it is at for longer than nginx waits would be the next request's fault. */
function get(Server $server, string $path, string $method = 'GET'): object
{
    [$pid] = $server->workers();
    $idle = fn () => preg_match('~accept|wait_for_more_packets~', (string) file_get_contents("/proc/$pid/wchan"));
    $server->until($idle, 10, "worker $pid to be idle");
    return $server->get($path, method: $method);
}

$nap = 'crashme("nap", 1500);';
$work = "function work() {\n    crashme('nap', 1500);\n}\nwork();\n";
foreach (['unix', 'tcp'] as $upstream) {
    $server = new Server(['upstream' => $upstream,
        'nginx' => 'location = /timeout.php { fastcgi_pass @UPSTREAM@; fastcgi_read_timeout 1s; }']);
    $server->script('abort.php', "$work file_put_contents(__DIR__ . '/../log/worked-on', 'yes'); "
        . "\$more = crashme('nap', 300);");
    $server->script('timeout.php', "$work echo 'unheard';");
    $server->script('answered.php', "echo 'answer'; fastcgi_finish_request(); crashme('nap', 500);");
    $server->script('part.php', "echo 'part'; flush(); crashme('nap', 500); echo ', whole';");
    $server->script('head.php', "echo 'part'; flush(); crashme('nap', 500);");
    $server->script('empty.php', "http_response_code(204); flush(); crashme('nap', 500);");
    $server->script('complete.php', "header('Content-Length: 5'); echo 'whole'; flush(); crashme('nap', 500);");
    $server->script('hello.php', 'echo "hello";');
    [$pid] = $server->workers();

    // The client

    $request = $server->start('/abort.php');
    untilAsleep($server, $pid);
    fclose($request->stream);
    $server->until(fn () => is_file("$server->dir/log/worked-on"), 10, 'the script to end');

    // nginx

    same("$upstream: nginx", 504, get($server, '/timeout.php')->status);

    // Nobody: what comes next is the same worker's

    same("$upstream: answered", ['answer', null], [($answer = get($server, '/answered.php'))->body, $answer->error]);
    same("$upstream: part", 'part, whole', get($server, '/part.php')->body);
    same("$upstream: head", 200, get($server, '/head.php', 'HEAD')->status);
    same("$upstream: 204", 204, get($server, '/empty.php')->status);
    same("$upstream: complete", 'whole', get($server, '/complete.php')->body);
    same("$upstream: next", 'hello', get($server, '/hello.php')->body);

    [$abort, $timeout] = $server->records(2);
    foreach (['/abort.php' => $abort, '/timeout.php' => $timeout] as $path => $record) {
        $ours = $record['fpmsentinel'];
        recordIs($server, $record, 'peer_closed', $path);
        same("$path: event", ['request-aborted', 'warning', false],
            [$record['event']['action'], $record['log']['level'], $ours['worker_died']]);
        same("$path: message", 'nginx or the client closed the connection', $record['error']['message']);
        same("$path: stack", ['crashme', 'work', '{main}'], array_column($ours['php']['stack'], 'function'));
        same("$path: stack", [0, []], [$ours['php']['stack_age_ms'], $ours['incomplete']]);
    }
    same("$upstream: time", true, $timeout['fpmsentinel']['request']['elapsed_ms'] >= 900);
    same("$upstream: worker", [$pid], $server->workers());
    same("$upstream: worked on", 'yes', file_get_contents("$server->dir/log/worked-on"));
    $server->stop();
}

// Off

$server = new Server(['ini' => ['fpmsentinel.peer_closed' => 0]]);
$server->script('abort.php', "$nap file_put_contents(__DIR__ . '/../log/worked-on', 'yes');");
[$pid] = $server->workers();
$request = $server->start('/abort.php');
untilAsleep($server, $pid);
fclose($request->stream);
$server->until(fn () => is_file("$server->dir/log/worked-on"), 10, 'the script to end');
$server->records(0);
?>
done
--EXPECT--
done
