--TEST--
A storm of one defect: from the eleventh death within a minute on a record is short; show adds the first's stack
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';

const DEATHS = 20; // within a minute, on a slow machine too

$server = new Server(['pools' => ['other' => ['user' => 'nobody', 'group' => 'nogroup']]]);
$code = 'function deep() { crashme("null-read"); } deep();';
$server->script('die.php', $code);
$server->script('other/die.php', $code);
$coroner = $server->coroner();
for ($n = 1; $n <= DEATHS; $n++) {
    $path = '/die.php' . ($n % 2 ? str_repeat('/long', 60) : ''); // PATH_INFO
    same("$n: status", 502, $server->get("$path?n=$n")->status);
    if ($n === 12) {
        $server->until(fn () => count($server->rawRecords()) >= $n, 10, 'the records so far');
        Server::kill($coroner, 'KILL'); // what has been counted outlives it
        $server->coroner($coroner);
    }
}
$records = $server->records(DEATHS); // all valid by the schema
$storms = array_map(fn ($record) => $record['fpmsentinel']['storm'] ?? null, $records);
same('full', array_fill(0, 10, null), array_slice($storms, 0, 10));
$first = $records[0]['event']['id'];
same('short', array_map(fn ($count) => ['first' => $first, 'count' => $count], range(11, DEATHS)),
    array_slice($storms, 10));
foreach ($server->rawRecords() as $i => $line) {
    same("$i: bytes", $i >= 10, strlen($line) < 700);
    same("$i: stack", $i < 10, str_contains($line, '"stack"'));
}
same('fingerprints', 1, count(array_unique(array_column(array_column($records, 'fpmsentinel'), 'fingerprint'))));
same('ids', DEATHS, count(array_unique(array_map(fn ($record) => $record['event']['id'], $records))));
$accessLog = accessLog($server);
foreach ($records as $i => $record) { // the numbers that nginx has
    same("$i: nginx", [$accessLog[$i]['pid'], $accessLog[$i]['connection'], $accessLog[$i]['request_id']],
        [$record['fpmsentinel']['nginx']['pid'], $record['fpmsentinel']['nginx']['connection'],
            $record['http']['request']['id']]);
}

// Nothing of it is another defect's

same('other: status', 502, $server->get('/other/die.php')->status);
$other = $server->records(DEATHS + 1)[DEATHS];
same('other: full', [true, true], [isset($other['fpmsentinel']['php']['stack']),
    !isset($other['fpmsentinel']['storm'])]);

// trace: each has its record, and the stack of the first

$incidents = trace($server, 'nginx', 'records');
same('trace: incidents', DEATHS + 1, count($incidents));
$shown = [];
foreach ($incidents as $incident) {
    same('trace: cause', ['segfault', 'certain', 'crashme', true],
        [$incident['cause'], $incident['certainty'], $incident['record']['stack'][0]['function'],
        str_contains($incident['record']['native'], 'crashme')]);
    $shown[] = $incident['record']['storm'] ?? null;
}
same('trace: storms', array_map(fn ($storm) => $storm ? $storm + ['first_read' => true] : null, $storms),
    array_slice($shown, 0, DEATHS));

// Without the first the tool says where the stack is

file_put_contents("$server->dir/short.jsonl", array_slice($server->rawRecords(), 10, DEATHS - 10));
$run = tool(['trace', '--all', '--records', "$server->dir/short.jsonl", "$server->dir/log/nginx.log"]);
same('trace: words', DEATHS - 10, preg_match_all("~which\s+is\s+not\s+among\s+the\s+input~",
    $run->output));
same('trace: first', true, str_contains($run->output, $first));
$last = $records[DEATHS - 1]['event']['id'];
matches('show: without', "~^$last\n.*  storm +record 20 of its kind within a minute, .*$first, "
    . "which\s+is\s+not\s+among~s", tool(['show', $last, "$server->dir/short.jsonl"])->output);
matches('report: without', "~^10 records, .*\n10 of them short, in storms; of 10 the full record is not .*"
    . "no stack: it is in record $first, which~s", tool(['report', "$server->dir/short.jsonl"])->output);

// show: its own numbers, and then the first one

$show = tool(['show', $last, $server->log])->output;
matches('show', "~^$last\n.*  storm +record 20 of its kind.*\nThe first record of this storm\n\n$first\n.*PHP "
    . "stack\n    0  crashme\n    1  deep .*Native stack\n.*crashme~s", $show);
$json = json_decode(tool(['show', '--json', $last, $server->log])->output, true);
same('show: JSON', [$last, $first, true], [$json['event']['id'], $json['fpmsentinel']['storm']['record']['event']['id'],
    isset($json['fpmsentinel']['storm']['record']['fpmsentinel']['php']['stack'])]);

// report: one defect

$report = tool(['report', $server->log])->output;
matches('report', "~^21 records, .*\n10 of them short, in storms\n.*By defect\n +20  segfault-[0-9a-f]{8}  .*\n +deep  "
    . "\S+/docroot/die\.php:1\n.*URL /die\.php \(10\) .*By script\n +20  \S+/docroot/die\.php .*~s", $report);
same('left', [], $server->stop());
?>
done
--EXPECT--
done
