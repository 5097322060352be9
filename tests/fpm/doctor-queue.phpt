--TEST--
fpmsentinel doctor: FPM's queue, and when it is needed; who is not let in
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';

/** Its php-fpm with a memory_limit that leaves no room for another worker. */
function enlarged(Server $server): string
{
    file_put_contents("$server->dir/enlarged", "#!/bin/sh\nexec $server->dir/php-fpm -d memory_limit=1024G \"\$@\"\n");
    chmod("$server->dir/enlarged", 0755);
    return "$server->dir/enlarged";
}

$burst = function (Server $server) {
    $server->script('nap.php', 'crashme("nap", 300);');
    return in_array(502, atOnce($server, '/nap.php', 8));
};
$finding = mends('backlog-short', ['pool' => ['listen.backlog' => 1]], ['pool' => ['listen.backlog' => 511]], $burst,
    true, false);
same('fix', 'listen.backlog = 511', $finding['fix']);
mends('backlog-short', ['pool' => ['pm' => 'ondemand', 'pm.max_children' => 300, 'listen.backlog' => 200]],
    ['pool' => ['pm' => 'ondemand', 'pm.max_children' => 100, 'listen.backlog' => 200]]);

// what the kernel makes of it, in a network of FPM's own with that net.core.somaxconn, in which the tool is run as well
$tool = Server::path('TEST_FPMSENTINEL');
$network = fn (int $most) => ['wrapper' => ['unshare', '--net', 'sh', '-c',
    "echo $most >/proc/sys/net/core/somaxconn && exec \"$@\"", 'sh'], 'pool' => ['listen.backlog' => 200]];
$finding = mends('backlog-cut', $network(1), $network(200), function (Server $server) use ($burst, $tool) {
    file_put_contents("$server->dir/tool", "#!/bin/sh\nexec nsenter --net=/proc/$server->masterPid/ns/net $tool "
        . "\"\$@\"\n");
    chmod("$server->dir/tool", 0755);
    putenv("TEST_FPMSENTINEL=$server->dir/tool");
    return $burst($server);
}, true, false);
putenv("TEST_FPMSENTINEL=$tool");
same('places', ['[www] listen.backlog = 200', '1'], array_column($finding['places'], 'text'));
same('fix', 'net.core.somaxconn = 4096', $finding['fix']);

// FPM's log tells that it has been needed, since it was started last; it is a file here, and FPM's standard error
// otherwise
$ondemand = ['pm' => 'dynamic', 'pm.start_servers' => 1, 'pm.min_spare_servers' => 1, 'pm.max_spare_servers' => 1];
foreach ([2 => true, 20 => false] as $children => $full) {
    $server = new Server(['pool' => ['pm.max_children' => $children] + $ondemand]);
    $server->script('nap.php', 'crashme("nap", 1500);');
    $log = fn () => preg_match('~\[pool www\] server reached pm\.max_children~', $server->fpmLog());
    same('statuses', array_fill(0, 6, 200), atOnce($server, '/nap.php', 6));
    same('reached', $full, happens($server, $full, $log, 0.5));
    $conf = file_get_contents("$server->dir/fpm.conf");
    file_put_contents("$server->dir/fpm.conf", str_replace('/dev/stderr', "$server->dir/log/fpm.log", $conf));
    $found = doctor($server)['max-children-reached'][0] ?? null;
    same("$children workers", $full, $found !== null);
    if ($found) {
        same('fix', 'pm.max_children = 4', $found['fix']);
        $more = doctor($server, '--php', enlarged($server))['max-children-reached'][0];
        same('no room for more', "request_slowlog_timeout = 5s\nslowlog = /var/log/php-fpm-\$pool-slow.log",
            $more['fix']);
        matches('log', '~^"server reached pm\.max_children", \d+ times? since its start$~',
            $found['places'][1]['text']);
        file_put_contents("$server->dir/log/fpm.log", '[' . date('d-M-Y H:i:s')
            . "] NOTICE: ready to handle connections\n", FILE_APPEND);
        same('after another start', false, isset(doctor($server)['max-children-reached']));
    }
    $server->stop();
}

// an address that FPM does not take requests from

$hello = function (Server $server) {
    $server->script('hello.php', 'echo "hello";');
    $status = $server->get('/hello.php')->status;
    if ($status !== 200) {
        // which it takes from a pipe
        $server->until(fn () => str_contains($server->fpmLog(), 'Connection disallowed: '), 10, "FPM's line");
        same('why', ['address_not_allowed'], array_column(trace($server, 'nginx', 'fpm-log'), 'cause'));
    }
    return $status;
};
$tcp = fn (string $allowed) => ['upstream' => 'tcp', 'pool' => ['listen.allowed_clients' => $allowed]];
$finding = mends('allowed-clients', $tcp('192.0.2.1,127.0.0.11'), $tcp('192.0.2.1,127.0.0.11,127.0.0.1'), $hello, 502,
    200);
same('fix', 'listen.allowed_clients = 192.0.2.1,127.0.0.11,127.0.0.1', $finding['fix']);
?>
done
--EXPECT--
done
