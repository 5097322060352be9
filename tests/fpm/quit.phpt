--TEST--
SIGQUIT to a worker in a request: it ends after the answer, what was interrupted is as without the extension, no record
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

function untilIn(Server $server, int $pid, string $call): void
{
    $server->until(fn () => str_contains((string) @file_get_contents("/proc/$pid/wchan"), $call), 10,
        "worker $pid to be in $call");
}

/** Sends it and waits until the worker has been interrupted. */
function quit(Server $server, int $pid): void
{
    Server::kill($pid, 'QUIT');
    $isPending = fn () => preg_match('~^(Sig|Shd)Pnd:\s*0*[1-9a-f]~m',
        (string) @file_get_contents("/proc/$pid/status"));
    $server->until(fn () => !$isPending(), 10, "worker $pid to get SIGQUIT");
}

$blocked = [ // code => where the worker is then
    'echo crashme("nap", 1000);' => 'nanosleep',
    'echo sleep(30) > 0 ? "woken" : "slept";' => 'nanosleep',
    'echo flock(fopen(__DIR__ . "/../log/lock", "r"), LOCK_EX) ? "locked" : "not locked";' => 'lock',
];
foreach ($blocked as $code => $call) {
    $server = play(function (Server $server) use ($code, $call) {
        $server->script('page.php', $code);
        file_put_contents("$server->dir/log/lock", '');
        flock($lock = fopen("$server->dir/log/lock", 'r'), LOCK_EX);
        [$pid] = $server->workers();
        $request = $server->start('/page.php');
        untilIn($server, $pid, $call);
        quit($server, $pid);
        flock($lock, LOCK_UN);
        $answer = $server->finish($request);
        same("$code: answer", [200, null], [$answer->status, $answer->error]);
        return [$answer, $server->childExit($pid)];
    });
    $server->records(0);
    same("nginx's errors", [], $server->nginxErrors());
    $server->stop();
}
?>
done
--EXPECT--
done
