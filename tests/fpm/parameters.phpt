--TEST--
nginx's numbers of a request that is killed at once, in whatever order they are passed, and of no other request
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

const NUMBERS = ['NGINX_PID' => '$pid', 'NGINX_CONNECTION' => '$connection',
    'NGINX_CONN_REQUESTS' => '$connection_requests', 'REQUEST_ID' => '$request_id'];

/** @param array<string, string> $parameters what nginx passes: @return array what the record has of it */
function killed(array $parameters): array
{
    $lines = implode(' ', array_map(fn ($name, $value) => "fastcgi_param $name $value;", array_keys($parameters),
        $parameters));
    $server = new Server(['parameters' => false, 'nginx' => $lines, 'ini' => ['fpmsentinel.sample_interval' => 0]]);
    $server->script('die.php', 'crashme("kill-self", 9);');
    $server->script('hello.php', 'echo getmypid();');
    $server->get('/hello.php', ['X-Padding' => 'of the request before']); // which knows where the parameters are
    $server->get('/die.php');
    [$record] = $server->records(1);
    $id = array_column(accessLog($server), 'request_id')[1];
    $server->stop();
    return ['id' => ($record['http']['request']['id'] ?? null) === $id,
        'names' => array_keys($record['fpmsentinel']['nginx'] ?? [])];
}

$all = ['id' => true, 'names' => ['pid', 'connection', 'connection_requests']];
same('as the setup has them', $all, killed(NUMBERS));
same('the other way round', $all, killed(array_reverse(NUMBERS)));
same('something between', $all, killed(array_slice(NUMBERS, 0, 2) + ['OTHER' => 'x'] + NUMBERS));
same('a name of the same length between', ['id' => true, 'names' => ['pid', 'connection']],
    killed(array_slice(NUMBERS, 0, 2) + ['NGINX_CONN_REQUESTZ' => '7'] + array_slice(NUMBERS, 3)));
same('without the id', ['id' => false, 'names' => ['pid', 'connection', 'connection_requests']],
    killed(array_slice(NUMBERS, 0, 3)));
same('a long one', $all, killed(['NGINX_PID' => '$pid'] + ['LONG' => str_repeat('x', 3000)] + NUMBERS));
same('none', ['id' => false, 'names' => []], killed([]));
?>
done
--EXPECT--
done
