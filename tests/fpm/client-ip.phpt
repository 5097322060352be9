--TEST--
fpmsentinel.client_ip = 0: no record of that pool has the client's address, and the tool joins without it
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$server = new Server(['pools' => ['private' => ['php_admin_value[fpmsentinel.client_ip]' => '0']],
    'parameters' => false,
    'ini' => ['fpmsentinel.last_words' => 0]]); // neither numbers nor ids to join by
mkdir("$server->dir/docroot/private");
foreach (['', 'private/'] as $directory) {
    $server->script("{$directory}die.php", 'crashme("null-read");');
    $server->script("{$directory}throw.php", 'throw new Exception("thrown");');
}
$paths = ['/die.php', '/throw.php', '/private/die.php', '/private/throw.php'];
foreach ($paths as $i => $path) {
    $server->get($path);
    $record = $server->records($i + 1)[$i];
    same("$path: path", $path, $record['url']['path']);
    same("$path: client", str_contains($path, 'private') ? null : '127.0.0.1', $record['client']['ip'] ?? null);
    same("$path: anywhere", !str_contains($path, 'private'), str_contains($server->rawRecords()[$i], '127.0.0.1'));
}
exec(escapeshellarg(Server::path('TEST_FPMSENTINEL')) . " trace --format=ndjson "
    . "--records $server->log $server->dir/log/nginx.log 2>&1", $lines);
$text = implode("\n", $lines);
foreach (['/die.php' => 'time, client and request line',
    '/private/die.php' => 'time and request line; the record has no client'] as $path => $by) {
    same("$path: joined by", 1, preg_match('~"why":"[^"]*' . preg_quote($by) . '","request":\{"method":"GET","path":"'
        . $path . '"~', $text));
}
$server->stop();

// Switched off by a request itself, after one that had it

$server = new Server(['nginx' => 'fastcgi_param PHP_ADMIN_VALUE $arg_admin;']);
$server->script('die.php', 'crashme("null-read");');
$server->script('page.php', 'echo "x";');
same('before', 'x', $server->get('/page.php')->body);
$server->get('/die.php?admin=fpmsentinel.client_ip=0');
[$record] = $server->records(1);
same('off', null, $record['client'] ?? null);
$server->stop();
?>
done
--EXPECT--
done
