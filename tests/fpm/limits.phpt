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
$deaths->script('write.php', 'for (;;) { file_put_contents(__DIR__ . "/../log/written", str_repeat("x", 10_000), FILE_APPEND); }');
$deaths->limit('--cpu=1:3');
$deaths->inflict('cpu', 'cpu_limit', '/busy.php');
$deaths->limit('--fsize=100000');
$deaths->inflict('fsize', 'file_size_limit', '/write.php');
$deaths->inflict('raise cpu', 'cpu_limit', '/die.php?what=raise&arg=24');
$deaths->inflict('raise fsize', 'file_size_limit', '/die.php?what=raise&arg=25');
$records = $deaths->records();

foreach (['cpu' => ['SIGXCPU', 'RLIMIT_CPU is used up', '{main}'],
    'fsize' => ['SIGXFSZ', 'a file would grow over RLIMIT_FSIZE', 'file_put_contents']] as $name => [$signal, $message, $innermost]) {
    ['error' => $error, 'fpmsentinel' => $ours] = $records[$name];
    same("$name: error", ['type' => $signal, 'message' => $message], $error);
    same("$name: confidence", 'certain', $ours['confidence']);
    same("$name: sender", null, $ours['signal']['sender'] ?? null);
    same("$name: evidence", ['the kernel raised the signal'], $ours['evidence']);
    same("$name: innermost", $innermost, $ours['php']['stack'][0]['function']);
    same("$name: incomplete", [], $ours['incomplete']);

    ['error' => $error, 'fpmsentinel' => $ours, 'process' => ['pid' => $pid]] = $records["raise $name"];
    same("raise $name: error", ['type' => $signal, 'message' => "$signal was sent by process $pid"], $error);
    same("raise $name: sender", 'self', $ours['signal']['sender']['role']);
}
same('written', 100_000, filesize("{$deaths->server->dir}/log/written"));
?>
done
--EXPECT--
done
