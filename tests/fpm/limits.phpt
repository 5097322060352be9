--TEST--
Limits of the kernel: RLIMIT_CPU and RLIMIT_FSIZE
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$deaths = new Deaths;
$deaths->script('busy.php', 'for (;;);');
$deaths->script('write.php', 'for (;;) { file_put_contents(__DIR__ . "/../log/written", str_repeat("x", 10_000), '
    . 'FILE_APPEND); }');
$deaths->limit('--cpu=1:3');
$deaths->inflict('cpu', 'cpu_limit', '/busy.php');
$deaths->limit('--fsize=200000');
$deaths->inflict('fsize', 'file_size_limit', '/write.php');
$deaths->inflict('raise cpu', 'cpu_limit', '/die.php?what=raise&arg=24');
$deaths->inflict('raise fsize', 'file_size_limit', '/die.php?what=raise&arg=25');
$records = $deaths->records();

foreach (['cpu' => ['SIGXCPU', 'RLIMIT_CPU is used up', '{main}'],
    'fsize' => ['SIGXFSZ', 'a file would grow over RLIMIT_FSIZE', 'file_put_contents']] as $name =>
        [$signal, $message, $innermost]) {
    ['error' => $error, 'fpmsentinel' => $ours] = $records[$name];
    same("$name: error", ['type' => $signal, 'message' => $message], $error);
    same("$name: confidence", 'certain', $ours['confidence']);
    same("$name: sender", null, $ours['signal']['sender'] ?? null);
    same("$name: evidence", ['the kernel raised the signal'], $ours['evidence']);
    same("$name: innermost", $innermost, $ours['php']['stack'][0]['function']);
    same("$name: incomplete", [], $ours['incomplete']);

    ['error' => $error, 'fpmsentinel' => $ours, 'process' => ['pid' => $pid]] = $records["raise $name"];
    same("raise $name: error", ['type' => $signal, 'message' => "the worker sent itself $signal"], $error);
    same("raise $name: sender", 'self', $ours['signal']['sender']['role']);
}
same('written', 200_000, filesize("{$deaths->server->dir}/log/written"));

// Too little for a slot in a file: the worker serves, and records what it can record itself

$server = new Server(['wrapper' => ['prlimit', '--fsize=65536']]);
$server->script('die.php', 'crashme("null-read");');
$server->shareLog();
same('status', 502, $server->get('/die.php')->status);
[$record] = $server->records(1);
same('a small limit', ['segfault', 'worker'], [$record['fpmsentinel']['cause'], $record['fpmsentinel']['written_by']]);
$said = fn () => preg_match_all('~pool www: fpmsentinel: no memory that a worker and the coroner can share: file size '
    . 'limit reached~', $server->fpmLog());
same('said', 1, $server->until($said, 10, "the worker's line in FPM's log"));
$server->stop();

// ulimit -t and LimitCPU= set the hard limit as well, at which the kernel sends SIGKILL: a worker that gets there in
// one request, and in many; a request that sets the limit itself

foreach (['for (;;);', '$until = hrtime(true) + 5_000_000; while (hrtime(true) < $until); echo "done";',
    'exec("prlimit --cpu=1:1 --pid " . getmypid()); for (;;);'] as $n => $code) {
    $server = new Server(['wrapper' => $n === 2 ? [] : ['prlimit', '--cpu=1:1']]);
    $server->script('busy.php', $code);
    for ($requests = 1; $server->get('/busy.php')->status === 200; $requests++);
    same("$n: in one request", $n !== 1, $requests === 1);
    [$record] = $server->records(1);
    same("$n: cause", ['cpu_limit', 'probable'], [$record['fpmsentinel']['cause'],
        $record['fpmsentinel']['confidence']]);
    same("$n: error", ['type' => 'SIGKILL', 'message' => 'RLIMIT_CPU is used up'], $record['error']);
    $server->stop();
}
$server = new Server(['wrapper' => ['prlimit', '--cpu=20:20']]);
$server->script('sleep.php', 'for ($n = 0; $n < 3_000_000; $n++); sleep(30);');
$request = $server->start('/sleep.php');
[$pid] = $server->workers();
untilAsleep($server, $pid);
Server::kill($pid, 'KILL');
$server->finish($request);
same('killed', 'killed', $server->records(1)[0]['fpmsentinel']['cause']); // far from its limit
?>
done
--EXPECT--
done
