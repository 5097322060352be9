--TEST--
The master's end: killed, its workers live on and are still told of; a record says what became of it
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$codes = fn (Server $server) => array_map(fn ($record) => [$record['process']['pid'], $record['event']['action'],
    $record['event']['code'], $record['log']['level'], $record['fpmsentinel']['worker_died']],
    $server->masterRecords());

// Killed: the workers go on, and one of them dies later

$server = new Server(['pool' => ['pm.max_children' => 2]]);
$server->script('hello.php', 'echo getmypid();');
$server->script('die.php', 'crashme("null-read");');
$server->script('sleep.php', 'sleep(30);');
$workers = $server->workers();
$coroner = $server->coroner();
$pid = (int) $server->get('/hello.php')->body;
$server->signalMaster('KILL');
same('master', [[$server->masterPid, 'master', 'master_death', 'info', false]], $codes($server));
same('lives on', true, in_array((int) $server->get('/hello.php')->body, $workers));
same('status', 502, $server->get('/die.php')->status);
[$record] = $server->records(1);
recordIs($server, $record, 'segfault', '/die.php');
[$other] = array_values(array_diff($workers, [$record['process']['pid']]));
$request = $server->start('/sleep.php');
untilAsleep($server, $other);
Server::kill($other, 'KILL');
$server->finish($request);
recordIs($server, $server->records(2)[1], 'killed', '/sleep.php');
$server->until(fn () => isGone($coroner), 10, 'the coroner to end');

// Killed together with a worker that is at work

$server = new Server;
$server->script('sleep.php', 'sleep(30);');
[$pid] = $server->workers();
$request = $server->start('/sleep.php');
untilAsleep($server, $pid);
exec("kill -KILL $server->masterPid $pid");
$server->finish($request);
[$record] = $server->records(1);
recordIs($server, $record, 'killed', '/sleep.php');
same('evidence', true, in_array('the FPM master died at that time as well', $record['fpmsentinel']['evidence']));
same('master', 'master_death', $codes($server)[0][2]);

// Stopped and reloaded while nothing happens: no other records

foreach (['TERM' => 'master_stop', 'QUIT' => 'master_stop', 'USR2' => 'master_reload'] as $signal => $code) {
    $server = new Server;
    $server->script('hello.php', 'echo "hello";');
    $server->get('/hello.php');
    $server->signalMaster($signal);
    same($signal, [[$server->masterPid, 'master', $code, 'info', false]], $codes($server));
    $server->records(0);
}
?>
done
--EXPECT--
done
