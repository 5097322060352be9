--TEST--
A killed coroner comes back and loses nothing, a stopped one holds up nobody, without it workers write themselves
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

const GONE = 'the coroner and its supervisor are gone';

function server(array $options = []): Server
{
    $server = new Server($options);
    $server->script('hello.php', 'echo "hello";');
    $server->script('die.php', 'crashme($_GET["how"] ?? "null-read");');
    $server->script('sleep.php', 'sleep(30);');
    return $server;
}

/** Sends a signal, and waits until it has had its effect. */
function signal(Server $server, string $signal, int ...$pids): void
{
    $states = ['KILL' => 'XZ', 'STOP' => 'T', 'CONT' => 'SRD'][$signal];
    foreach ($pids as $pid) {
        Server::kill($pid, $signal);
        $server->until(fn () => isGone($pid) ? $signal !== 'STOP'
            : preg_match("~\) [$states] ~", (string) @file_get_contents("/proc/$pid/stat")), 10, "SIG$signal for $pid");
    }
}

/** A request that sleeps, and the worker that has it. */
function sleeper(Server $server): array
{
    $request = $server->start('/sleep.php');
    $asleep = fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/wchan"), 'nanosleep');
    [$pid] = $server->until(fn () => array_values(array_filter($server->workers(), $asleep)), 10, 'a worker to sleep');
    return [$pid, $request];
}

/** @return array<int, array> the records by the worker's pid */
function byPid(array $records): array
{
    return array_combine(array_map(fn ($record) => $record['process']['pid'], $records), $records);
}

// Killed: the next one knows all workers of the first, and whoever has ended in between

$server = server(['pool' => ['pm.max_children' => 2]]);
$server->get('/hello.php');
$first = $server->coroner();
signal($server, 'STOP', $server->supervisor());
signal($server, 'KILL', $first);
[$killed, $request] = sleeper($server);
Server::kill($killed, 'KILL');
same('status', 502, $server->finish($request)->status);
same('exit', 'exited on signal 9 (SIGKILL)', $server->childExit($killed));
foreach (['_exit', 'null-read', '_exit'] as $how) {
    same('status', 502, $server->get("/die.php?how=$how")->status);
}
same('nothing yet', [], $server->rawRecords());
signal($server, 'CONT', $server->supervisor());
$second = $server->coroner($first);
$records = $server->records(4);
told($server, byPid($records)[$killed], 'killed', '/sleep.php');
$causes = array_map(fn ($record) => $record['fpmsentinel']['cause'] . ' ' . $record['fpmsentinel']['confidence'],
    $records);
sort($causes);
same('causes', ['exit_in_request certain', 'exit_in_request certain', 'killed certain', 'segfault certain'], $causes);
same('written by', ['coroner'], array_unique(array_map(fn ($record) => $record['fpmsentinel']['written_by'],
    $records)));
same('said', 1, preg_match_all('~fpmsentinel: the coroner was ended by signal 9; another one goes on \(restart 1\)~',
    $server->fpmLog()));
same('next', 502, $server->get('/die.php')->status);
$server->records(5);
same('processes left', [], $server->stop());

// Killed after its supervisor has been stopped for so long that hundreds of workers were replaced meanwhile

$server = server(['pool' => ['pm.max_children' => 4]]);
$server->get('/hello.php');
$first = $server->coroner();
signal($server, 'STOP', $server->supervisor());
for ($deaths = 0; $deaths < 400; $deaths++) {
    $server->get('/die.php?how=_exit');
}
$server->records($deaths);
[$killed, $request] = sleeper($server);
signal($server, 'KILL', $first);
Server::kill($killed, 'KILL');
same('status', 502, $server->finish($request)->status);
signal($server, 'CONT', $server->supervisor());
told($server, byPid($server->records($deaths + 1))[$killed], 'killed', '/sleep.php');
$server->stop();

// Gone for good: a worker that it knew and the next one write what their user may write, and nothing of root's is
// within their reach

$server = server();
$server->get('/hello.php');
[$known] = $server->workers();
signal($server, 'KILL', $server->supervisor(), $server->coroner());
same('status', 502, $server->get('/die.php')->status);
same('exit', 'exited on signal 11 (SIGSEGV)', $server->childExit($known));
$log = $server->log;
$record = recordOnStderr($server, $known)['fpmsentinel'];
same('on standard error', ['worker', 'segfault'], [$record['written_by'], $record['cause']]);
$server->log = $log;
$server->until(fn () => array_diff($server->workers(), [$known]), 10, 'the next worker');
same('hello', 'hello', $server->get('/hello.php')->body);
$server->until(fn () => str_contains($server->fpmLog(), GONE), 10, "the worker's line in FPM's log");
same('said once', 1, substr_count($server->fpmLog(), GONE));
$server->shareLog();
same('status', 502, $server->get('/die.php')->status);
same('written by', 'worker', $server->records(1)[0]['fpmsentinel']['written_by']);
$server->signalMaster('USR2');
$server->coroner();
$server->until(fn () => $server->workers(), 10, 'a worker');
$server->get('/die.php');
same('reloaded: written by', 'coroner', $server->records(2)[1]['fpmsentinel']['written_by']);

// Stopped, both of them: nobody waits, they catch up, and FPM starts again on its port meanwhile

$server = server(['upstream' => 'tcp']);
$server->get('/hello.php');
[$pid] = $server->workers();
$pair = [$server->supervisor(), $server->coroner()];
signal($server, 'STOP', ...$pair);
same('answers', ['hello', 502], [$server->get('/hello.php')->body, $server->get('/die.php')->status]);
same('exit', 'exited on signal 11 (SIGSEGV)', $server->childExit($pid));
$server->until(fn () => array_diff($server->workers(), [$pid]), 10, 'the next worker');
same('answer', 'hello', $server->get('/hello.php')->body);
[$next, $request] = sleeper($server);
Server::kill($next, 'KILL');
same('killed', 502, $server->finish($request)->status);
same('nothing yet', [], $server->rawRecords());
signal($server, 'CONT', ...$pair);
$records = byPid($server->records(2));
told($server, $records[$pid], 'segfault', '/die.php');
told($server, $records[$next], 'killed', '/sleep.php'); // by one who said hello, and was reaped, before it listened
same('confidence', 'certain', $records[$next]['fpmsentinel']['confidence']);
signal($server, 'STOP', ...$pair);
$server->restart();
same('answer of the next FPM', 'hello', $server->get('/hello.php')->body);
signal($server, 'CONT', ...$pair);
$server->until(fn () => !array_filter($pair, fn ($pid) => !isGone($pid)), 10, 'the old pair to end');
same('processes left', [], $server->stop());

// A worker that has answered, and waits for the other side to close, is ended while the coroner is away: no request
// failed

/** Sends a request to FPM and reads the answer to its end, as nginx does, but does not close. */
function answered(Server $server): mixed
{
    $fastcgi = fn (int $type, string $content) => pack('CCnnCC', 1, $type, 1, strlen($content), 0, 0) . $content;
    $parameters = '';
    foreach (['REQUEST_METHOD' => 'GET', 'SCRIPT_FILENAME' => "$server->dir/docroot/hello.php",
        'REQUEST_URI' => '/hello.php'] as $name => $value) {
        $parameters .= chr(strlen($name)) . chr(strlen($value)) . $name . $value;
    }
    fwrite($client = stream_socket_client("unix://$server->dir/www.sock"),
        $fastcgi(1, pack('nx6', 1)) . $fastcgi(4, $parameters) . $fastcgi(4, '') . $fastcgi(5, ''));
    matches('answer', '~hello~', stream_get_contents($client));
    return $client;
}

foreach ([['TERM', 'STOP'], ['KILL', 'STOP'], ['KILL', 'KILL']] as [$ofWorker, $ofCoroner]) {
    $server = server();
    $server->get('/hello.php');
    [$pid] = $server->workers();
    [$supervisor, $coroner] = [$server->supervisor(), $server->coroner()];
    $ofCoroner === 'KILL' && signal($server, 'STOP', $supervisor);
    signal($server, $ofCoroner, $coroner);
    $client = answered($server);
    $since = hrtime(true);
    Server::kill($pid, $ofWorker);
    $server->until(fn () => isGone($pid), 10, 'the worker to end');
    // it takes an answer of the last second for sent
    $server->until(fn () => hrtime(true) > $since + 1.1e9, 10, 'the coroner to be late');
    signal($server, 'CONT', $ofCoroner === 'KILL' ? $supervisor : $coroner);
    $ofCoroner === 'KILL' && $server->coroner($coroner);
    $server->signalMaster('QUIT'); // it waits until the coroner has nothing left to say
    $server->until(fn () => !$server->running(), 10, 'FPM to stop');
    same("SIG$ofWorker while the coroner has SIG$ofCoroner", [], $server->rawRecords());
    fclose($client);
    $server->stop();
}
?>
done
--EXPECT--
done
