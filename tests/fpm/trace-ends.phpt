--TEST--
fpmsentinel trace: request_terminate_timeout, reload, stop with requests in the queue, a socket that a child keeps
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';

/** One request that sleeps, two that wait, and what is done to the master; returns the server. */
function end_(string $way, string $signal, int $timeout): Server
{
    $server = serverFor($way, ['fpm' => ['process_control_timeout' => $timeout]]);
    $server->script('asleep.php', "crashme('nap', 30_000);");
    $server->script('queued.php', 'echo "served";');
    [$pid] = $server->workers();
    $requests = [$server->start('/asleep.php')];
    untilAsleep($server, $pid);
    array_push($requests, $server->start('/queued.php?1'), $server->start('/queued.php?2'));
    untilQueued($server, 2);
    $server->signalMaster($signal);
    same("$signal: status", $signal === 'USR2' ? [502, 200, 200] : [502, 502, 502],
        array_map(fn ($request) => $server->finish($request)->status, $requests));
    $server->records(1);
    $server->masterRecords();
    return $server;
}

foreach (array_keys(WAYS) as $way) {
    ob_start();

    $server = serverFor($way, ['pool' => ['request_terminate_timeout' => '1s']]);
    $server->script('slow.php', 'function wait() { sleep(30); } wait();');
    $server->get('/slow.php');
    $server->records(1);
    $incident = verdict($server, trace($server), '/slow.php', 'request_terminate_timeout');
    same('stack', ['sleep', 'wait', '{main}'], array_column($incident['record']['stack'], 'function'));
    matches('value', '~was not finished: it takes longer than that~', $incident['advice']['value'] ?? '');
    // FPM's log alone
    $incident = verdict($server, trace($server, 'nginx', 'fpm-log'), '/slow.php', 'request_terminate_timeout', false);
    same('certainty', 'probable', $incident['certainty']);
    // and nothing at all, but for last words
    if (str_contains($way, 'no last words') || str_contains($way, 'neither')) {
        verdict($server, trace($server, 'nginx'), '/slow.php', 'unexplained', false);
    } else {
        verdict($server, trace($server, 'nginx'), '/slow.php', 'request_terminate_timeout', false);
    }

    foreach ([['TERM', 0], ['QUIT', 0], ['TERM', 2], ['USR2', 0], ['USR2', 1]] as [$signal, $timeout]) {
        $server = end_($way, $signal, $timeout);
        $incidents = trace($server);
        verdict($server, $incidents, '/asleep.php', $signal === 'USR2' ? 'fpm_reload' : 'fpm_stop');
        $queued = array_filter($incidents, fn ($incident) => $incident['request']['path'] === '/queued.php');
        same("$signal: queued", $signal === 'USR2' ? [] : ['queued_at_stop', 'queued_at_stop'],
            array_column($queued, 'cause'));
        $signal === 'TERM' && same("FPM's log", 'fpm_stop',
            array_column(trace($server, 'nginx', 'fpm-log'), 'cause')[1] ?? null);
    }
    $said = ob_get_clean();
    echo "--- $way\n$said"; // something, or it is taken for stuck
}

// nginx notes the death when the child is gone that has inherited the socket. Forked and no more, since what is
// executed does not get the socket from every PHP.

foreach (['unix, parameters' => ['probable', '~logged the death late~'],
    'tcp, neither' => ['possible', '~may have logged it late~']] as $way => [$certainty, $why]) {
    $server = serverFor($way, []);
    $server->script('child.php', 'file_put_contents(__DIR__ . "/../log/child", crashme("fork-late", 60_000)); '
        . 'sleep(30);');
    [$pid] = $server->workers();
    $request = $server->start('/child.php');
    $child = (int) $server->until(fn () => @file_get_contents("$server->dir/log/child"), 10, 'the child');
    untilAsleep($server, $pid);
    Server::kill($pid, 'KILL');
    $server->records(1);
    usleep(4_000_000); // by how much it is late is what is looked at
    Server::kill($child, 'KILL');
    $server->finish($request);
    $incident = verdict($server, trace($server), '/child.php', 'killed', certainty: $certainty);
    matches('why', $why, $incident['why']);
}
?>
done
--EXPECT--
--- unix, parameters
--- tcp, parameters
--- unix, parameters, no last words
--- tcp, neither
--- unix, last words only
done
