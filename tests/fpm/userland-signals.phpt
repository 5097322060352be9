--TEST--
A signal taken as pcntl_signal() takes it gets there, in that request; in the next one it is a death, with a record
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';
require __DIR__ . '/trace.inc';

$output = tempnam(sys_get_temp_dir(), 'fps-');
chmod($output, 0666);
register_shutdown_function('unlink', $output);
$options = ['ini' => ['crashme.output' => $output]];
$signals = ['TERM' => 15, 'INT' => 2, 'HUP' => 1, 'USR1' => 10, 'USR2' => 12, 'ALRM' => 14];

// Taken: the worker lives on, and the signal kills it in its next request

foreach ($signals as $signal => $number) {
    $server = play(function (Server $server) use ($signal, $number, $output) {
        file_put_contents($output, '');
        $server->script('handled.php', "crashme('handle', $number); " . untilReleased() . "echo 'alive';");
        $server->script('next.php', 'crashme("nap", 30_000);');
        [$pid] = $server->workers();
        $request = $server->start('/handled.php');
        untilAsleep($server, $pid);
        Server::kill($pid, $signal);
        $server->until(fn () => filesize($output) > 0 || clearstatcache(), 10, 'it to be handled');
        release($server);
        $answer = $server->finish($request);
        same("$signal: answer", [200, 'alive'], [$answer->status, $answer->body]);
        same("$signal: handled", "crashme: handled $number\n", file_get_contents($output));
        same("$signal: worker", [$pid], $server->workers());
        $request = $server->start('/next.php');
        untilAsleep($server, $pid);
        if (Server::builtWith('Zend Signal Handling')) { // else it stays taken
            Server::kill($pid, $signal);
        } else {
            Server::kill($pid, 'KILL');
        }
        return [$answer, $server->finish($request), $server->childExit($pid), file_get_contents($output)];
    }, $options);
    foreach ($server->records(Server::builtWith('Zend Signal Handling') ? 1 : 0) as $record) {
        recordIs($server, $record, 'terminated', '/next.php');
        same("$signal: signal", ["SIG$signal", 'other'],
            [$record['fpmsentinel']['signal']['name'], $record['fpmsentinel']['signal']['sender']['role'] ?? null]);
    }
    $server->stop();
}

// An alarm that nobody has taken, and a signal that is none of the extension's

$deaths = new Deaths;
$deaths->script('alarm.php', 'crashme("alarm", 1); crashme("nap", 30_000);');
$deaths->inflict('alarm', 'terminated', '/alarm.php');
$deaths->script('timer.php', 'crashme("raise", 26);');
$deaths->inflict('timer', 'terminated', '/timer.php', silent: true);
['alarm' => $alarm, 'timer' => $timer] = $deaths->records();
['fpmsentinel' => $ours, 'error' => $error] = $alarm;
matches('alarm: message', '~ terminated \(SIGALRM\): terminated by a signal of the kernel, ~', $alarm['message']);
matches('timer: message', '~ terminated: SIGVTALRM ended the worker~', $timer['message']);
foreach (trace($deaths->server) as $incident) {
    matches('advice', ['/alarm.php' => '~pcntl_alarm\(\)~',
        '/timer.php' => '~setitimer\(\), as profilers do~'][$incident['request']['path']],
        $incident['advice']['change']);
}
same('alarm', ['number' => 14, 'name' => 'SIGALRM', 'code' => 'SI_KERNEL'], $ours['signal']);
same('alarm: error', ['type' => 'SIGALRM', 'message' => 'terminated by a signal of the kernel'], $error);
same('alarm: evidence', ['no process sent the signal: a timer, or a terminal'], $ours['evidence']);
?>
done
--EXPECT--
done
