--TEST--
systemd's way to stop a service: process 1 sends SIGTERM to every process of it
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

// In a namespace of its own a shell is process 1, and FPM its child. Told to, it terminates all but itself.
$init = <<<'SH'
"$@" &
trap 'kill -TERM $(pgrep -f "^php-fpm: " | sort -rn); wait; exit 0' USR1
while :; do wait; done
SH;
$server = new Server(['wrapper' => ['unshare', '--pid', '--fork', '--kill-child', mountPropagation(), '--mount-proc',
    'sh', '-c', $init, 'sh'],
    'fpm' => ['process_control_timeout' => 10]]); // else the master's own SIGTERM and SIGKILL follow at once
$server->script('nap.php', 'echo str_repeat("x", 10_000); flush(); crashme("nap", 30_000);');
$request = $server->start('/nap.php');
fread($request->stream, 1);
Server::kill($server->inside(1), 'USR1');
$server->finish($request);
$server->until(fn () => !$server->running(), 10, 'all to end');
[$record] = $server->records(1);
recordIs($server, $record, 'fpm_stop', '/nap.php');
same('role', 'init', $record['fpmsentinel']['signal']['sender']['role']);
same('evidence', ['sender is pid 1: systemd terminates every process of a service that it stops'],
    $record['fpmsentinel']['evidence']);
same('left', [], $server->stop());
?>
done
--EXPECT--
done
