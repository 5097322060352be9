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
