--TEST--
A stop with a request in flight: graceful and fast, with a request that is younger and older than a second
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

/** Stops FPM while a request of that age is being served. */
function stop(string $signal, int $timeout, float $age = 0, bool $ends = false): Server
{
    return play(function (Server $server) use ($signal, $timeout, $age, $ends) {
        $server->script('nap.php', ($ends ? untilReleased() : "crashme('nap', 30_000);") . " echo 'rested';");
        [$pid] = $server->workers();
        $start = hrtime(true);
        $request = $server->start('/nap.php');
        untilAsleep($server, $pid);
        $server->until(fn () => hrtime(true) >= $start + $age * 1e9, 10, "a request $age s old");
        $server->signalMaster($signal);
        if ($ends) {
            $server->until(fn () => str_contains($server->fpmLog(), 'Finishing ...'), 10, 'the stop to begin');
            release($server);
        }
        $outcome = [$server->finish($request), $server->childExit($pid)];
        $server->until(fn () => !$server->running(), 10, 'FPM to stop');
        // which of two signals is faster nobody can say
        return $signal === 'TERM' && $timeout === 0 ? $outcome[0] : $outcome;
    // tells of the children at debug only
    }, ['fpm' => ['process_control_timeout' => $timeout, 'log_level' => 'debug']]);
}

// One that is older than a second may have met its request_terminate_timeout just before: nothing tells
$stops = [['QUIT', 0, 0, 'certain'], ['QUIT', 2, 0, 'probable'], ['TERM', 2, 0, 'certain'],
    ['TERM', 2, 1.1, 'probable']];
foreach ($stops as [$signal, $timeout, $age, $confidence]) {
    $server = stop($signal, $timeout, $age);
    [$record] = $server->records(1);
    recordIs($server, $record, 'fpm_stop', '/nap.php');
    $isOld = $record['fpmsentinel']['request']['elapsed_ms'] >= 1000;
    same("$signal: confidence", $isOld ? 'probable' : $confidence, $record['fpmsentinel']['confidence']);
    same("$signal: role", 'fpm-master', $record['fpmsentinel']['signal']['sender']['role']);
    same("$signal: last words", 1, count(lastWords($server, '/nap.php')));
    same("$signal: master", ['master_stop'], array_map(fn ($record) => $record['event']['code'],
        $server->masterRecords()));
}

// SIGTERM, and SIGKILL 50 microseconds later, as a rule: no code of the worker's runs, unless the master has to wait
// for a processor

$server = stop('TERM', 0);
[$record] = $server->records(1);
recordIs($server, $record, 'fpm_stop', '/nap.php');
$killed = ['the kernel reports signal 9', 'the FPM master stopped at that time: it sends SIGTERM, '
    . 'and SIGKILL soon after'];
$asked = ["sender $server->masterPid is the FPM master", 'no SIGQUIT came first'];
$evidence = array_slice($record['fpmsentinel']['evidence'], 0, 2);
same('evidence', $evidence === $asked ? $asked : $killed, $evidence);
same('written by', 'coroner', $record['fpmsentinel']['written_by']);

// A request that ends in time

$server = stop('QUIT', 60, ends: true);
$server->records(0);
same("nginx's errors", [], $server->nginxErrors());
?>
done
--EXPECT--
done
