--TEST--
fpmsentinel doctor: pages with very different limits in one pool, and pools of such pages in one FPM
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';

/** A server whose pages in /long/ may take 300 s, in the pool that listens there, and all others 4 s. */
function server(string $listen, array $fpm = []): Server
{
    $server = new Server(['fpm' => $fpm, 'pools' => ['long' => []], 'nginx' => 'fastcgi_read_timeout 4s;']);
    $long = '~location /long/ \{.*?fastcgi_pass \K[^;]+(;.*?fastcgi_read_timeout) 4s~s';
    $socket = str_replace('@DIR@', $server->dir, $listen);
    configure($server, preg_replace($long, "unix:$socket$1 300s", file_get_contents("$server->dir/nginx.conf")));
    $server->script('long/nap.php', 'crashme("nap", 8000);');
    $server->script('hello.php', 'echo "hello";');
    return $server;
}

/** Starts a long request; with the worker that it is in. */
function startLong(Server $server, Server ...$others): array
{
    $request = $server->start('/long/nap.php');
    $pids = fn () => array_merge(...array_map(fn ($server) => $server->workers(), [$server, ...$others]));
    $asleep = fn () => array_filter($pids(),
        fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/wchan"), 'nanosleep'));
    return [$request, current($server->until($asleep, 10, 'a worker to sleep'))];
}

/** The statuses of a short request and of a long one that was there before. */
function both(Server $server, object $long): array
{
    return [$server->get('/hello.php')->status, $server->finish($long)->status];
}

/** Which of the two rules say something. */
function mixed(Server $server): array
{
    return array_values(array_intersect(['mixed-limits', 'mixed-pools'], array_keys(doctor($server))));
}

// one pool: long pages take all its workers, and a short one waits in the queue until nginx gives up

foreach (['@DIR@/www.sock' => [504, 200], '@DIR@/long.sock' => [200, 200]] as $listen => $statuses) {
    $server = server($listen);
    same("$listen: what happens", $statuses, both($server, startLong($server)[0]));
    same("$listen: found", [$listen === '@DIR@/www.sock' ? 'mixed-limits' : 'mixed-pools'], mixed($server));
    $server->stop();
}

// one FPM: its reload holds up the short pages for a long one, or kills that one; that of another FPM does neither

$reloaded = function (Server $server, Server ...$others): array {
    [$long, $pid] = startLong($server, ...$others);
    $old = array_diff($server->workers(), [$pid]);
    $server->signalMaster('USR2');
    $server->until(fn () => array_filter($old, isGone(...)) === $old, 10, 'the idle workers to end');
    return both($server, $long);
};
foreach (['20s' => [504, 200], '1s' => [200, 502]] as $waits => $statuses) {
    $server = server('@DIR@/long.sock', ['process_control_timeout' => $waits]);
    same("$waits: what happens", $statuses, $reloaded($server));
    same("$waits: found", ['mixed-pools'], mixed($server));
    $server->stop();
}
$own = new Server(['fpm' => ['process_control_timeout' => '20s']]);
$server = server("$own->dir/www.sock", ['process_control_timeout' => '1s']);
same('an FPM of its own: what happens', [200, 200], $reloaded($server, $own));
same('an FPM of its own: found', [], mixed($server));
?>
done
--EXPECT--
done
