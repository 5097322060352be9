--TEST--
request_terminate_timeout of all workers of a pool at once, and with the slow log tracing
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

/** The records by the path of their request. */
function byPath(array $records): array
{
    return array_column(array_map(fn ($record) => [$record['url']['path'], $record], $records), 1, 0);
}

// A pool of four, all of whose workers wait

$server = play(function (Server $server) {
    $workers = $server->workers();
    $requests = $outcome = [];
    foreach ($workers as $n => $pid) {
        $server->script("stalled$n.php", "function query() { sleep(30); } query();");
        $requests[] = $server->start("/stalled$n.php");
    }
    foreach ($requests as $request) {
        $outcome[] = $server->finish($request);
    }
    foreach ($workers as $pid) {
        $outcome[] = $server->childExit($pid);
    }
    $terminating = preg_match_all('~ execution timed out \(.*\), terminating~', $server->fpmLog());
    same('timed out', 4, $terminating);
    return $outcome;
}, ['pool' => ['pm.max_children' => 4, 'request_terminate_timeout' => '1s']]);
$records = byPath($server->records(4));
for ($n = 0; $n < 4; $n++) {
    recordIs($server, $record = $records["/stalled$n.php"], 'request_terminate_timeout', "/stalled$n.php");
    same("$n: stack", ['sleep', 'query', '{main}'], array_column($record['fpmsentinel']['php']['stack'], 'function'));
    same("$n: sender", 'fpm-master', $record['fpmsentinel']['signal']['sender']['role']);
    same("$n: last words", 1, count(lastWords($server, "/stalled$n.php")));
}
same('workers', 4, count(array_unique(array_map(fn ($record) => $record['process']['pid'], $records))));
$server->stop();

// With the slow log: FPM stops the worker to look at its stack, then lets it go on

$slowlog = tempnam(sys_get_temp_dir(), 'fps-');
register_shutdown_function('unlink', $slowlog);
$pool = ['request_terminate_timeout' => '5s', 'request_slowlog_timeout' => '1s', 'slowlog' => $slowlog];
$server = play(function (Server $server) use ($slowlog) {
    file_put_contents($slowlog, '');
    $server->script('slow.php', 'function query() { crashme("nap", 2000); echo "done"; } query();');
    $server->script('crash.php', 'function query() { crashme("nap", 2000); crashme("null-read"); } query();');
    $server->script('stalled.php', 'function query() { crashme("nap", 30_000); } query();');
    [$first] = $server->workers();
    $answers = [$server->get('/slow.php'), $server->get('/crash.php')];
    $outcome = [$server->childExit($first)];
    [$second] = $server->until(fn () => $server->workers(), 10, 'the next worker');
    $answers[] = $server->get('/stalled.php');
    $outcome[] = $server->childExit($second);
    $traced = substr_count(file_get_contents($slowlog), 'query() ');
    return [array_column($answers, 'status'), $outcome, $traced];
}, ['pool' => $pool]);
same('traced', 3, substr_count(file_get_contents($slowlog), 'query() '));
$records = byPath($server->records(2));
recordIs($server, $records['/crash.php'], 'segfault', '/crash.php');
recordIs($server, $records['/stalled.php'], 'request_terminate_timeout', '/stalled.php');
foreach ($records as $path => ['fpmsentinel' => $ours]) {
    same("$path: stack", ['crashme', 'query', '{main}'], array_column($ours['php']['stack'], 'function'));
    same("$path: incomplete", [], $ours['incomplete']);
}
?>
done
--EXPECT--
done
