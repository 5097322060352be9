--TEST--
client.port, UNIQUE_ID in place of REQUEST_ID, and of the query string only the parameters that are listed
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

/** Asks for the path; $meanwhile(pid of the worker) runs while it is served. Gives the port that it was asked from. */
function ask(Server $server, string $path, ?callable $meanwhile = null): int
{
    $workers = $server->until(fn () => $server->workers(), 10, "a worker");
    $request = $server->start($path);
    $port = (int) substr(strrchr(stream_socket_get_name($request->stream, false), ':'), 1);
    $meanwhile && array_map($meanwhile, $workers);
    $server->finish($request);
    return $port;
}

$query = '?action=save_post&token=secret-4711&route=' . str_repeat('r', 100)
    . '&Action=secret-4711&xaction=secret-4711&flag&action=twice&flag2=secret-4711&=x&&last';
$kept = 'action=save_post&route=' . str_repeat('r', 64) . '&flag&action=twice&last';
$scripts = [
    'die' => ['segfault', 'crashme("null-read");'],
    'throw' => ['uncaught_exception', 'throw new Exception;'],
    'memory' => ['memory_limit', 'str_repeat("x", 1 << 30);'],
    'abort' => ['abort', 'crashme("abort");'],
    'exit' => ['exit_in_request', 'crashme("exit", 3);'],
];
foreach (["unix", "tcp"] as $upstream) {
    $server = new Server(['ini' => ['fpmsentinel.query_parameters' => ' action,route ,flag last'],
        'parameters' => false, 'upstream' => $upstream,
        'nginx' => 'fastcgi_param UNIQUE_ID $arg_token-unique; fastcgi_param REQUEST_ID "";']);
    $server->script('sleep.php', 'sleep(30);');
    $ports = [];
    foreach ($scripts as $name => [$cause, $code]) {
        $server->script("$name.php", $code);
        $ports[$cause] = ask($server, "/$name.php$query");
    }
    $ports['killed'] = ask($server, "/sleep.php$query", function ($pid) use ($server) {
        untilAsleep($server, $pid);
        untilSampled($server, $pid);
        Server::kill($pid, 'KILL');
    });
    foreach ($server->records(count($ports)) as $record) {
        $cause = $record['event']['code'];
        same("$cause: port", ['ip' => '127.0.0.1', 'port' => $ports[$cause]], $record['client']);
        same("$cause: id", 'secret-4711-unique', $record['http']['request']['id'] ?? null);
        same("$cause: query", $kept, $record['url']['query'] ?? null);
        same("$cause: incomplete", false, in_array('url.query', $record['fpmsentinel']['incomplete'], true));
    }
    same('values that are not listed', 6, preg_match_all('~secret-4711~', implode($server->rawRecords()))); // the ids
    $server->stop();
}

// REQUEST_ID comes first; without names or without the address, per pool, nothing is kept; the whole query string is
// what it was.
$server = new Server(['nginx' => 'fastcgi_param UNIQUE_ID unique;', 'pools' => [
    'private' => ['php_admin_value[fpmsentinel.client_ip]' => 0],
    'whole' => ['php_admin_value[fpmsentinel.query_string]' => 1,
        'php_admin_value[fpmsentinel.query_parameters]' => 'a'],
    'long' => ['php_admin_value[fpmsentinel.query_parameters]' => '"a, b"']]]);
$long = '?' . str_repeat('a=' . str_repeat('x', 70) . '&', 20) . 'b=1';
foreach (['', 'private/', 'whole/', 'long/'] as $n => $pool) {
    $server->script("{$pool}die.php", 'crashme("null-read");');
    $server->get("/{$pool}die.php" . ($pool === 'long/' ? $long : '?a=1&secret=1'));
}
foreach ($server->records(4) as $n => $record) {
    matches("$n: id", '~^[0-9a-f]{32}$~', $record['http']['request']['id']);
    same("$n: client", $n === 1 ? [] : ['ip', 'port'], array_keys($record['client'] ?? []));
    same("$n: query", [null, null, 'a=1&secret=1', substr(str_repeat('a=' . str_repeat('x', 64) . '&', 20), 0, 511)][
        $n], $record['url']['query'] ?? null);
    same("$n: incomplete", $n === 3, in_array('url.query', $record['fpmsentinel']['incomplete'], true));
}
$server->stop();
?>
done
--EXPECT--
done
