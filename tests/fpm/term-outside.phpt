--TEST--
SIGTERM from another process: in a request, while the body of a POST is being read, and to an idle worker
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

/** A sender that is still there when the worker asks who it is. Gives its pid. */
function terminate(int $pid): int
{
    static $senders = [];
    $senders[] = $sender = proc_open(['sh', '-c', "kill -TERM $pid; read line"], [['pipe', 'r']], $pipes);
    $senders[] = $pipes;
    return proc_get_status($sender)['pid'];
}

// While a script runs

$server = play(function (Server $server) use (&$sender) {
    $server->script('sleep.php', 'sleep(30);');
    [$pid] = $server->workers();
    $request = $server->start('/sleep.php');
    untilAsleep($server, $pid);
    $sender = terminate($pid);
    return [$server->finish($request), $server->childExit($pid)];
});
[$record] = $server->records(1);
recordIs($server, $record, 'terminated', '/sleep.php');
same('confidence', 'certain', $record['fpmsentinel']['confidence']);
same('evidence', ["sender $sender (sh) is not the FPM master"], $record['fpmsentinel']['evidence']);
same('sender', ['pid' => $sender, 'uid' => 0, 'role' => 'other', 'command' => 'sh'],
    $record['fpmsentinel']['signal']['sender']);
same('message', 'terminated by another process', $record['error']['message']);
same('last words', 1, count(lastWords($server, '/sleep.php')));

// Before it, in a worker's first request and in a later one

foreach ([0, 2] as $before) {
    $server = play(function (Server $server) use ($before) {
        $server->script('hello.php', 'echo "hello";');
        for ($i = 0; $i < $before; $i++) {
            $server->get('/hello.php');
        }
        [$pid] = $server->workers();
        $read = fn () => preg_match('~^rchar: (\d+)~m', file_get_contents("/proc/$pid/io"), $match) ? (int) $match[1]
            : 0;
        $readSoFar = $read();
        $headers = ['Content-Type' => 'application/x-www-form-urlencoded', 'Content-Length' => 100_000];
        $request = $server->start('/upload.php', $headers, str_repeat('x', 4000));
        $server->until(fn () => $read() > $readSoFar + 4000, 10, 'the worker to read the body');
        terminate($pid);
        return [$server->finish($request), $server->childExit($pid)];
    }, ['nginx' => 'fastcgi_request_buffering off;']);
    [$record] = $server->records(1);
    recordIs($server, $record, 'terminated', '/upload.php');
    same('phase', 'startup', $record['fpmsentinel']['phase']);
    same('method', 'POST', $record['http']['request']['method']);
    same('requests served', $before + 1, $record['fpmsentinel']['requests_served']);
    same('last words', 1, count(lastWords($server, '/upload.php')));
}

// Idle

$server = play(function (Server $server) {
    $server->script('hello.php', 'echo "hello";');
    [$fresh] = $server->workers();
    terminate($fresh);
    $exits = [$server->childExit($fresh)];
    $server->until(fn () => $server->workers(), 10, 'the next worker');
    $answer = $server->get('/hello.php');
    [$idle] = $server->workers();
    terminate($idle);
    return [...$exits, $answer, $server->childExit($idle)];
});
$server->records(0);
same("nginx's errors", [], $server->nginxErrors());
?>
done
--EXPECT--
done
