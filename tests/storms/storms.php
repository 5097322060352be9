<?php
/*
 * Storms of deaths while coroner and supervisor are killed and stopped at random: each death of a request must have
 * its one record, with its own identity. Run by dev/storms, which builds; not part of dev/test, since it takes minutes.
 *
 *     php storms.php SEED [DEATHS]
 *
 * Prints a line for each storm and `N passed, N failed, 0 skipped`.
 */
require __DIR__ . '/../fpm/server.inc';
require __DIR__ . '/../fpm/scenario.inc';

const POOLS = ['alpha', 'bravo', 'charlie', 'delta'];
const KINDS = [ // how a request dies => the cause, and what it is when nobody but the kernel knows
    'null-read' => 'segfault', 'abort' => 'abort', 'exit' => 'exit_in_request', '_exit' => 'exit_in_request',
    'kill-self' => 'killed', 'c-recursion' => 'stack_overflow',
];
const ARGUMENTS = ['exit' => 3, '_exit' => 3, 'kill-self' => 9];

$seed = (int) ($argv[1] ?? 1);
$deaths = (int) ($argv[2] ?? 1000);
$passed = $failed = 0;

/** A server with four pools of four workers, whose requests leave a mark when PHP has begun with them. */
function stormServer(array $options = []): Server
{
    $pool = ['pm' => 'static', 'pm.max_children' => 4];
    $server = new Server($options + ['pools' => array_fill_keys(POOLS, $pool), 'connections' => 1024,
        'ini' => ['fpmsentinel.sample_interval' => 0]]);
    mkdir("$server->dir/begun", 0777);
    chmod("$server->dir/begun", 0777);
    foreach (POOLS as $name) {
        $server->script("$name/die.php", 'touch(__DIR__ . "/../../begun/" . $_GET["n"]); '
            . 'usleep((int) ($_GET["us"] ?? 0)); crashme($_GET["how"], (int) ($_GET["arg"] ?? 0));');
        $server->script("$name/work.php", 'touch(__DIR__ . "/../../begun/" . $_GET["n"]); usleep((int) $_GET["us"]); '
            . 'echo "done";');
    }
    return $server;
}

/** Pids of this server's sentinels by title; some may be gone already. */
function sentinels(Server $server, string $title): array
{
    $pids = [];
    foreach (glob('/proc/[0-9]*') as $proc) {
        if (trim(strtr((string) @file_get_contents("$proc/cmdline"), "\0", ' ')) === $title
            && str_contains((string) @file_get_contents("$proc/environ"), "FPMSENTINEL_TEST=$server->dir")) {
            $pids[] = (int) basename($proc);
        }
    }
    return $pids;
}

/** What goes wrong around the deaths: each call does something, or nothing; `end` lets all go on. */
final class Chaos
{
    private array $stopped = []; // pid => when it goes on
    public array $counts = ['coroner killed' => 0, 'coroner stopped' => 0, 'supervisor stopped' => 0];

    public function __construct(private Server $server)
    {
    }

    public function act(): void
    {
        $this->letGo(hrtime(true));
        [$title, $what] = [['php-fpm: sentinel', 'kill'], ['php-fpm: sentinel', 'stop'],
            ['php-fpm: sentinel supervisor', 'stop'], ['', '']][mt_rand(0, 3)];
        $pids = $title ? sentinels($this->server, $title) : [];
        if (!$pids) {
            return;
        }
        $pid = $pids[mt_rand(0, count($pids) - 1)];
        if ($what === 'kill') {
            Server::kill($pid, 'KILL');
            $this->counts['coroner killed']++;
        } elseif (!isset($this->stopped[$pid])) {
            Server::kill($pid, 'STOP');
            $this->stopped[$pid] = hrtime(true) + mt_rand(10, 500) * 1_000_000;
            $this->counts[($title === 'php-fpm: sentinel' ? 'coroner' : 'supervisor') . ' stopped']++;
        }
    }

    private function letGo(int $now): void
    {
        foreach ($this->stopped as $pid => $until) {
            if ($until <= $now) {
                exec("kill -CONT $pid 2>&1");
                unset($this->stopped[$pid]);
            }
        }
    }

    public function end(): void
    {
        $this->letGo(PHP_INT_MAX);
    }
}

/** Sends requests, so many at once, until the generator has no more; calls `between` after each. */
function fire(Server $server, iterable $paths, int $atOnce, callable $between): void
{
    $open = [];
    foreach ($paths as $path) {
        $open[] = $server->start($path, ['Connection' => 'close']);
        if (count($open) >= $atOnce) {
            $server->finish(array_shift($open), 60);
            $between();
        }
    }
    array_map(fn ($request) => $server->finish($request, 60), $open);
}

/** Compares nginx's log, the marks and the records; gives what is wrong. */
function compare(Server $server, bool $onlyKnown): array
{
    $wrong = [];
    $died = $begun = $records = [];
    foreach (accessLog($server) as $line) {
        parse_str((string) parse_url($line['uri'], PHP_URL_QUERY), $query);
        if (in_array($line['status'], [502, 504], true)) {
            $died[$line['request_id']] = $line + ['query' => $query, 'pool' => explode('/', $line['uri'])[1]];
            $begun[$line['request_id']] = is_file("$server->dir/begun/{$query['n']}");
        }
    }
    foreach ($server->rawRecords() as $line) {
        $record = json_decode($line, true);
        $records[$record['http']['request']['id'] ?? ''][] = $record;
    }
    $twice = 0;
    foreach ($died as $id => $request) {
        $found = $records[$id] ?? [];
        $twice += count($found) > 1 ? 1 : 0;
        if (!$found && !$begun[$id]) {
            continue; // PHP may never have seen it
        }
        if (count(array_unique(array_map(fn ($record) => $record['event']['id'], $found))) !== 1) {
            $wrong[] = count($found) . " records of $request[uri]";
            continue;
        }
        $record = $found[0];
        $expected = [$request['pool'], "$server->dir/$request[pool].sock",
            "/$request[pool]/" . basename(strtok($request['uri'], '?')), $request['connection']];
        $ours = $record['fpmsentinel'];
        // a short record may have no room for it
        $listen = $ours['listen'] ?? (in_array('listen', $ours['incomplete'], true) ? $expected[1] : null);
        $is = [$ours['pool'] ?? null, $listen, $record['url']['path'] ?? null, $ours['nginx']['connection'] ?? null];
        $cause = isset($request['query']['how']) && $onlyKnown ? KINDS[$request['query']['how']] : $ours['cause'];
        if ($is !== $expected || $ours['cause'] !== $cause) {
            $wrong[] = json_encode([$is, $ours['cause']]) . ' in place of ' . json_encode([$expected, $cause]);
        }
    }
    // A worker that is ended between its last write and the end of the request leaves a 104 beside a whole answer, or
    // nothing at all once the connection has been closed: that has its record, too
    $reset = array_flip(array_filter(array_map(fn ($error) => $error->connection, $server->nginxErrors())));
    $connections = array_column(accessLog($server), 'connection', 'request_id');
    foreach (array_diff_key($records, $died) as $id => $found) {
        if (isset($connections[$id], $reset[$connections[$id]]) || $found[0]['fpmsentinel']['phase'] === 'shutdown') {
            continue;
        }
        $wrong[] = 'a record of a request that did not die: '
            . json_encode([$id, $found[0]['fpmsentinel']['cause'], $found[0]['url']['path'] ?? null]);
    }
    return [count(array_filter($begun)), $twice, $wrong];
}

/** Waits for what is missing, judges and prints. */
function judge(string $name, Server $server, array $counts, bool $onlyKnown): void
{
    global $passed, $failed;
    $server->until(fn () => !compare($server, $onlyKnown)[2], 90);
    [$died, $twice, $wrong] = compare($server, $onlyKnown);
    $wrong ? $failed++ : $passed++;
    $counts = implode(', ', array_map(fn ($what, $n) => "$what $n", array_keys($counts), $counts));
    printf("%s %s: %d deaths, %d event ids twice; %s\n", $wrong ? 'FAIL' : 'PASS', $name, $died, $twice, $counts);
    foreach (array_slice($wrong, 0, 10) as $line) {
        echo "  $line\n";
    }
    if ($wrong) {
        foreach (['php-fpm: sentinel supervisor', 'php-fpm: sentinel'] as $title) {
            echo "  $title: ", implode(' ', sentinels($server, $title)) ?: 'gone', "\n";
        }
        copy("$server->dir/log/fpm.log", sys_get_temp_dir() . '/storm-fpm.log');
        copy($server->log, sys_get_temp_dir() . '/storm-records.jsonl');
    }
}

function deathPaths(int $deaths): iterable
{
    for ($n = 0; $n < $deaths; $n++) {
        $how = array_keys(KINDS)[mt_rand(0, count(KINDS) - 1)];
        yield '/' . POOLS[mt_rand(0, 3)] . "/die.php?n=$n&how=$how&us=" . mt_rand(0, 3000) . '&arg='
            . (ARGUMENTS[$how] ?? 0);
    }
}

mt_srand($seed);
echo "seed $seed\n";

$server = stormServer();
$chaos = new Chaos($server);
$acted = 0;
fire($server, deathPaths($deaths), 12, function () use ($chaos, &$acted) {
    ++$acted % 15 === 0 && $chaos->act();
});
$chaos->end();
judge('coroner killed and stopped', $server, $chaos->counts, true);
$server->stop();

// Reloads ten times a second, for ten seconds

$server = stormServer();
$chaos = new Chaos($server);
$until = hrtime(true) + 10_000_000_000;
$next = hrtime(true);
$reloads = 0;
$paths = (function () use ($until) {
    for ($n = 0; hrtime(true) < $until; $n++) {
        $pool = POOLS[mt_rand(0, 3)];
        $how = array_keys(KINDS)[mt_rand(0, count(KINDS) - 1)];
        yield mt_rand(0, 1) ? "/$pool/work.php?n=$n&us=" . mt_rand(0, 20000)
            : "/$pool/die.php?n=$n&how=$how&us=" . mt_rand(0, 3000) . '&arg=' . (ARGUMENTS[$how] ?? 0);
    }
})();
fire($server, $paths, 12, function () use ($server, &$next, &$reloads, $chaos) {
    if (hrtime(true) >= $next) {
        $server->signalMaster('USR2');
        $reloads++;
        $next = hrtime(true) + 100_000_000;
        mt_rand(0, 3) === 0 && $chaos->act();
    }
});
$chaos->end();
judge('reloads', $server, ['reloads' => $reloads] + $chaos->counts, false);
$server->stop();

// The supervisor is killed as well: what a pool's user may write is in its log, the rest on standard error

$server = stormServer(['pools' => array_fill_keys(POOLS, ['pm' => 'static', 'pm.max_children' => 4])]);
$paths = iterator_to_array(deathPaths(intdiv($deaths, 4)));
$half = intdiv(count($paths), 2);
$server->shareLog();
fire($server, array_slice($paths, 0, $half), 12, fn () => null);
$server->until(fn () => !compare($server, true)[2], 30);
foreach (['php-fpm: sentinel supervisor', 'php-fpm: sentinel'] as $title) {
    array_map(fn ($pid) => Server::kill($pid, 'KILL'), sentinels($server, $title));
}
$server->until(fn () => !sentinels($server, 'php-fpm: sentinel'), 10, 'both to end');
$catchable = array_filter(array_slice($paths, $half), fn ($path) => !preg_match('~how=(_exit|kill-self)~', $path));
fire($server, $catchable, 12, fn () => null);
judge('supervisor killed', $server, [], true);
$server->stop();

printf("%d passed, %d failed, 0 skipped\n", $passed, $failed);
exit($failed ? 1 : 0);
