--TEST--
fpmsentinel trace: deaths of several kinds among many requests at once, all for the same URL: each line gets its own record
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';

$kinds = ['null-read' => 'segfault', 'abort' => 'abort', 'exit&arg=7' => 'exit_in_request', 'divide-by-zero' => 'floating_point_error',
    'illegal-instruction' => 'illegal_instruction', 'bad-syscall' => 'bad_syscall', 'raise&arg=9' => 'killed', '_exit&arg=3' => 'exit_in_request',
    'bus-truncated-mapping' => 'bus_error', 'memory' => 'memory_limit'];
$expected = []; // $request_id => cause

foreach ([true, false] as $lastWords) {
    $server = new Server(['pool' => ['pm.max_children' => 16], 'ini' => ['fpmsentinel.last_words' => (int) $lastWords]]);
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
    for ($round = 0; $round < 50; $round++) {
        $whats = array_fill(0, 19, 'nothing');
        array_splice($whats, $round % 20, 0, [$names[$round % count($names)]]);
        $requests = array_map(fn ($what) => $server->start("/page.php?what=$what"), $whats);
        array_map($server->finish(...), $requests);
    }
    $server->records(50);

    $expected = [];
    foreach ($server->until(fn () => count(accessLog($server)) === 1000 ? accessLog($server) : null, 10, "nginx's access log") as $line) {
        $what = substr($line['uri'], strlen('/page.php?what='));
        $what !== 'nothing' && $expected["$line[pid] $line[connection]"] = [$kinds[$what], $line['request_id'], 'certain'];
    }
    $found = [];
    foreach (trace($server) as $incident) {
        $found["{$incident['nginx']['pid']} {$incident['nginx']['connection']}"] =
            [$incident['cause'], $incident['record']['request_id'] ?? null, $incident['certainty']];
    }
    ksort($expected);
    ksort($found);
    same('lines', 50, count($expected));
    same('joined', $expected, $found);
}
?>
done
--EXPECT--
done
