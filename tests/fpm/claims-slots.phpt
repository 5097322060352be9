--TEST--
Slots: one a worker, in memory that no other can reach; nothing of root's stays open in a worker
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

/** @return list<array{int, int}> where a process has a slot: start and size */
function slots(int $pid): array
{
    preg_match_all('~^(\w+)-(\w+) rw-s .*/memfd:fpmsentinel~m', file_get_contents("/proc/$pid/maps"), $maps,
        PREG_SET_ORDER);
    return array_map(fn ($map) => [hexdec($map[1]), hexdec($map[2]) - hexdec($map[1])], $maps);
}

/** @return list<string> what a process has open, sockets and pipes without their numbers */
function descriptors(int $pid): array
{
    $kinds = array_map(fn ($link) => preg_replace('~:\[\d+\]$|^' . sys_get_temp_dir() . '/fps-\w+~', '',
        (string) @readlink($link)), glob("/proc/$pid/fd/*"));
    sort($kinds);
    return $kinds;
}

// Forty workers serve at the same time, then die

$server = new Server(['pool' => ['pm.max_children' => 40]]);
$server->script('hold.php', 'while (!is_file(__DIR__ . "/go")) { clearstatcache(); usleep(1000); } '
    . 'crashme("kill-self", 9);');
$workers = $server->workers();
$requests = array_map(fn ($worker) => $server->start('/hold.php'), $workers);
foreach ($workers as $pid) {
    untilAsleep($server, $pid);
    same('one slot', 1, count(slots($pid)));
}
touch("$server->dir/docroot/go");
foreach ($requests as $i => $request) {
    same('status', 502, $server->finish($request)->status);
}
$records = $server->records(40);
$died = array_map(fn ($record) => $record['process']['pid'], $records);
same('who died', [], array_diff($workers, $died));
$ids = array_map(fn ($record) => $record['http']['request']['id'], $records);
same('requests', [], array_diff(array_column(accessLog($server), 'request_id'), $ids));
same('written by', ['coroner'], array_values(array_unique(
    array_map(fn ($record) => $record['fpmsentinel']['written_by'], $records))));

// What a worker has open that one without the extension has not

function has(bool $extension): array
{
    $server = new Server(['extension' => $extension]);
    $server->script('hello.php', 'echo "hello";');
    [$pid] = $server->workers();
    same('before its first request', [], slots($pid));
    $server->get('/hello.php');
    untilIdle($server, $pid);
    return [slots($pid), descriptors($pid)];
}

[, $without] = has(false);
[[[, $size]], $with] = has(true);
same('size of a slot', true, $size > 4096 && $size <= 196608);
$more = array_count_values($with);
foreach ($without as $kind) {
    $more[$kind]--;
}
// the doorbell; what hangs up, and both ends of a pipe that only the worker itself uses
same('descriptors', ['anon_inode:[eventfd]' => 1, 'pipe' => 3], array_filter($more));

// What is one worker's can't be read by another at any address, nor does it grow over anything

$server = new Server(['pool' => ['pm.max_children' => 2]]);
$server->script('hold.php', 'while (!is_file(__DIR__ . "/go")) { clearstatcache(); usleep(1000); } echo getmypid();');
$server->script('read.php', 'crashme("read-at", (int) $_GET["at"]);');
$server->script('grow.php', 'crashme("grow", (int) $_GET["at"]);');
$workers = $server->workers();
$requests = [$server->start('/hold.php'), $server->start('/hold.php')];
foreach ($workers as $pid) {
    untilAsleep($server, $pid);
}
[[[$first]], [[$second]]] = array_map(slots(...), $workers);
touch("$server->dir/docroot/go");
array_map($server->finish(...), $requests);
// The only worker that is free has to be the other one.
unlink("$server->dir/docroot/go");
$held = $server->start('/hold.php');
$asleep = fn () => array_values(array_filter($workers,
    fn ($pid) => str_contains((string) file_get_contents("/proc/$pid/wchan"), 'nanosleep')));
[$busy] = $server->until($asleep, 10, 'a worker to sleep');
$other = $busy === $workers[0] ? $first : $second;
$own = $busy === $workers[0] ? $second : $first;
if ($first !== $second) {
    same('status', 502, $server->get("/read.php?at=$other")->status);
    [$record] = $server->records(1);
    same('address', sprintf('0x%x', $other), $record['fpmsentinel']['signal']['address']);
    matches('unmapped', '~where nothing is mapped$~', $record['error']['message']);
}
$n = count($server->rawRecords());
$free = $server->until(fn () => array_values(array_diff($server->workers(), [$busy])), 10, 'a free worker')[0];
if (!slots($free)) { // the next one has its slot with its first request
    $server->script('hello.php', 'echo "hello";');
    $server->get('/hello.php');
}
same('status', 502, $server->get('/grow.php?at=' . slots($free)[0][0])->status);
$record = $server->records($n + 1)[$n];
// and what it had overwritten the kernel and its hello tell
same('nothing lies behind its own', 'bus_error', $record['fpmsentinel']['cause']);
touch("$server->dir/docroot/go");
$server->finish($held);

// Fifty workers after one another leave nothing with the coroner or its supervisor

$server = new Server(['pool' => ['pm.max_requests' => 1]]);
$server->script('hello.php', 'echo getmypid();');
$pids = array_map(fn ($i) => $server->get('/hello.php')->body, range(1, 50));
same('workers', 50, count(array_unique($pids)));
$server->records(0);
foreach ([$server->coroner(), $server->supervisor()] as $pid) {
    $server->until(fn () => count(slots($pid)) <= 1 && count(preg_grep('~pidfd~', descriptors($pid))) <= 4, 10,
        "process $pid to let go of dead workers");
}
?>
done
--EXPECT--
done
