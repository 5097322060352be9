--TEST--
Slots: more workers than there are, one mapped in each worker, used again after a worker's end
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

function said(Server $server): int
{
    $logs = file_get_contents("$server->dir/log/nginx.log") . $server->fpmLog();
    return substr_count($logs, 'more workers than fpmsentinel.max_workers');
}

// Five workers, two slots: all serve at the same time, then die

$server = new Server(['ini' => ['fpmsentinel.max_workers' => 2], 'pool' => ['pm.max_children' => 5]]);
$server->script('die.php', 'while (!is_file(__DIR__ . "/go")) { clearstatcache(); usleep(1000); } crashme("null-read");');
touch($server->log); // whoever has no slot writes for itself, and with its own rights
chown($server->log, 'www-data');
$workers = $server->workers();
$requests = array_map(fn ($worker) => $server->start('/die.php'), $workers);
foreach ($workers as $pid) {
    untilAsleep($server, $pid);
}
touch("$server->dir/docroot/go");
foreach ($requests as $i => $request) {
    same('status', 502, $server->finish($request)->status);
    same('exit', 'exited on signal 11 (SIGSEGV)', $server->childExit($workers[$i]));
}
$records = $server->records(5);
$died = array_map(fn ($record) => $record['process']['pid'], $records);
same('who died', [], array_diff($workers, $died));
$ids = array_map(fn ($record) => $record['http']['request']['id'], $records);
same('requests', [], array_diff(array_column(accessLog($server), 'request_id'), $ids));
same('warnings', 1, said($server));

// What a worker has mapped, before its first request and after it

/** @return list<int> bytes of shared anonymous memory: before, after */
function mapped(bool $extension): array
{
    $server = new Server(['extension' => $extension, 'ini' => ['fpmsentinel.max_workers' => 100]]);
    $server->script('hello.php', 'echo "hello";');
    [$pid] = $server->workers();
    $bytes = function () use ($pid) {
        preg_match_all('~^(\w+)-(\w+) rw-s .*/dev/zero~m', file_get_contents("/proc/$pid/maps"), $maps, PREG_SET_ORDER);
        return array_sum(array_map(fn ($map) => hexdec($map[2]) - hexdec($map[1]), $maps));
    };
    $before = $bytes();
    $server->get('/hello.php');
    return [$before, $bytes()];
}

[$beforeWithout, $afterWithout] = mapped(false);
[$before, $after] = mapped(true);
$slot = $after - $afterWithout;
same('one slot', true, $slot > 4096 && $slot <= 131072);
same('all slots', true, $before - $beforeWithout >= 100 * $slot && $before - $beforeWithout < 101 * $slot);

// What is one worker's can't be read by another, at any address

$server = new Server(['pool' => ['pm.max_children' => 2]]);
$server->script('hold.php', 'while (!is_file(__DIR__ . "/go")) { clearstatcache(); usleep(1000); } echo getmypid();');
$server->script('read.php', 'crashme("read-at", (int) $_GET["at"]);');
$slotOf = function (int $pid) {
    preg_match_all('~^(\w+)-(\w+) rw-s .*/dev/zero~m', file_get_contents("/proc/$pid/maps"), $maps, PREG_SET_ORDER);
    return array_map(fn ($map) => hexdec($map[1]), $maps);
};
$workers = $server->workers();
$requests = [$server->start('/hold.php'), $server->start('/hold.php')];
foreach ($workers as $pid) {
    untilAsleep($server, $pid);
}
[$first, $second] = array_map($slotOf, $workers);
$only = array_values(array_diff($first, $second)); // what both have is FPM's own
same('a slot of its own', 1, count($only));
touch("$server->dir/docroot/go");
array_map($server->finish(...), $requests);
// The only worker that is free has to be the other one.
unlink("$server->dir/docroot/go");
$held = $server->start('/hold.php');
$asleep = fn () => array_values(array_filter($workers, fn ($pid) => str_contains((string) file_get_contents("/proc/$pid/wchan"), 'nanosleep')));
[$busy] = $server->until($asleep, 10, 'a worker to sleep');
$other = $busy === $workers[0] ? $only[0] : array_values(array_diff($second, $first))[0];
same('status', 502, $server->get("/read.php?at=$other")->status);
[$record] = $server->records(1);
same('address', sprintf('0x%x', $other), $record['fpmsentinel']['signal']['address']);
matches('unmapped', '~where nothing is mapped$~', $record['error']['message']);
touch("$server->dir/docroot/go");
$server->finish($held);
$server->script('grow.php', 'foreach (preg_grep("~ rw-s .*/dev/zero~", file("/proc/self/maps")) as $map) { echo (int) crashme("grow", hexdec(strtok($map, "-"))); }');
matches('grows', version_compare(php_uname('r'), '6.10', '>=') ? '~^(?=.*1)1*01*$~' : '~^[01]+$~', $server->get('/grow.php')->body); // all but ours: FPM's, opcache's

// Used again

$server = new Server(['ini' => ['fpmsentinel.max_workers' => 3], 'pool' => ['pm.max_requests' => 1]]);
$server->script('hello.php', 'echo getmypid();');
$pids = array_map(fn ($i) => $server->get('/hello.php')->body, range(1, 50));
same('workers', 50, count(array_unique($pids)));
$server->records(0);
same('warnings', 0, said($server));
?>
done
--EXPECT--
done
