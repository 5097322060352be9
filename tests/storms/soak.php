<?php
/*
 * Deaths of all kinds beside reloads, stops and request_terminate_timeouts, each of which could be taken for another:
 * what is said of each must be what happened. FPM's own log tells which worker it has timed out. Run by dev/soak.
 *
 *     php soak.php SEED [DEATHS]
 *
 * Prints what was wrong, how long a SIGKILL took to have its record, and `N passed, N failed, 0 skipped`: of deaths.
 */
require __DIR__ . '/../fpm/server.inc';
require __DIR__ . '/../fpm/scenario.inc';

const POOLS = [
    'alpha' => ['pm.max_children' => 4],
    'bravo' => [],
    'charlie' => ['pm' => 'ondemand', 'pm.max_children' => 3],
    'delta' => ['pm.max_children' => 4, 'request_terminate_timeout' => '1s'],
    'echo' => ['request_terminate_timeout' => '1s'],
];
const KINDS = [ // how a request dies by itself => the cause
    'null-read' => 'segfault', 'abort' => 'abort', 'exit' => 'exit_in_request', '_exit' => 'exit_in_request',
        'kill-self' => 'killed',
];
const ARGUMENTS = ['exit' => 3, '_exit' => 3, 'kill-self' => 9];
const EVENTS = [ // what the storm does, and how often of 100
    'die' => 25, 'kill' => 25, 'terminate' => 8, 'kill-pool' => 5, 'nap' => 27, 'reload' => 4, 'stop' => 2,
        'hold-master' => 4,
];
/** Within that time of a reload or a stop a death may be of it, too: then what is not known must not be certain. */
const NEAR_S = 3.0;

final class Soak
{
    private Server $server;
    private array $open = [];     // n => request
    private array $inflicted = []; // n => [cause, time]
    private array $hit = [];       // pid => cause: its request may have ended just before, and another one begun
    private array $ends = [];     // times of reloads and stops
    private array $waits = [];    // pid => when it was killed
    private int $n = 0;
    public array $delays = [];    // ms
    public array $counts = [];

    public function __construct(private int $deaths, int $controlTimeout)
    {
        $pools = array_map(fn ($pool) => $pool + ['pm' => 'static', 'pm.max_children' => 1], POOLS);
        $this->server = new Server(['pools' => $pools, 'connections' => 1024,
            'fpm' => ['process_control_timeout' => $controlTimeout]]);
        mkdir("{$this->server->dir}/begun");
        chmod("{$this->server->dir}/begun", 0777);
        foreach (array_keys(POOLS) as $pool) {
            $begin = 'file_put_contents(__DIR__ . "/../../begun/" . $_GET["n"], getmypid());';
            $this->server->script("$pool/nap.php", "$begin usleep((int) \$_GET['us']); echo 'done';");
            $this->server->script("$pool/die.php", "$begin usleep((int) \$_GET['us']); "
                . "crashme(\$_GET['how'], (int) \$_GET['arg']);");
        }
    }

    public function run(): void
    {
        while (count($this->inflicted) < $this->deaths) {
            $event = $this->choose();
            $this->counts[$event] = ($this->counts[$event] ?? 0) + 1;
            $this->{lcfirst(str_replace('-', '', ucwords($event, '-')))}();
            $this->reap(12);
            $this->look();
            usleep(mt_rand(0, 20_000));
        }
        $this->reap(0);
    }

    private function choose(): string
    {
        $at = mt_rand(1, 100);
        foreach (EVENTS as $event => $share) {
            if (($at -= $share) <= 0) {
                return $event;
            }
        }
    }

    private function pool(): string
    {
        return array_keys(POOLS)[mt_rand(0, count(POOLS) - 1)];
    }

    private function start(string $pool, string $script, string $query): int
    {
        $this->open[++$this->n] = $this->server->start("/$pool/$script?n=$this->n&$query");
        return $this->n;
    }

    private function nap(): void
    {
        $this->start($this->pool(), 'nap.php', 'us=' . mt_rand(100_000, 3_000_000));
    }

    private function die(): void
    {
        $how = array_rand(KINDS);
        $n = $this->start($this->pool(), 'die.php', "how=$how&us=" . mt_rand(0, 300_000) . '&arg='
            . (ARGUMENTS[$how] ?? 0));
        $this->inflicted[$n] = [KINDS[$how], microtime(true)];
    }

    /** The pid of the worker that serves that request; null: none any more, or not yet. */
    private function pidOf(int $n): ?int
    {
        $pid = (int) @file_get_contents("{$this->server->dir}/begun/$n");
        return $pid && isset($this->open[$n]) && str_contains((string) @file_get_contents("/proc/$pid/cmdline"),
            ': pool ') ? $pid : null;
    }

    /** Kills the worker of a request that is asleep, or those of all in its pool. */
    private function inflict(string $signal, string $cause, bool $all = false): void
    {
        foreach (array_reverse(array_keys($this->open)) as $n) {
            if (!isset($this->inflicted[$n]) && ($pid = $this->pidOf($n))) {
                Server::kill($pid, $signal);
                $this->inflicted[$n] = [$cause, microtime(true)];
                $this->hit[$pid] = $cause;
                $this->waits += $signal === 'KILL' ? [$pid => hrtime(true)] : [];
                if (!$all) {
                    return;
                }
            }
        }
    }

    private function kill(): void
    {
        $this->inflict('KILL', 'killed');
    }

    private function terminate(): void
    {
        $this->inflict('TERM', 'terminated');
    }

    private function killPool(): void
    {
        $this->inflict('KILL', 'killed', all: true);
    }

    private function reload(): void
    {
        $this->ends[] = microtime(true);
        $this->server->signalMaster('USR2');
    }

    /** A master that reloads may lose a signal. */
    private function settle(): void
    {
        $isReady = fn () => strrpos($this->server->fpmLog(), 'ready to handle') >
            strrpos($this->server->fpmLog(), 'Reloading in');
        $this->server->until($isReady, 30, 'the reload');
    }

    private function stop(): void
    {
        $this->settle();
        $this->ends[] = microtime(true);
        $this->server->restart(['TERM', 'QUIT'][mt_rand(0, 1)]);
        $this->ends[] = microtime(true);
    }

    private function holdMaster(): void
    {
        $this->server->signalMaster('STOP');
        usleep(mt_rand(1_000, 200_000));
        $this->kill();
        usleep(mt_rand(1_000, 100_000));
        $this->server->signalMaster('CONT');
    }

    private function reap(int $most): void
    {
        while (count($this->open) > $most) {
            $n = array_key_first($this->open);
            $this->server->finish($this->open[$n], 60);
            unset($this->open[$n]);
        }
    }

    /** How long records have taken, as far as this looks often enough. */
    private function look(): void
    {
        foreach ($this->waits ? $this->server->rawRecords() : [] as $line) {
            $pid = json_decode($line)->process->pid;
            if (isset($this->waits[$pid])) {
                $this->delays[] = (hrtime(true) - $this->waits[$pid]) / 1e6;
                unset($this->waits[$pid]);
            }
        }
    }

    private function isNearAnEnd(float $time): bool
    {
        return (bool) array_filter($this->ends, fn ($end) => abs($end - $time) < NEAR_S);
    }

    /** What happened to that request's worker: the causes that are right, the surest first. */
    private function truth(int $n, int $pid, float $died): array
    {
        $timedOut = preg_match("~ child $pid, script .* execution timed out ~", $this->server->fpmLog());
        return array_values(array_filter([
            isset($this->inflicted[$n]) && !$timedOut ? $this->inflicted[$n][0] : null,
            $timedOut ? 'request_terminate_timeout' : null,
            $this->hit[$pid] ?? null,
            isset($this->inflicted[$n]) && $timedOut ? $this->inflicted[$n][0] : null,
            $this->isNearAnEnd($died) && !$timedOut ? 'fpm_reload' : null,
            $this->isNearAnEnd($died) && !$timedOut ? 'fpm_stop' : null,
        ]));
    }

    /** @return list<string> what is wrong */
    public function judge(): array
    {
        $records = $wrong = [];
        $this->counts['right'] = $this->counts['undecided'] = 0;
        foreach ($this->server->rawRecords() as $line) {
            $record = json_decode($line, true);
            $records[$record['http']['request']['id'] ?? ''][] = $record;
        }
        foreach (accessLog($this->server) as $line) {
            parse_str((string) parse_url($line['uri'], PHP_URL_QUERY), $query);
            $pid = (int) @file_get_contents("{$this->server->dir}/begun/$query[n]");
            if (!in_array($line['status'], [502, 504], true) || !$pid) {
                continue;
            }
            $found = $records[$line['request_id']] ?? [];
            if (count($found) !== 1) {
                $wrong[] = count($found) . " records of $line[uri], worker $pid";
                continue;
            }
            $died = (float) (new DateTimeImmutable($found[0]['@timestamp']))->format('U.u');
            $ours = $found[0]['fpmsentinel'];
            $truth = $this->truth((int) $query['n'], $pid, $died);
            if (in_array($ours['cause'], $truth, true)) {
                $this->counts['right']++;
            } elseif ($ours['confidence'] !== 'certain' && $this->isNearAnEnd($died)) {
                $this->counts['undecided']++;
            } else {
                $wrong[] = "$line[uri], worker $pid: " . json_encode(
                    [$ours['cause'], $ours['confidence'], $ours['evidence']])
                    . ' in place of ' . implode(' or ', $truth);
            }
        }
        return $wrong;
    }

    public function judgeWhenWritten(): array
    {
        $this->server->until(fn () => !preg_grep('~^0 records~', $this->judge()), 10);
        return $this->judge();
    }
}

$seed = (int) ($argv[1] ?? 1);
mt_srand($seed);
$soak = new Soak((int) ($argv[2] ?? 1000), $seed % 2);
$soak->run();
$wrong = $soak->judgeWhenWritten();
printf("seed %d, process_control_timeout %d: %s\n", $seed, $seed % 2, json_encode($soak->counts));
sort($soak->delays);
$at = fn (float $share) => round($soak->delays[(int) ($share * (count($soak->delays) - 1))] ?? 0, 1);
printf("SIGKILL to record, ms, of %d: p50 %s, p99 %s (looked at between events)\n", count($soak->delays), $at(0.5),
    $at(0.99));
array_map(fn ($line) => print("  $line\n"), array_slice($wrong, 0, 20));
printf("%d passed, %d failed, 0 skipped\n", $soak->counts['right'] + $soak->counts['undecided'], count($wrong));
exit($wrong ? 1 : 0);
