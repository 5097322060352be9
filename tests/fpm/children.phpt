--TEST--
Children of a worker: the fault of a forked one is recorded, no other end of one is; the worker's death is its own
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$endings = [ // code that starts a child => what it echoes
    'echo crashme("fork", 0) & 127;' => '11',
    'echo crashme("fork", 6) & 127;' => '6',
    'echo crashme("fork", 15) & 127;' => '15',
    'echo crashme("fork", -1);' => '0',
    'echo crashme("fork-exit", 7) >> 8;' => '7',
    'crashme("fork-late", 300);' => '',
    '$process = proc_open(["sh", "-c", "kill -SEGV $$"], [], $pipes); '
        . 'while (($status = proc_get_status($process))["running"]) { usleep(1000); } echo $status["termsig"];' => '11',
    'exec("(sleep 0.3; kill -SEGV $$) >/dev/null 2>&1 &");' => '',
    'exec("sh -c \'sleep 0.3; kill -SEGV $$\' >/dev/null 2>&1 &");' => '',
];
$endings = array_combine(array_map(fn ($code) => str_replace('$$', '\$\$', $code), array_keys($endings)), $endings);

// The worker lives on, with the answer sent and while it is being made

$server = play(function (Server $server) use ($endings) {
    $workers = $GLOBALS['workers'] = $server->workers();
    foreach ($endings as $code => $output) {
        $server->script('child.php', "echo 'before '; $code echo ' after';");
        $answer = $server->get('/child.php');
        same($code, [200, "before $output after", null], [$answer->status, $answer->body, $answer->error]);
    }
    $server->script('child.php', implode(' ', array_keys($endings)) . ' crashme("nap", 500); echo " after";');
    same('all', [200, implode($endings) . ' after'], [($answer = $server->get('/child.php'))->status, $answer->body]);
    return $workers === $server->workers();
});

/** What a child's record says, and that it is neither the worker's nor that of another request than the page's. */
function ofChild(Server $server, array $record): string
{
    $access = array_column(accessLog($server), null, 'request_id');
    $ours = $record['fpmsentinel'];
    same('action', ['child-death', false, 'error'], [$record['event']['action'], $ours['worker_died'],
        $record['log']['level']]);
    same('parent', [$ours['pid'] ?? null, true], [null, in_array($record['process']['parent']['pid'],
        $GLOBALS['workers'], true)]);
    same('child', false, in_array($record['process']['pid'], $GLOBALS['workers'], true));
    same('request', '/child.php', $access[$record['http']['request']['id']]['uri']);
    same('native stack', true, count($ours['native']['stack'] ?? []) > 0);
    matches('message', "~ in forked child {$record['process']['pid']}: .*/child\.php~", $record['message']);
    same('incomplete', [], $ours['incomplete']);
    return "{$ours['cause']}, {$ours['confidence']}, in {$ours['php']['stack'][0]['function']}()";
}

$records = $server->records(6);
$told = array_map(fn ($record) => ofChild($server, $record), $records);
sort($told);
same('told', ['abort, certain, in crashme()', 'abort, certain, in crashme()',
    ...array_fill(0, 4, 'segfault, certain, in crashme()')], $told);
same('ids', 6, count(array_unique(array_map(fn ($record) => $record['event']['id'], $records))));
same("nginx's errors", [], $server->nginxErrors());

// The worker dies, before its children or after

$deaths = new Deaths;
$n = 0;
foreach ($endings as $code => $output) {
    $deaths->script('child' . ++$n . '.php', "$code crashme('null-write');");
    $deaths->inflict($code, 'segfault', "/child$n.php");
}
$deaths->script('lasting.php', 'exec("sleep 1 >/dev/null 2>&1 &"); proc_open(["sleep", "1"], [], $pipes); '
    . 'crashme("exit", 7);');
$deaths->inflict('lasting', 'exit_in_request', '/lasting.php');
$deaths->script('orphan.php', 'exec("sleep 1 >/dev/null 2>&1 &"); crashme("fork-late", 1000); crashme("raise", 15);');
$deaths->inflict('orphan', 'terminated', '/orphan.php');
$inDocroot = fn (string $cwd) => str_starts_with((string) @readlink($cwd), "{$deaths->server->dir}/docroot");
eventually('children that were still there', fn () => !array_filter(glob('/proc/[0-9]*/cwd'), $inDocroot));
$deaths->records(2);

// A child that ends the request as well, and goes on as if it were a worker: its next request is none that it records

$server = new Server;
$server->script('twice.php', 'crashme("fork-on"); echo "page";');
$server->script('die.php', 'crashme("null-read");');
[$pid] = $server->workers();
$server->get('/twice.php');
untilIdle($server, $pid);
Server::kill($pid, 'STOP');
same('by the child', 502, $server->get('/die.php')->status);
Server::kill($pid, 'KILL');
$server->until(fn () => array_diff($server->workers(), [$pid]), 10, 'the next worker');
$server->records(0);
?>
done
--EXPECT--
done
