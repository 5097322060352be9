--TEST--
A stop with a request in flight: graceful and fast, with a request that is younger and older than a second
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

/** Stops FPM while a request of that age is being served. */
function stop(string $signal, int $timeout, float $age = 0, int $nap = 30_000): Server
{
    return play(function (Server $server) use ($signal, $age, $nap) {
        $server->script('nap.php', "crashme('nap', $nap); echo 'rested';");
        [$pid] = $server->workers();
        $start = hrtime(true);
        $request = $server->start('/nap.php');
        untilAsleep($server, $pid);
        $server->until(fn () => hrtime(true) >= $start + $age * 1e9, 10, "a request $age s old");
        $server->signalMaster($signal);
        $outcome = [$server->finish($request), $server->childExit($pid)];
        $server->until(fn () => !$server->running(), 10, 'FPM to stop');
        return $outcome;
    }, ['fpm' => ['process_control_timeout' => $timeout, 'log_level' => 'debug']]); // tells of the children at debug only
}

// A worker alone can't tell a graceful stop from a reload, nor, after a second, a fast one from a timeout.
foreach ([['QUIT', 0, 0, 'fpm_reload'], ['QUIT', 2, 0, 'fpm_reload'], ['TERM', 2, 0, 'fpm_stop'],
    ['TERM', 2, 1.1, 'request_terminate_timeout']] as [$signal, $timeout, $age, $cause]) {
    $server = stop($signal, $timeout, $age);
    [$record] = $server->records(1);
    told($server, $record, $cause, '/nap.php');
    same("$signal: confidence", 'probable', $record['fpmsentinel']['confidence']);
    same("$signal: role", 'fpm-master', $record['fpmsentinel']['signal']['sender']['role']);
    same("$signal: last words", 1, count(lastWords($server, '/nap.php')));
}

// A request that ends in time

$server = stop('QUIT', 5, nap: 500);
$server->records(0);
same("nginx's errors", [], $server->nginxErrors());
?>
done
--EXPECT--
done
