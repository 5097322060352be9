--TEST--
2,000 requests and 500 deaths leave neither the coroner nor its supervisor with more memory or descriptors
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

const WORKERS = 4;
const AT_ONCE = 8;
const SLACK = 256; // KiB: how many deaths wait for their record at once, and use memory for it, is chance

$server = new Server(['pool' => ['pm.max_children' => WORKERS]]);
mkdir("$server->dir/together");
chmod("$server->dir/together", 0777);
$server->script('hello.php', 'echo "hello";');
$server->script('die.php', 'crashme($_GET["how"], (int) $_GET["arg"]);');
$server->script('together.php', "touch('$server->dir/together/' . getmypid()); "
    . "while (count(glob('$server->dir/together/*')) < " . WORKERS . ') { usleep(1000); } echo "all";');

/** Sends so many requests, some at once; counts the statuses. */
function fire(Server $server, int $count, callable $path): array
{
    $open = $statuses = [];
    for ($n = 0; $n < $count || $open; $n++) {
        if ($n < $count) {
            $open[] = $server->start($path($n));
        }
        if ($n >= $count || count($open) >= AT_ONCE) {
            $statuses[] = $server->finish(array_shift($open))->status;
        }
    }
    return array_count_values($statuses);
}

function deaths(Server $server, int $count): void
{
    $paths = ['/die.php?how=null-read&arg=0', '/die.php?how=kill-self&arg=9', '/die.php?how=_exit&arg=3'];
    same('deaths', [502 => $count], fire($server, $count, fn ($n) => $paths[$n % 3]));
}

/** What a process has open, mapped, and in memory, in KiB. */
function footprint(int $pid): array
{
    preg_match_all('~^Rss(?:Anon|Shmem):\s+(\d+)~m', file_get_contents("/proc/$pid/status"), $kilobytes);
    return ['descriptors' => count(scandir("/proc/$pid/fd")), 'mappings' => count(file("/proc/$pid/maps")),
        'KiB' => array_sum($kilobytes[1])];
}

/**
 * The coroner's and the supervisor's, when each worker that lives has said hello and nothing is to be told any more.
 */
function footprints(Server $server, int $records, ?array $like = null): array
{
    array_map('unlink', glob("$server->dir/together/*"));
    $server->until(fn () => count($server->workers()) === WORKERS, 10, 'the workers');
    same('together', [200 => WORKERS], fire($server, WORKERS, fn () => '/together.php'));
    $server->until(fn () => count($server->rawRecords()) >= $records, 60, "$records records");
    $pair = ['coroner' => $server->coroner(), 'supervisor' => $server->supervisor()];
    // what is released on the way does not go at once
    $sent = fn (int $pid) => count(preg_grep('~^(anon_inode:|/memfd:|/$)~',
        array_map(readlink(...), glob("/proc/$pid/fd/*"))));
    // pidfds and bells; the master's pidfd, which the coroner has twice; and what waits for bells
    $left = ['coroner' => 2 * WORKERS + 3, 'supervisor' => 2 * WORKERS + 1];
    foreach ($pair as $who => $pid) {
        $server->until(fn () => str_contains((string) file_get_contents("/proc/$pid/wchan"), 'poll')
            && @$sent($pid) === $left[$who], 10, "the $who to have done all");
        $before = $like[$who] ?? null;
        $before && $server->until(fn () => array_slice(footprint($pid), 0, 2) <= array_slice($before, 0, 2), 60);
    }
    return array_map(footprint(...), $pair);
}

function compare(string $when, array $before, array $after): void
{
    foreach ($before as $who => ['descriptors' => $descriptors, 'mappings' => $mappings, 'KiB' => $kilobytes]) {
        same("$when: $who: descriptors", $descriptors, $after[$who]['descriptors']);
        same("$when: $who: mappings", $mappings, $after[$who]['mappings']);
        $more = $after[$who]['KiB'] - $kilobytes;
        $more <= SLACK || same("$when: $who: KiB more", SLACK, $more);
    }
}

deaths($server, 150);
$before = footprints($server, 150);
same('requests', [200 => 2000], fire($server, 2000, fn () => '/hello.php'));
deaths($server, 350);
compare('after requests and deaths', $before, footprints($server, 500, $before));

// One that is stopped has no room for all that the coroner leaves with it, and takes back

$supervisor = $server->supervisor();
Server::kill($supervisor, 'STOP');
deaths($server, 150);
$server->until(fn () => count($server->rawRecords()) >= 650, 60, '650 records');
Server::kill($supervisor, 'CONT');
compare('after the supervisor was stopped', $before, footprints($server, 650, $before));

// What the next coroner has is what it needs

Server::kill($supervisor, 'STOP');
deaths($server, 150);
$server->until(fn () => count($server->rawRecords()) >= 800, 60, '800 records');
$first = $server->coroner();
Server::kill($first, 'KILL');
$server->until(fn () => isGone($first), 10, 'the coroner to end');
Server::kill($supervisor, 'CONT');
$server->coroner($first);
$after = footprints($server, 800, $before);
unset($before['coroner']['KiB'], $after['coroner']['KiB']);
same('the next coroner', $before['coroner'], $after['coroner']);
same('its supervisor', $before['supervisor']['descriptors'], $after['supervisor']['descriptors']);
same('left', [], $server->stop());
?>
done
--EXPECT--
done
