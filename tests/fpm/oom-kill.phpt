--TEST--
The kernel's OOM killer in a memory cgroup: oom_kill, told from kill -9 in the same cgroup
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';
require __DIR__ . '/cgroup.inc';

const LIMIT = 96 << 20;

$group = memoryGroup(LIMIT) ?? die("no memory cgroup can be made here\n");
$server = new Server(['wrapper' => inGroup($group), 'pool' => ['pm.max_children' => 2],
    'ini' => ['memory_limit' => -1]]);
$server->script('fill.php', "function fill() {\n    for (;;) { \$kept[] = str_repeat('x', 1 << 20); }\n}\nfill();");
$server->script('sleep.php', 'sleep(30);');
$server->coroner();
$find = fn (Server $server) => array_values(array_filter($server->workers(),
    fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/wchan"), 'nanosleep')));

foreach ([1, 2] as $n) {
    same('status', 502, $server->get('/fill.php')->status);
    $record = $server->records(2 * $n - 1)[2 * $n - 2];
    $ours = $record['fpmsentinel'];
    same('exit', 'exited on signal 9 (SIGKILL)', $server->childExit($record['process']['pid']));
    same('cause', ['oom_kill', 'certain'], [$ours['cause'], $ours['confidence']]);
    same('path', '/fill.php', $record['url']['path']);
    same('error', ['type' => 'SIGKILL', 'message' => 'killed by the OOM killer'], $record['error']);
    matches('evidence', '~^an OOM kill was counted in cgroup .*' . basename($group) . '$~', $ours['evidence'][1]);
    matches('evidence', '~^limit ' . LIMIT . ', usage now \d+ in ~', $ours['evidence'][2]);

    // And not the OOM killer
    $server->until(fn () => count($server->workers()) === 2, 10, 'the workers');
    $request = $server->start('/sleep.php');
    [$asleep] = $server->until(fn () => $find($server), 10, 'a worker to sleep');
    Server::kill($asleep, 'KILL');
    $server->finish($request);
    $ours = $server->records(2 * $n)[2 * $n - 1]['fpmsentinel'];
    same('cause', ['killed', 'certain'], [$ours['cause'], $ours['confidence']]);
    // another test's
    matches('evidence', '~^(no OOM kill was counted in|an OOM kill was counted on this machine, but not in) cgroup ~',
        $ours['evidence'][1]);
}

same('left', [], $server->stop());

// One that is killed at the same time, as by FPM where systemd stops it after an OOM kill: the OOM killer took the
// larger one, which was dead before the coroner had read its hello

/** What the records say of both; null: the OOM killer has killed others as well, since the first took long to end. */
function both(Closure $find): ?array
{
    $server = new Server(['wrapper' => inGroup($group = memoryGroup(LIMIT)), 'pool' => ['pm.max_children' => 2],
        'ini' => ['memory_limit' => -1]]);
    $server->script('sleep.php', 'sleep(30);');
    // so that its watcher looks
    $server->script('slowly.php', "for (;;) { \$kept[] = str_repeat('x', 1 << 20); usleep(8_000); }");
    $coroner = $server->coroner();
    $request = $server->start('/sleep.php');
    [$asleep] = $server->until(fn () => $find($server), 10, 'a worker to sleep');
    stopWaiting($server, $coroner);
    same('status', 502, $server->get('/slowly.php')->status);
    Server::kill($asleep, 'KILL');
    $server->finish($request);
    if (killedByOom($group) > 1) {
        $server->stop();
        return null;
    }
    Server::kill($coroner, 'CONT');
    $found = [];
    foreach ($server->records(2) as ['url' => $url, 'fpmsentinel' => $ours]) {
        $found[$url['path']] = [$ours['cause'], strstr($ours['evidence'][1], ' cgroup', true)];
    }
    ksort($found);
    same('the coroner lives', $coroner, $server->coroner());
    same('left', [], $server->stop());
    return $found;
}

for ($tries = 20; $tries && !($found = both($find)); $tries--);
same('both', ['/sleep.php' => ['killed', 'an OOM kill was counted, of a larger worker, in'],
    '/slowly.php' => ['oom_kill', 'fewer OOM kills than deaths were counted in']], $found);
?>
done
--EXPECT--
done
