--TEST--
A coroner that was killed, or stopped: workers tell of themselves, or die without waiting for it
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

const SAID = 'fpmsentinel: the coroner is gone';

/** A server whose log is root's. */
function server(array $options = []): Server
{
    $server = new Server($options);
    chmod("$server->dir/log", 0755);
    chown("$server->dir/log", 'root');
    $server->script('hello.php', 'echo "hello";');
    $server->script('die.php', 'crashme("null-read");');
    $server->script('sleep.php', 'sleep(30);');
    return $server;
}

/** Kills it when it has done what there was to do. */
function killCoroner(Server $server): void
{
    $pid = $server->coroner();
    $server->until(fn () => str_contains((string) file_get_contents("/proc/$pid/wchan"), 'poll'), 10, 'the coroner to have nothing to do');
    Server::kill($pid, 'KILL');
}

// Killed: a worker that it knew, one that starts later, and a new one after a reload

$server = server();
$server->get('/hello.php');
[$known] = $server->workers();
killCoroner($server);
same('status', 502, $server->get('/die.php')->status);
same('exit', 'exited on signal 11 (SIGSEGV)', $server->childExit($known));
same('known: written by', 'worker', $server->records(1)[0]['fpmsentinel']['written_by']);
for ($i = 2; $i <= 3; $i++) {
    [$next] = $server->until(fn () => array_diff($server->workers(), [$known]), 10, 'the next worker');
    same('hello', 'hello', $server->get('/hello.php')->body);
    $server->get('/die.php');
    same('exit', 'exited on signal 11 (SIGSEGV)', $server->childExit($known = $next));
    same("$i: written by", 'worker', $server->records($i)[$i - 1]['fpmsentinel']['written_by']);
}
same('said once', 1, substr_count($server->fpmLog(), SAID));
$server->signalMaster('USR2');
$server->coroner();
$server->until(fn () => $server->workers(), 10, 'a worker');
$server->get('/die.php');
same('reloaded: written by', 'coroner', $server->records(4)[3]['fpmsentinel']['written_by']);

// Rotated before: the new file; and where there is no log but FPM's own standard error, that

$server = server();
$server->get('/hello.php');
$server->get('/die.php');
$server->records(1);
rename($server->log, "$server->log.1");
$known = $server->until(fn () => array_values($server->workers())[0] ?? 0, 10, 'the next worker');
$server->get('/hello.php');
$server->until(fn () => is_file($server->log), 10, 'a new log');
killCoroner($server);
$server->get('/die.php');
same('rotated: written by', 'worker', $server->records(1)[0]['fpmsentinel']['written_by']);
same('owner', 0, fileowner($server->log));

$server = server(['ini' => ['fpmsentinel.log' => '']]);
$server->get('/hello.php');
killCoroner($server);
$server->get('/die.php');
$record = recordOnStderr($server);
same('standard error', ['worker', 'segfault'], [$record['fpmsentinel']['written_by'], $record['fpmsentinel']['cause']]);

// Stopped: nobody waits, and it catches up

$server = server(['pool' => ['pm.max_children' => 1]]);
$server->get('/hello.php');
[$pid] = $server->workers();
Server::kill($coroner = $server->coroner(), 'STOP');
$server->until(fn () => preg_match('~\) T ~', file_get_contents("/proc/$coroner/stat")), 10, 'the coroner to stop');
same('answers', ['hello', 502], [$server->get('/hello.php')->body, $server->get('/die.php')->status]);
same('exit', 'exited on signal 11 (SIGSEGV)', $server->childExit($pid));
[$next] = $server->until(fn () => array_diff($server->workers(), [$pid]), 10, 'the next worker');
same('answer', 'hello', $server->get('/hello.php')->body);
$request = $server->start('/sleep.php');
untilAsleep($server, $next);
Server::kill($next, 'KILL');
same('killed', 502, $server->finish($request)->status);
same('nothing yet', [], $server->rawRecords());
Server::kill($coroner, 'CONT');
$records = array_column(array_map(fn ($record) => [$record['process']['pid'], $record], $server->records(2)), 1, 0);
told($server, $records[$pid], 'segfault', '/die.php');
told($server, $records[$next], 'killed', '/sleep.php'); // by one who said hello, and was reaped, before it listened
same('confidence', 'certain', $records[$next]['fpmsentinel']['confidence']);

// Stopped while a worker that has answered, and waits for the other side to close, is ended: no request failed

$server = server();
$server->get('/hello.php');
[$pid] = $server->workers();
Server::kill($coroner = $server->coroner(), 'STOP');
$server->until(fn () => preg_match('~\) T ~', file_get_contents("/proc/$coroner/stat")), 10, 'the coroner to stop');
$fastcgi = fn (int $type, string $content) => pack('CCnnCC', 1, $type, 1, strlen($content), 0, 0) . $content;
$parameters = '';
foreach (['REQUEST_METHOD' => 'GET', 'SCRIPT_FILENAME' => "$server->dir/docroot/hello.php", 'REQUEST_URI' => '/hello.php'] as $name => $value) {
    $parameters .= chr(strlen($name)) . chr(strlen($value)) . $name . $value;
}
fwrite($client = stream_socket_client("unix://$server->dir/www.sock"),
    $fastcgi(1, pack('nx6', 1)) . $fastcgi(4, $parameters) . $fastcgi(4, '') . $fastcgi(5, ''));
matches('answer', '~hello~', stream_get_contents($client)); // to its end
$answered = hrtime(true);
Server::kill($pid, 'TERM');
$server->until(fn () => isGone($pid), 10, 'the worker to end');
$server->until(fn () => hrtime(true) > $answered + 1.1e9, 10, 'the coroner to be late'); // it takes an answer of the last second for sent
Server::kill($coroner, 'CONT');
$server->signalMaster('QUIT'); // it waits until the coroner has nothing left to say
$server->until(fn () => !$server->running(), 10, 'FPM to stop');
same('answered', [], $server->rawRecords());
?>
done
--EXPECT--
done
