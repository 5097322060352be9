--TEST--
A worker gets the pid of the one that died before it: each has its own record, also where the coroner was asleep
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$server = new Server(['wrapper' => ['unshare', '--pid', '--fork', '--kill-child', mountPropagation(), '--mount-proc']]);
$server->script('hello.php', 'echo "hello";');
$server->script('die.php', 'crashme($_GET["how"], (int) $_GET["arg"]);');
$inside = fn (int $pid) => (int) preg_replace('~.*^NSpid:\t\d+\t(\d+)$.*~ms', '$1',
    file_get_contents("/proc/$pid/status"));

/** A death, after which the next worker gets the same pid: nobody else forks meanwhile. */
$die = function (string $how, int $arg, array $awake) use ($server, $inside): void {
    [$worker] = $server->until(fn () => array_values($server->workers()), 10, 'a worker');
    same('answer', 'hello', $server->get('/hello.php')->body);
    $pid = $inside($worker);
    $server->signalMaster('STOP'); // so it stays a zombie, and nobody takes the pid
    same("$how: status", 502, $server->get("/die.php?how=$how&arg=$arg")->status);
    foreach ($awake as $other) { // to close what the dead have sent
        Server::kill($other, 'STOP');
    }
    exec(sprintf('nsenter --target %d --pid sh -c %s', $server->masterPid,
        escapeshellarg('echo ' . ($pid - 1) . ' >/proc/sys/kernel/ns_last_pid')), $_, $status);
    same('ns_last_pid', 0, $status);
    $server->signalMaster('CONT');
    [$next] = $server->until(fn () => array_values(array_diff($server->workers(), [$worker])), 10, 'the next worker');
    foreach ($awake as $other) {
        Server::kill($other, 'CONT');
    }
    same("$how: pid", $pid, $inside($next));
};
$deaths = ['null-read' => [0, 'segfault'], 'kill-self' => [9, 'killed'], '_exit' => [3, 'exit_in_request'],
    'abort' => [0, 'abort']];
$coroner = $server->coroner();
foreach ([false, true] as $asleep) {
    $asleep && Server::kill($coroner, 'STOP');
    $awake = $asleep ? [$server->supervisor()] : [$coroner, $server->supervisor()];
    foreach ($deaths as $how => [$arg]) {
        $die($how, $arg, $awake);
    }
    $asleep && Server::kill($coroner, 'CONT');
}
$records = $server->records(2 * count($deaths));
$causes = array_column(array_column($records, 'fpmsentinel'), 'cause');
$wanted = array_merge(array_column($deaths, 1), array_column($deaths, 1));
sort($causes); // what SIGKILL meant is told later
sort($wanted);
same('causes', $wanted, $causes);
foreach ($records as $record) {
    same('path', '/die.php', $record['url']['path']);
    same('confidence', 'certain', $record['fpmsentinel']['confidence']);
}
same('one pid', 1, count(array_unique(array_map(fn ($record) => $record['process']['pid'], $records))));
same('requests', count($records), count(array_unique(array_map(fn ($record) => $record['http']['request']['id'],
    $records))));
$server->signalMaster('QUIT');
$server->until(fn () => !$server->running(), 10, 'FPM to stop');
?>
done
--EXPECT--
done
