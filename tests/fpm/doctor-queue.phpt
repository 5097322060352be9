--TEST--
fpmsentinel doctor: FPM's queue, and when it is needed
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';

$burst = function (Server $server) {
    $server->script('nap.php', 'crashme("nap", 300);');
    return in_array(502, atOnce($server, '/nap.php', 8));
};
$finding = mends('backlog-short', ['pool' => ['listen.backlog' => 1]], ['pool' => ['listen.backlog' => 511]], $burst, true, false);
same('fix', 'listen.backlog = 511', $finding['fix']);
mends('backlog-short', ['pool' => ['pm' => 'ondemand', 'pm.max_children' => 300, 'listen.backlog' => 200]],
    ['pool' => ['pm' => 'ondemand', 'pm.max_children' => 100, 'listen.backlog' => 200]]);

// what the kernel makes of it: the queue that ss shows is net.core.somaxconn
$most = (int) file_get_contents('/proc/sys/net/core/somaxconn');
$finding = mends('backlog-cut', ['pool' => ['listen.backlog' => 2 * $most]], ['pool' => ['listen.backlog' => $most]]);
same('places', ['[www] listen.backlog = ' . 2 * $most, (string) $most], array_column($finding['places'], 'text'));

// FPM's log tells that it has been needed, since it was started last; it is a file here, and FPM's standard error otherwise
$ondemand = ['pm' => 'dynamic', 'pm.start_servers' => 1, 'pm.min_spare_servers' => 1, 'pm.max_spare_servers' => 1];
foreach ([2 => true, 20 => false] as $children => $full) {
    $server = new Server(['pool' => ['pm.max_children' => $children] + $ondemand]);
    $server->script('nap.php', 'crashme("nap", 1500);');
    $log = fn () => preg_match('~\[pool www\] server reached pm\.max_children~', $server->fpmLog());
    same('statuses', array_fill(0, 6, 200), atOnce($server, '/nap.php', 6));
    same('reached', $full, (bool) $server->until($log, $full ? 10 : 0.5));
    $conf = file_get_contents("$server->dir/fpm.conf");
    file_put_contents("$server->dir/fpm.conf", str_replace('/dev/stderr', "$server->dir/log/fpm.log", $conf));
    $found = doctor($server)['max-children-reached'][0] ?? null;
    same("$children workers", $full, $found !== null);
    if ($found) {
        same('fix', 'pm.max_children = 4', $found['fix']);
        matches('log', '~^"server reached pm\.max_children", \d+ times? since its start$~', $found['places'][1]['text']);
        file_put_contents("$server->dir/log/fpm.log", '[' . date('d-M-Y H:i:s') . "] NOTICE: ready to handle connections\n", FILE_APPEND);
        same('after another start', false, isset(doctor($server)['max-children-reached']));
    }
    $server->stop();
}
?>
done
--EXPECT--
done
