--TEST--
SIGINT, SIGHUP, SIGUSR1, SIGUSR2 and SIGALRM: sent to a busy, a sleeping and an idle worker, raised, ignored
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$signals = ['INT' => 2, 'HUP' => 1, 'USR1' => 10, 'USR2' => 12, 'ALRM' => 14];

// In a worker's first request and, asleep, in its second, for which the engine resets its table of handlers

foreach ([['busy', 'asleep'], ['raise']] as $ways) { // no more than ten of a pool, since in a storm records are short
    $deaths = new Deaths;
    $deaths->script('hello.php', '');
    $deaths->script('busy.php', 'for (;;);');
    $deaths->script('asleep.php', 'sleep(30);');
    $senders = [];
    foreach ($signals as $signal => $number) {
        foreach (array_diff($ways, ['raise']) as $way) {
            $send = function (Server $server, int $pid) use ($signal, $way, &$senders, &$kept) {
                $way === 'busy' ? untilBusy($server, $pid) : untilAsleep($server, $pid);
                // The sender stays until it has been looked at: it reads until its input is closed.
                $sender = proc_open(['sh', '-c', "kill -$signal $pid; read end"], [['pipe', 'r']], $pipes);
                $senders[$pid] = proc_get_status($sender)['pid'];
                $kept = [$sender, $pipes];
            };
            if ($way === 'asleep') {
                same('status', [200, 200], [$deaths->without->get('/hello.php')->status,
                    $deaths->server->get('/hello.php')->status]);
            }
            $deaths->inflict("$signal $way", 'terminated', "/$way.php", $send);
        }
        in_array('raise', $ways, true) && $deaths->inflict("$signal raise", 'terminated',
            "/die.php?what=raise&arg=$number");
    }
    foreach ($deaths->records() as $name => ['fpmsentinel' => $ours, 'error' => $error, 'process' => ['pid' => $pid]]) {
        [$signal, $way] = explode(' ', $name);
        $who = ['pid' => $pid, 'uid' => fileowner("{$deaths->server->dir}/log"), 'role' => 'self'];
        $says = ['terminated by itself', 'the sender is this process'];
        if ($way !== 'raise') {
            $who = ['pid' => $senders[$pid], 'uid' => 0, 'role' => 'other', 'command' => 'sh'];
            $says = ['terminated by another process', "sender {$who['pid']} (sh) is not the FPM master"];
        }
        $code = $way === 'raise' ? 'SI_TKILL' : 'SI_USER';
        same($name, ['number' => $signals[$signal], 'name' => "SIG$signal", 'code' => $code, 'sender' => $who],
            $ours['signal']);
        same("$name: error", ['type' => "SIG$signal", 'message' => $says[0]], $error);
        same("$name: confidence", ['certain', [$says[1]]], [$ours['confidence'], $ours['evidence']]);
        same("$name: requests served", $way === 'asleep' ? 2 : 1, $ours['requests_served']);
        $innermost = ['busy' => '{main}', 'asleep' => 'sleep', 'raise' => 'crashme'];
        same("$name: innermost", $innermost[$way], $ours['php']['stack'][0]['function']);
    }
}

// Idle: before the first request and after one

$server = play(function (Server $server) use ($signals) {
    $server->script('hello.php', 'echo "hello";');
    $exits = [];
    foreach (array_keys($signals) as $signal) {
        foreach ([0, 1] as $requests) {
            [$pid] = $server->until(fn () => $server->workers(), 10, 'a worker');
            $requests && same('status', 200, $server->get('/hello.php')->status);
            untilIdle($server, $pid);
            Server::kill($pid, $signal);
            $exits[] = $server->childExit($pid);
            $server->until(fn () => !in_array($pid, $server->workers()), 10, 'the next worker');
        }
    }
    return $exits;
});
$server->records(0);
same("nginx's errors", [], $server->nginxErrors());

// Ignored, in a first request, and then in a later one

$server = play(function (Server $server) {
    $server->script('ignore.php', 'crashme("ignore", 14); ' . untilReleased() . 'echo "ignored";');
    $server->script('later.php', untilReleased() . 'echo "ignored";');
    $workers = $server->workers();
    $answers = [];
    foreach (['/ignore.php', '/later.php'] as $path) {
        $request = $server->start($path);
        untilAsleep($server, $workers[0]);
        Server::kill($workers[0], 'ALRM');
        release($server);
        $answers[] = $server->finish($request);
    }
    return [$answers, array_column($answers, 'status') === [200, 200], $workers === $server->workers()];
});
$server->records(0);
same("nginx's errors", [], $server->nginxErrors());
?>
done
--EXPECT--
done
