--TEST--
A kernel that does not tell how a process has ended, or has no pidfd: the coroner infers, and says so
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

foreach (['exit_info', 'pidfd_open'] as $forbidden) {
    $deaths = new Deaths(['wrapper' => [Server::path('TEST_PYTHON'), __DIR__ . '/forbid.py', $forbidden, '--']]);
    $deaths->script('sleep.php', 'sleep(30);');
    $deaths->inflict('null-read', 'segfault');
    $deaths->inflict('kill', 'killed', '/sleep.php', fn ($server, $pid) =>
        [untilAsleep($server, $pid), Server::kill($pid, 'KILL')], silent: true);
    ['null-read' => $fault, 'kill' => $killed] = $deaths->records();
    same("$forbidden: written by", 'coroner', $fault['fpmsentinel']['written_by']);
    // As root it may have seen the zombie in time; certain is only what was seen.
    $ours = $killed['fpmsentinel'];
    $seen = $ours['evidence'][0] === 'the kernel reports signal 9';
    $seen || same("$forbidden: evidence", 'the kernel does not tell how it ended; what can be caught was not caught',
        $ours['evidence'][0]);
    same("$forbidden: confidence", $seen ? 'certain' : 'probable', $ours['confidence']);

    // A stop
    $server = $deaths->server;
    $server->until(fn () => $server->workers(), 10, 'a worker');
    $request = $server->start('/sleep.php');
    untilAsleep($server, current($server->workers()));
    $server->signalMaster('TERM');
    $server->finish($request);
    same("$forbidden: stop", 'fpm_stop', $server->records(3)[2]['fpmsentinel']['cause']);
    same("$forbidden: left", [], $server->stop());
}
?>
done
--EXPECT--
done
