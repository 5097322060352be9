--TEST--
An idle worker that dies leaves no record, whether it has served requests or not
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$server = play(function (Server $server) {
    $server->script('hello.php', 'echo "hello";');
    $exits = [];
    foreach (['SEGV', 'ABRT', 'BUS', 'KILL'] as $signal) {
        foreach ([0, 1, 3] as $requests) {
            for ($i = 0; $i < $requests; $i++) {
                same('status', 200, $server->get('/hello.php')->status);
            }
            [$pid] = $server->until(fn () => $server->workers(), 10, 'a worker');
            // A request is over for the client before it is for the worker.
            $idle = fn () => str_contains((string) file_get_contents("/proc/$pid/wchan"), 'accept')
                || str_contains((string) file_get_contents("/proc/$pid/wchan"), 'wait_for_more_packets');
            $server->until($idle, 10, "worker $pid to be idle");
            Server::kill($pid, $signal);
            $exits[] = $server->childExit($pid);
            $server->until(fn () => !in_array($pid, $server->workers()), 10, 'the next worker');
        }
    }
    return $exits;
});
$server->coroner(); // so the extension is in it
$server->records(0);
same("nginx's errors", [], $server->nginxErrors());
?>
done
--EXPECT--
done
