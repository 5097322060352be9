--TEST--
Fifty workers die at once, twice: each has its whole line in the log
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

const WORKERS = 50;

$server = new Server(['pool' => ['pm.max_children' => WORKERS]]);
$server->script('die.php', 'while (!is_file($_GET["round"])) { clearstatcache(); usleep(1000); } '
    . 'crashme("null-read");');
$died = [];
for ($round = 1; $round <= 2; $round++) {
    $workers = $server->until(fn () => count($server->workers()) === WORKERS ? $server->workers() : null, 10,
        'the workers');
    $requests = array_map(fn ($worker) => $server->start("/die.php?round=$round"), $workers);
    foreach ($workers as $pid) {
        untilAsleep($server, $pid);
    }
    touch("$server->dir/docroot/$round");
    foreach ($requests as $request) {
        same('status', 502, $server->finish($request)->status);
    }
    foreach ($workers as $pid) {
        same('exit', 'exited on signal 11 (SIGSEGV)', $server->childExit($pid));
    }
    $died = [...$died, ...$workers];
}
$records = $server->records(2 * WORKERS);
$pids = array_map(fn ($record) => $record['process']['pid'], $records);
same('who died', [[], []], [array_diff($died, $pids), array_diff($pids, $died)]);
$ids = array_map(fn ($record) => $record['http']['request']['id'], $records);
same('requests', [], array_diff(array_column(accessLog($server), 'request_id'), $ids));
same('ids', 2 * WORKERS, count(array_unique(array_map(fn ($record) => $record['event']['id'], $records))));
?>
done
--EXPECT--
done
