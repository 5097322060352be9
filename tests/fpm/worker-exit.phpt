--TEST--
lifecycle: a worker recycled by pm.max_requests or retired by FPM is told of if wanted; not when FPM stops or reloads
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$ini = ['fpmsentinel.lifecycle' => 1];

/** The one record, and what is true of both. */
function ended(Server $server, int $pid, string $cause, int $requests): void
{
    [$record] = $server->records(1);
    $ours = $record['fpmsentinel'];
    same("$cause: event", ['worker-exit', $cause, 'info'],
        [$record['event']['action'], $ours['cause'], $record['log']['level']]);
    same("$cause: process", [$pid, $server->masterPid], [$record['process']['pid'],
        $record['process']['parent']['pid']]);
    same("$cause: requests", [$requests, 'www'], [$ours['requests_served'], $ours['pool']]);
    same("$cause: names", [], array_diff(['uptime'], array_keys($record['process'])));
    matches("$cause: memory", '~^\{"rss":[1-9]\d{6,}\}$~', json_encode($ours['memory']));
    same("$cause: no request", [], array_intersect(['http', 'url', 'client'], array_keys($record)));
    same("$cause: incomplete", [], $ours['incomplete']);
}

$server = new Server(['ini' => $ini, 'pool' => ['pm.max_requests' => 3]]);
$server->script('hello.php', 'echo "hello";');
[$pid] = $server->workers();
for ($i = 0; $i < 3; $i++) {
    same('status', 200, $server->get('/hello.php')->status);
}
ended($server, $pid, 'recycled', 3);

$server = new Server(['ini' => $ini, 'pool' => ['pm' => 'ondemand', 'pm.process_idle_timeout' => '1s']]);
$server->script('pid.php', 'echo getmypid();');
ended($server, (int) $server->get('/pid.php')->body, 'retired', 1);

// Not wanted; a death; the end of FPM, in good order and at once

$server = new Server(['pool' => ['pm.max_requests' => 1]]);
$server->script('hello.php', 'echo "hello";');
$server->script('die.php', 'crashme("null-read");');
[$pid] = $server->workers();
$server->get('/hello.php');
$server->childExit($pid);
$server->get('/die.php');
same('the death after it', 'segfault', $server->records(1)[0]['event']['code']);

foreach (['QUIT', 'TERM', 'USR2'] as $signal) {
    $server = new Server(['ini' => $ini, 'pool' => ['pm.max_children' => 2],
        'fpm' => ['process_control_timeout' => '10s']]);
    $server->script('hello.php', 'usleep(50_000); echo "hello";');
    $server->script('nap.php', 'crashme("nap", 3000); echo "slept";');
    $requests = [$server->start('/hello.php'), $server->start('/hello.php')];
    same($signal, ['hello', 'hello'], array_map(fn ($request) => $server->finish($request)->body, $requests));
    $nap = $server->start('/nap.php');
    $server->until(fn () => array_filter($server->workers(),
        fn ($pid) => str_contains(file_get_contents("/proc/$pid/wchan"), 'nanosleep')), 10, 'the nap');
    $server->signalMaster($signal); // the idle one goes at once, the master once the nap is over
    if ($signal !== 'TERM') {
        same($signal, 'slept', $server->finish($nap)->body);
        $server->masterRecords();
        $server->records(0);
    }
    $server->stop();
}
?>
done
--EXPECT--
done
