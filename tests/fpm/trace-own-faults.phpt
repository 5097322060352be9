--TEST--
fpmsentinel trace: what nginx itself fails at: temporary files, its cache, connections, file descriptors, names
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';

/** nginx's message, until then its log is waited for. */
function logged(Server $server, string $message): void
{
    $server->until(fn () => str_contains(file_get_contents("$server->dir/log/nginx.log"), $message), 10, $message);
}

$server = new Server(['http' => 'fastcgi_cache_path cache keys_zone=pages:1m;', 'nginx' => <<<'NGINX'
    if ($arg_name) { set $name $arg_name; fastcgi_pass $name:9000; }
    fastcgi_cache pages; fastcgi_cache_key $uri; fastcgi_cache_valid 1m;
    fastcgi_cache_bypass $arg_fresh; fastcgi_no_cache $arg_fresh;
    NGINX]);
$server->script('large.php', 'echo str_repeat("x", 50_000_000);');
$server->script('hello.php', 'echo "hello";');
$server->script('other.php', 'echo "hello";');

// a client that reads nothing: nginx wants to keep the answer in a file
chmod("$server->dir/temp/fastcgi", 0700);
chown("$server->dir/temp/fastcgi", 'root');
$request = $server->start('/large.php?fresh=1');
logged($server, '(13: Permission denied) while reading upstream');
same('temporary file', 'cut', $server->finish($request)->error);
chown("$server->dir/temp/fastcgi", 'www-data');

// what can't be put there, and what can't even be looked for there
chown("$server->dir/cache", 'root');
chmod("$server->dir/cache", 0755);
same('cache, written', 200, $server->get('/hello.php')->status);
logged($server, 'rename()');
chmod("$server->dir/cache", 0700);
same('cache, read', 500, $server->get('/other.php')->status);
chown("$server->dir/cache", 'www-data');

same('resolver', 502, $server->get('/resolver.php?name=php')->status);

$incidents = trace($server, 'nginx', 'access');
$found = array_map(fn ($incident) => [$incident['request']['path'], $incident['cause'], $incident['certainty'],
    $incident['nginx']['errno'] ?? null], $incidents);
same('verdicts', [['/large.php', 'temp_file_failed', 'certain', 13], ['/hello.php', 'cache_file_failed', 'certain', 13],
    ['/other.php', 'cache_file_failed', 'certain', 13],
    ['/resolver.php', 'name_not_resolved', 'certain', null]], $found);
$server->stop();

// its own connections are the listening one and the one to its master: a request takes two
$server = new Server(['connections' => 3]);
$server->script('hello.php', 'echo "hello";');
same('connections', 500, $server->get('/hello.php')->status);
verdict($server, trace($server), '/hello.php', 'no_connections', false, 'certain');
$server->stop();

// one number for a file is left, for the client's connection; a worker that waits, after its first request, shows how
// many it has
$server = new Server;
$server->script('hello.php', 'echo "hello";');
same('first', 200, $server->get('/hello.php')->status);
$pid = access($server, '/hello.php')['pid'];
$server->until(fn () => str_contains((string) file_get_contents("/proc/$pid/wchan"), 'epoll'), 10, 'nginx to wait');
$open = array_map('intval', array_diff(scandir("/proc/$pid/fd"), ['.', '..']));
$server->stop();
$free = max($open) + 1 - count($open);
$server = new Server(['main' => 'worker_rlimit_nofile ' . max($open) + ($free ? 1 : 2) . ';']);
$server->script('hello.php', 'echo "hello";');
for ($idle = []; count($idle) < $free - 1; $idle[] = stream_socket_client("tcp://$server->address"));
same('files', 500, $server->get('/hello.php')->status);
verdict($server, trace($server), '/hello.php', 'no_file_descriptors', false, 'certain');
?>
done
--EXPECT--
done
