--TEST--
php-fpm as process 1 of a namespace: the kernel kills the rest the moment it is gone, and no death is lost
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

const ROUNDS = 50;

// The log is in the outer world, so that nothing of what is written can be lost with the namespace.
$lost = [];
$propagation = mountPropagation();
for ($round = 0; $round < ROUNDS; $round++) {
    $signal = ['TERM', 'QUIT'][$round % 2];
    $server = new Server(['wrapper' => ['unshare', '--pid', '--fork', '--kill-child', $propagation, '--mount-proc'],
        'fpm' => ['process_control_timeout' => $round % 4 < 2 ? 0 : 1]]);
    $server->script('sleep.php', 'echo str_repeat("x", 10_000); flush(); crashme("nap", 30_000);');
    $request = $server->start('/sleep.php');
    fread($request->stream, 1);
    $server->signalMaster($signal);
    $server->finish($request);
    $server->until(fn () => !$server->running(), 10, 'FPM to stop');
    $causes = array_map(fn ($line) => json_decode($line)->fpmsentinel->cause, $server->rawRecords());
    $causes === ['fpm_stop'] || $lost[] = [$round, $signal, $causes];
    if ($round === 0) {
        recordIs($server, $server->records(1)[0], 'fpm_stop', '/sleep.php');
    }
    same("$round: left", [], $server->stop());
}
same('lost', [], $lost);
?>
done
--EXPECT--
done
