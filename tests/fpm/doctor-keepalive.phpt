--TEST--
fpmsentinel doctor: connections to FPM that nginx keeps
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; needs('strace'); ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';

/** A server whose nginx keeps connections, and more text for its upstream. */
function kept(array $pool, string $upstream, array $options = []): array
{
    $conf = parts(template('kept.conf', ['KEEPALIVE' => $upstream, 'KEEP' => 'on']));
    return ['http' => $conf['http'], 'nginx' => $conf['nginx'] . $conf['plain'], 'pool' => $pool] + $options;
}

$hello = fn (Server $server) => $server->script('kept/hello.php', 'echo "hello";');

// since 1.29.7 it keeps connections to an upstream where nothing is said
$version = preg_match('~nginx/(\S+)~', shell_exec(Server::path('TEST_NGINX') . ' -v 2>&1'), $match) ? $match[1] : '0';
$none = version_compare($version, '1.29.7', '>=') ? 'keepalive 0;' : '';

// a POST is lost when a worker is recycled
fixes('keepalive-recycling', kept(['pm.max_requests' => 2], 'keepalive 4;'), kept([], 'keepalive 4;'),
    function (Server $server) use ($hello) {
    $hello($server);
    $release = holdAtClose($server, $server->workers()[0]);
    $statuses = array_map(fn ($n) => $server->get('/kept/hello.php', [], 'a=b')->status, range(1, 3));
    $release();
    return $statuses;
}, [200, 200, 502], [200, 200, 200]);

// FPM kills a worker that only waits for the next request
$timedOut = function (Server $server, bool $expected) use ($hello) {
    $hello($server);
    same('hello', 200, $server->get('/kept/hello.php')->status);
    return happens($server, $expected, fn () => str_contains($server->fpmLog(), 'execution timed out'), 4);
};
$pool = ['request_terminate_timeout' => '1s'];
$finding = fixes('keepalive-terminate', kept($pool, 'keepalive 1;'),
    kept($pool, 'keepalive 1; keepalive_timeout 300ms;'), $timedOut, true, false);
same('places', ['keepalive_timeout 60s (the default)', '[www] request_terminate_timeout = 1s'],
    array_column($finding['places'], 'text'));
fixes('keepalive-terminate', kept($pool, 'keepalive 1; keepalive_timeout 20s;'), kept($pool, $none), $timedOut, true,
    false);

// a worker that nginx holds on to is never idle
fixes('keepalive-ondemand', kept($ondemand = ['pm' => 'ondemand', 'pm.process_idle_timeout' => '1s'], 'keepalive 1;'),
    kept($ondemand, $none),
    function (Server $server, bool $expected) use ($hello) {
        $hello($server);
        same('hello', 200, $server->get('/kept/hello.php')->status);
        return happens($server, $expected, fn () => $server->workers() === [], 5);
    }, false, true);

// where nothing is said, by the version of nginx
$server = new Server(kept($ondemand, ''));
$path = getenv('PATH');
file_put_contents("$server->dir/nginx", "#!/bin/sh\necho 'nginx version: nginx/'$(cat $server->dir/version) >&2\n");
chmod("$server->dir/nginx", 0755);
putenv("PATH=$server->dir:$path");
foreach (['1.29.6' => 0, '1.29.7' => 1, '1.30.0' => 1] as $other => $count) {
    file_put_contents("$server->dir/version", $other);
    $found = doctor($server)['keepalive-ondemand'] ?? [];
    same($other, array_fill(0, $count, 'keepalive 32 (the default)'),
        array_map(fn ($finding) => $finding['places'][0]['text'], $found));
}
putenv("PATH=$path");

// two processes of nginx, one worker: the one that has no connection waits for the other's
$two = ['main' => 'worker_processes 2;'];
fixes('keepalive-starves', kept(['pm.max_children' => 1], 'keepalive 1;', $two),
    kept(['pm.max_children' => 8], 'keepalive 1;', $two), function (Server $server) {
    $server->script('kept/nap.php', 'usleep(2000);');
    $slow = false;
    for ($round = 0; $round < 100 && !$slow; $round++) {
        $requests = array_map(fn ($n) => $server->start("/kept/nap.php?$round-$n"), range(1, 8));
        $slow = (bool) array_filter(array_map(fn ($request) => $server->finish($request, 10), $requests),
            fn ($answer) => $answer->error === 'timeout');
    }
    return $slow;
}, true, false);
// one process, and a location straight to the pool, which has no use for the connection that the other one keeps
$straight = ['nginx' => 'fastcgi_read_timeout 1s; location /kept/ { fastcgi_keep_conn on; fastcgi_pass kept; }'];
fixes('keepalive-starves', $straight + kept(['pm.max_children' => 1], 'keepalive 1;'),
    $straight + kept(['pm.max_children' => 2], 'keepalive 1;'), function (Server $server) use ($hello) {
    $hello($server);
    $server->script('hello.php', 'echo "hello";');
    return [$server->get('/kept/hello.php')->status, $server->get('/hello.php')->status];
}, [200, 504], [200, 200]);
// and where nothing else does: of three at once two wait in the queue, and the worker for the connection that is kept
$only = fn (string $upstream) => ['http' => "upstream kept { server @UPSTREAM@; $upstream }"];
$found = [];
foreach (['keepalive 1;', $none] as $upstream) {
    $server = new Server($only($upstream) + ['nginx' => 'fastcgi_read_timeout 2s;']);
    configure($server, preg_replace('~fastcgi_pass unix:[^;]+;~', 'fastcgi_pass kept; fastcgi_keep_conn on;',
        file_get_contents("$server->dir/nginx.conf")));
    $server->script('nap.php', 'crashme("nap", 300);');
    $statuses = atOnce($server, '/nap.php', 3);
    sort($statuses);
    $found[] = [$statuses, isset(doctor($server)['keepalive-starves'])];
    $server->stop();
}
same('keepalive-starves, one process, one way', [[[200, 504, 504], true], [[200, 200, 200], false]], $found);

// a reload waits for a worker with a kept connection until nginx closes that
$reload = ['fpm' => ['process_control_timeout' => '20s'],
    'nginx' => 'fastcgi_read_timeout 4s; location /kept/ { fastcgi_keep_conn on; fastcgi_pass kept; }'];
$finding = fixes('keepalive-reload', $reload + kept(['pm.max_children' => 4], 'keepalive 1;'),
    $reload + kept(['pm.max_children' => 4], 'keepalive 1; keepalive_timeout 1s;'), function (Server $server) {
    $server->script('kept/pid.php', 'echo getmypid();');
    $server->script('hello.php', 'echo "hello";');
    untilDone($server, $pid = (int) $server->get('/kept/pid.php')->body);
    $idle = array_diff($server->workers(), [$pid]);
    $server->signalMaster('USR2');
    $server->until(fn () => !array_filter($idle, fn ($pid) => !isGone($pid)), 10, 'the idle workers to end');
    return $server->get('/hello.php')->status;
}, 504, 200);
same('fix', 'keepalive_timeout 2s;', $finding['fix']);
?>
done
--EXPECT--
done
