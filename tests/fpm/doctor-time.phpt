--TEST--
fpmsentinel doctor: timeouts of PHP, FPM and nginx, and who gives up first
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';

$script = fn (string $code) => function (Server $server) use ($code) {
    $server->script('page.php', $code);
    return $server->get('/page.php')->status;
};
$busy = $script('while (true);');
$silent = $script('$server = stream_socket_server("tcp://127.0.0.1:0");
    $peer = stream_socket_client("tcp://" . stream_socket_get_name($server, false));
    echo fread($peer, 1), stream_get_meta_data($peer)["timed_out"] ? "no answer" : "";');

$finding = mends('terminate-before-php', ['ini' => ['max_execution_time' => 20],
    'pool' => ['request_terminate_timeout' => '1s']],
    ['ini' => ['max_execution_time' => 1], 'pool' => ['request_terminate_timeout' => '60s']], $busy, 502, 500);
same('places', ['[www] request_terminate_timeout = 1s', 'max_execution_time = 20 (set in no file)'],
    array_column($finding['places'], 'text'));
same('line', true, $finding['places'][0]['line'] > 0);
same('fix', 'request_terminate_timeout = 26s', $finding['fix']);

// FPM looks once a second: which of the two is first depends on when a request began, so they begin at different times
mends('terminate-races-nginx', ['pool' => ['pm.max_children' => 16, 'request_terminate_timeout' => '3s'],
    'nginx' => 'fastcgi_read_timeout 3500ms;'],
    ['pool' => ['pm.max_children' => 16, 'request_terminate_timeout' => '1s'], 'nginx' => 'fastcgi_read_timeout 60s;'],
    function (Server $server, array $expected) {
        $server->script('sleep.php', 'crashme("nap", 20_000);');
        $statuses = [];
        // nobody is punctual on a busy machine
        for ($tries = 10; $tries && array_diff($expected, $statuses); $tries--) {
            $requests = [];
            for ($n = 0; $n < 16; $n++) {
                $requests[] = $server->start("/sleep.php?$tries-$n");
                usleep(250_000);
            }
            array_push($statuses, ...array_map(fn ($request) => $server->finish($request)->status, $requests));
        }
        $statuses = array_unique($statuses);
        sort($statuses);
        return $statuses;
    }, [502, 504], [502]);

// the worker that nobody waits for is missing for the next request
$next = function (Server $server) {
    $server->script('wait.php', 'crashme("nap", 20_000);');
    $server->script('hello.php', 'echo "hello";');
    return [$server->get('/wait.php')->status, $server->get('/hello.php')->status];
};
mends('abandoned-requests', ['nginx' => 'fastcgi_read_timeout 1s;'],
    ['pool' => ['request_terminate_timeout' => '3s'], 'nginx' => 'fastcgi_read_timeout 20s;'], $next, [504, 504],
    [502, 200]);
mends('abandoned-requests', ['pool' => ['request_terminate_timeout' => '120s'],
    'ini' => ['max_execution_time' => 1], 'nginx' => 'fastcgi_read_timeout 1s;'],
    ['pool' => ['request_terminate_timeout' => '3s'], 'nginx' => 'fastcgi_read_timeout 20s;'], $next, [504, 504],
    [502, 200]);

mends('read-timeout-before-php', ['ini' => ['max_execution_time' => 20], 'nginx' => 'fastcgi_read_timeout 1s;'],
    ['ini' => ['max_execution_time' => 1], 'nginx' => 'fastcgi_read_timeout 60s;'], $busy, 504, 500);
mends('read-timeout-before-php', ['pool' => ['php_admin_value[max_execution_time]' => 20],
    'ini' => ['max_execution_time' => 1], 'nginx' => 'fastcgi_read_timeout 1s;'],
    ['pool' => ['php_value[max_execution_time]' => 1], 'ini' => ['max_execution_time' => 120],
        'nginx' => 'fastcgi_read_timeout 60s;'], $busy, 504, 500);

$short = ['ini' => ['default_socket_timeout' => 20, 'max_execution_time' => 1]];
mends('socket-timeout', $short + ['nginx' => 'fastcgi_read_timeout 1s;'],
    ['ini' => ['default_socket_timeout' => 1], 'nginx' => 'fastcgi_read_timeout 20s;'], $silent, 504, 200);
mends('socket-timeout', $short + ['pool' => ['request_terminate_timeout' => '1s']],
    ['ini' => ['default_socket_timeout' => 1], 'pool' => ['request_terminate_timeout' => '20s']], $silent, 502, 200);

// as long as it takes, with a negative one
mends('socket-timeout', ['ini' => ['default_socket_timeout' => -1], 'pool' => ['request_terminate_timeout' => '3s']],
    ['ini' => ['default_socket_timeout' => 1], 'pool' => ['request_terminate_timeout' => '20s']], $silent, 502, 200);

// a load balancer that waits for two seconds: it gets a 504 before that, or nothing, and nginx says 499
$balancer = function (Server $server) {
    $server->script('wait.php', 'crashme("nap", 20_000);');
    $socket = stream_socket_client("tcp://$server->address");
    fwrite($socket, "GET /wait.php HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream_set_timeout($socket, 2);
    return explode(' ', (string) fgets($socket))[1] ?? null;
};
$finding = mends('front-gives-up', ['ini' => ['max_execution_time' => 0], 'nginx' => 'fastcgi_read_timeout 20s;'],
    ['ini' => ['max_execution_time' => 0], 'nginx' => 'fastcgi_read_timeout 1s;'], $balancer, null, '504',
    ['--balancer-timeout=2s', '--client-timeout=1m']);
same('front-gives-up', ['fastcgi_read_timeout 1s;', '--balancer-timeout', '2s'], [$finding['fix'],
    $finding['places'][1]['file'], $finding['places'][1]['text']]);
// a longer one that a place has on purpose is not taken away, and is nobody else's
$server = new Server(['nginx' => 'location /long.php { fastcgi_pass @UPSTREAM@; fastcgi_read_timeout 900s; }']);
$fixes = array_column(doctor($server, '--client-timeout=30')['front-gives-up'], 'fix');
same('one place on purpose', [true, true, 2], [(bool) preg_grep('~fastcgi_read_timeout 29s;~', $fixes),
    in_array('a timeout above 900s', $fixes), count($fixes)]);
$server->stop();

// a body that is too large for the socket, while the only worker is busy
$large = function (Server $server) {
    $server->script('nap.php', 'crashme("nap", 10_000);');
    $server->script('hello.php', 'echo "hello";');
    $busy = $server->start('/nap.php');
    untilAsleep($server, $server->workers()[0]);
    return $server->get('/hello.php', [], str_repeat('x', 4 << 20))->status;
};
$sizes = 'client_max_body_size 8m; ';
mends('send-timeout', ['nginx' => "$sizes fastcgi_send_timeout 1s;"], ['nginx' => "$sizes fastcgi_send_timeout 60s;"],
    $large, 504, 200);

// a queue of two, full for a moment
mends('connect-timeout', ['upstream' => 'tcp', 'pool' => ['listen.backlog' => 1],
    'nginx' => 'fastcgi_connect_timeout 400ms;'],
    ['upstream' => 'tcp', 'pool' => ['listen.backlog' => 1], 'nginx' => 'fastcgi_connect_timeout 60s;'],
    function (Server $server) {
        $server->script('nap.php', 'crashme("nap", 500);');
        return in_array(504, atOnce($server, '/nap.php', 8));
    }, true, false);
?>
done
--EXPECT--
done
