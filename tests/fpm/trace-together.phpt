--TEST--
fpmsentinel trace: fifty deaths among 2,000 requests at once, all for one path: each line gets its own record
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';

$kinds = ['null-read' => 'segfault', 'abort' => 'abort', 'exit&arg=7' => 'exit_in_request',
    'divide-by-zero' => 'floating_point_error',
    'illegal-instruction' => 'illegal_instruction', 'bad-syscall' => 'bad_syscall', 'raise&arg=9' => 'killed',
    '_exit&arg=3' => 'exit_in_request',
    'bus-truncated-mapping' => 'bus_error', 'memory' => 'memory_limit'];
const REQUESTS = 2000, DEATHS = 50;

// for all connections: the client's, and nginx's, which inherits it
exec('prlimit --nofile=16384:16384 --pid=' . getmypid());

foreach ([true, false] as $lastWords) {
    $server = new Server(['connections' => 8192, 'pool' => ['pm.max_children' => 16, 'listen.backlog' => 4096],
        'ini' => ['fpmsentinel.last_words' => (int) $lastWords]]);
    $server->script('page.php', <<<'PHP'
        if ($_GET['what'] === 'memory') {
            str_repeat('x', 1 << 30);
        } elseif ($_GET['what'] !== 'nothing') {
            crashme($_GET['what'], (int) ($_GET['arg'] ?? 0));
        }
        usleep(5_000);
        echo 'hello';
        PHP);
    $names = array_keys($kinds);
    $requests = [];
    for ($n = 0; $n < REQUESTS; $n++) {
        $what = $n % (REQUESTS / DEATHS) ? 'nothing' : $names[$n / (REQUESTS / DEATHS) % count($names)];
        $requests[] = $server->start("/page.php?what=$what");
    }
    array_map(fn ($request) => $server->finish($request, 120), $requests);
    $server->records(DEATHS);

    $expected = [];
    foreach ($server->until(fn () => count(accessLog($server)) === REQUESTS ? accessLog($server) : null, 10,
        "nginx's access log") as $line) {
        $what = substr($line['uri'], strlen('/page.php?what='));
        $what !== 'nothing' && $expected["$line[pid] $line[connection]"] =
            [$kinds[$what], $line['request_id'], 'certain'];
    }
    $found = [];
    foreach (trace($server) as $incident) {
        $found["{$incident['nginx']['pid']} {$incident['nginx']['connection']}"] =
            [$incident['cause'], $incident['record']['request_id'] ?? null, $incident['certainty']];
    }
    ksort($expected);
    ksort($found);
    same('lines', DEATHS, count($expected));
    same('joined', $expected, $found);
}
?>
done
--EXPECT--
done
