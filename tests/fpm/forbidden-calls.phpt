--TEST--
Whichever modern system call is forbidden, and all at once: each death has its record, with its pid and cause
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

const CALLS = ['memfd_create', 'pidfd_open', 'pidfd_getfd', 'pidfd_send_signal', 'exit_info', 'so_passpidfd',
    'process_vm_readv', 'clone3',
    'close_range', 'mseal'];
// how => the script, nginx's status, the causes: of certainty, and where the kernel does not tell how a process ended
const DEATHS = [
    'segfault' => ['crashme("null-read");', 502, ['segfault'], ['segfault']],
    'sigkill' => ['crashme("kill-self", 9);', 502, ['killed'], ['killed']],
    'leave' => ['crashme("_exit", 3);', 502, ['exit_in_request'], ['killed', 'exit_in_request']],
    'sigterm' => ['crashme("kill-self", 15);', 502, ['terminated'], ['terminated']],
    'memory' => ['ini_set("memory_limit", "4M"); str_repeat("x", 8 << 20);', 500, ['memory_limit'], ['memory_limit']],
];

$rows = [];
foreach (['ENOSYS', 'EPERM'] as $error) {
    foreach (CALLS as $call) {
        $rows["$call $error"] = ["$call=$error"];
    }
    $rows["all $error"] = array_map(fn ($call) => "$call=$error", CALLS);
}
$rows['as an old kernel'] = CALLS; // with ENOTTY and ENOPROTOOPT

/** Sends the requests, all at once; each leaves the pid of its worker in a file. */
function inflict(Server $server): array
{
    foreach (array_keys(DEATHS) as $how) {
        @unlink("$server->dir/pids/$how");
    }
    return array_map(fn ($how) => $server->start("/$how.php"), array_combine($names = array_keys(DEATHS), $names));
}

/** What came of it, once there are $n records more than $before. */
function judge(string $row, Server $server, array $requests, int $before): void
{
    $pids = [];
    foreach ($requests as $how => $request) {
        same("$row: $how: status", DEATHS[$how][1], $server->finish($request)->status);
        $pids[$how] = (int) file_get_contents("$server->dir/pids/$how");
    }
    $records = array_slice($server->records($before + count(DEATHS)), $before);
    $byPath = array_column(array_map(fn ($record) => [$record['url']['path'] ?? '', $record], $records), 1, 0);
    foreach (DEATHS as $how => [, , $certain, $probable]) {
        $record = $byPath["/$how.php"] ?? null;
        $ours = $record['fpmsentinel'] ?? ['confidence' => null, 'cause' => null];
        same("$row: $how: process", [$pids[$how], $server->masterPid],
            [$record['process']['pid'] ?? null, $record['process']['parent']['pid'] ?? null]);
        $expected = $ours['confidence'] === 'certain' ? $certain : $probable;
        same("$row: $how: $ours[cause], $ours[confidence]", true, in_array($ours['cause'], $expected, true));
    }
}

// Side by side, since each of them mostly waits

$servers = $requests = [];
foreach ($rows as $row => $forbidden) {
    $servers[$row] = $server = new Server(['wrapper' => [Server::path('TEST_PYTHON'), __DIR__ . '/forbid.py',
        ...$forbidden, '--'],
        'pool' => ['pm.max_children' => count(DEATHS)]]);
    mkdir("$server->dir/pids");
    chmod("$server->dir/pids", 0777);
    foreach (DEATHS as $how => [$code]) {
        $server->script("$how.php", "file_put_contents('$server->dir/pids/$how', getmypid()); $code");
    }
    $requests[$row] = inflict($server);
}
foreach ($servers as $row => $server) {
    judge($row, $server, $requests[$row], 0);
}

// Nor does the next coroner need any of them

$servers = array_intersect_key($servers, ['all ENOSYS' => 0, 'all EPERM' => 0, 'as an old kernel' => 0]);
foreach ($servers as $row => $server) {
    $first = $server->coroner();
    Server::kill($first, 'KILL');
    $requests[$row] = inflict($server);
    $server->coroner($first);
}
foreach ($servers as $row => $server) {
    judge("$row, killed", $server, $requests[$row], count(DEATHS));
    same("$row: left", [], $server->stop());
}
?>
done
--EXPECT--
done
