--TEST--
fpmsentinel trace: kept connections and workers that are recycled: a POST that fails, a GET that is sent again, a crash that kills two
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';

$kept = ['http' => 'upstream kept { server UPSTREAM; keepalive 4; }', 'nginx' => 'location /kept/ { fastcgi_keep_conn on; fastcgi_pass kept; }'];
$log = fn (Server $server) => file_get_contents("$server->dir/log/nginx.log");

// nginx sends a request down a connection that its worker is just closing (no more at once than workers: a kept connection holds one)

$server = new Server($kept + ['pool' => ['pm.max_children' => 4, 'pm.max_requests' => 20]]);
$server->script('kept/post.php', 'echo "hello";');
$rounds = 0;
do {
    $requests = array_map(fn () => $server->start('/kept/post.php', [], 'a=b'), range(1, 4));
    array_map($server->finish(...), $requests);
} while (++$rounds < 5000 && !str_contains($log($server), 'prematurely closed'));
if (!str_contains($log($server), 'prematurely closed')) {
    echo "no connection was closed in time\n";
}
$server->until(fn () => str_contains($server->fpmLog(), 'exited with code 0'), 10, "FPM's log");
$causes = array_count_values(array_column(trace($server, 'nginx', 'records', 'fpm-log'), 'cause'));
same('causes', ['keepalive_race'], array_keys($causes));
same('without a log of FPM', ['unexplained'], array_values(array_unique(array_column(trace($server, 'nginx', 'records'), 'cause'))));

// A GET that crashes on a kept connection is sent again, and crashes again

$server = new Server($kept + ['pool' => ['pm.max_children' => 2]]);
$server->script('kept/hello.php', 'echo "hello";');
$server->script('kept/crash.php', 'crashme("null-read");');
same('hello', 200, $server->get('/kept/hello.php')->status);
same('crash', 502, $server->get('/kept/crash.php')->status);
$records = $server->records(2);
$incidents = trace($server);
same('causes', ['segfault', 'segfault'], array_column($incidents, 'cause'));
same('certainty', ['certain', 'certain'], array_column($incidents, 'certainty'));
$ids = array_map(fn ($incident) => $incident['record']['id'], $incidents);
sort($ids);
$told = array_map(fn ($record) => $record['event']['id'], $records);
sort($told);
same('each its own record', $told, $ids);
same('sent again', [true, false], array_map(fn ($incident) => $incident['sent_again'] ?? false, $incidents));
?>
done
--EXPECT--
done
