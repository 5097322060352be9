--TEST--
A worker that keeps opcache from restarting is killed by another worker: opcache_kill
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$server = play(function (Server $server) use (&$killer) {
    $server->script('hello.php', 'echo getmypid();');
    $server->script('reset.php', 'opcache_reset(); echo getmypid();');
    $server->script('nap.php', 'crashme("nap", 30_000);');
    $workers = $server->workers();
    $request = $server->start('/nap.php');
    $asleep = fn () => array_values(array_filter($workers,
        fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/wchan"), 'nanosleep')));
    [$pid] = $server->until($asleep, 10, 'a worker to sleep');
    $killer = (int) $server->get('/reset.php')->body;
    // It waits for so long before it forces a restart, and asks at the start of a request.
    $gone = fn () => $server->get("/hello.php") && !in_array($pid, $server->workers());
    $server->until($gone, 20, 'opcache to force its restart');
    return [$server->finish($request), $server->childExit($pid)];
}, ['opcache' => true, 'pool' => ['pm.max_children' => 2],
    'ini' => ['opcache.file_update_protection' => 0, 'opcache.force_restart_timeout' => 1]]);
[$record] = $server->records(1);
recordIs($server, $record, 'opcache_kill', '/nap.php');
same('sender', ['pid' => $killer, 'uid' => fileowner("$server->dir/log"), 'role' => 'sibling-worker'],
    $record['fpmsentinel']['signal']['sender']);
same('evidence', ["sender $killer is a worker of the same master"], $record['fpmsentinel']['evidence']);
same('last words', 1, count(lastWords($server, '/nap.php')));
?>
done
--EXPECT--
done
