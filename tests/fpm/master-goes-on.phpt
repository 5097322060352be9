--TEST--
SIGKILL or request_terminate_timeout before a reload or a stop: what the master does next decides, not how it ends
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

const DEATHS = 16;
const POOLS = [
    'four' => ['pm.max_children' => 4],
    'one' => ['pm.max_children' => 1],
    'ondemand' => ['pm' => 'ondemand', 'pm.max_children' => 2],
    'limited' => ['pm.max_children' => 4, 'request_terminate_timeout' => '1s'],
];

function workersOf(Server $server, string $pool): array
{
    return array_values(array_filter($server->workers(),
        fn ($pid) => preg_match("~: pool $pool\\b~", (string) @file_get_contents("/proc/$pid/cmdline"))));
}

/** Requests that are asleep in their workers: pid => request, but not always that of this pid. */
function asleep(Server $server, string $pool, int $count): array
{
    $requests = array_map(fn () => $server->start("/$pool/nap.php"), range(1, $count));
    $find = fn () => array_values(array_filter(workersOf($server, $pool),
        fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/wchan"), 'nanosleep')));
    return array_combine($server->until(fn () => count($find()) === $count ? $find() : null, 10,
        "$count workers of $pool to sleep"), $requests);
}

/** After a reload or a stop there is another master, or none yet. */
function reload(Server $server): void
{
    $old = $server->workers();
    $server->signalMaster('USR2');
    $server->until(fn () => !array_intersect($old, $server->workers()) && count($server->workers()) >= 9, 10,
        'the new workers');
}

$server = new Server(['pools' => array_map(fn ($pool) => $pool + ['pm' => 'static'], POOLS)]);
array_map(fn ($pool) => $server->script("$pool/nap.php", 'crashme("nap", 30_000);'), array_keys(POOLS));
$expected = [];

// SIGKILL of one worker, and of all in a pool

foreach (['four' => 1, 'one' => 1, 'ondemand' => 1] as $pool => $count) {
    for ($n = 0; $n < DEATHS / 2; $n++) {
        $requests = asleep($server, $pool, $count);
        foreach ($requests as $pid => $request) {
            Server::kill($pid, 'KILL');
            $expected[$pid] = 'killed';
        }
        array_map($server->finish(...), $requests);
    }
}
for ($n = 0; $n < DEATHS / 4; $n++) {
    $requests = asleep($server, 'four', 4);
    Server::kill(array_key_first($requests), 'KILL ' . implode(' ', array_keys(array_slice($requests, 1, null, true))));
    $expected += array_fill_keys(array_keys($requests), 'killed');
    array_map($server->finish(...), $requests);
}

// With a reload right after it: FPM has put another worker in its place by then, or not

for ($n = 0; $n < DEATHS; $n++) {
    $requests = asleep($server, ['four', 'one'][$n % 2], 1);
    $pid = array_key_first($requests);
    Server::kill($pid, 'KILL');
    $expected[$pid] = 'killed';
    array_map($server->finish(...), $requests);
    $server->childExit($pid);
    reload($server);
}

// request_terminate_timeout of all workers of a pool, and a reload in the second after it

for ($n = 0; $n < DEATHS / 4; $n++) {
    $pids = workersOf($server, 'limited'); // of which each gets one
    $requests = array_map(fn () => $server->start('/limited/nap.php'), $pids);
    $expected += array_fill_keys($pids, 'request_terminate_timeout');
    array_map($server->finish(...), $requests);
    array_map($server->childExit(...), $pids);
    reload($server);
}

// A master that is held for a while and replaces nobody: a sibling shows that the others were not asked to end

$requests = asleep($server, 'four', 2);
[$killed, $other] = array_keys($requests);
$server->signalMaster('STOP');
Server::kill($killed, 'KILL'); // whose request that was is not known: either worker may have accepted either
$server->until(fn () => count($server->rawRecords()) > count($expected), 10, 'the record');
$server->signalMaster('CONT');
Server::kill($other, 'KILL');
$expected += [$killed => 'killed', $other => 'killed'];
array_map($server->finish(...), $requests);

foreach ($server->records(count($expected)) as ['process' => ['pid' => $pid], 'fpmsentinel' => $ours]) {
    // how a worker ended may be known only once it has been reaped; on a busy machine the coroner may wake after the
    // reload
    $late = preg_grep('~, but no SIGQUIT came, which it sends first$~', $ours['evidence'] ?? []);
    $confidence = $pid === $killed || $late || isset($ours['storm']) ? $ours['confidence'] : 'certain';
    same("$pid: cause", [$expected[$pid] ?? null, $confidence], [$ours['cause'], $ours['confidence']]);
    isset($ours['storm']) || same("$pid: evidence", 1, count($late ?: preg_grep(DEED, $ours['evidence'])));
}
?>
done
--EXPECT--
done
