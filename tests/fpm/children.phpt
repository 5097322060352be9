--TEST--
Children of a worker: however they end, none leaves a record, and the worker that does leaves one
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
    $workers = $server->workers();
    foreach ($endings as $code => $output) {
        $server->script('child.php', "echo 'before '; $code echo ' after';");
        $answer = $server->get('/child.php');
        same($code, [200, "before $output after", null], [$answer->status, $answer->body, $answer->error]);
    }
    $server->script('child.php', implode(' ', array_keys($endings)) . ' crashme("nap", 500); echo " after";');
    same('all', [200, implode($endings) . ' after'], [($answer = $server->get('/child.php'))->status, $answer->body]);
    return $workers === $server->workers();
});
$server->records(0);
same("nginx's errors", [], $server->nginxErrors());

// The worker dies, before its children or after

$deaths = new Deaths;
$n = 0;
foreach ($endings as $code => $output) {
    $deaths->script('child' . ++$n . '.php', "$code crashme('null-write');");
    $deaths->inflict($code, 'segfault', "/child$n.php");
}
$deaths->script('lasting.php', 'exec("sleep 1 >/dev/null 2>&1 &"); proc_open(["sleep", "1"], [], $pipes); crashme("exit", 7);');
$deaths->inflict('lasting', 'exit_in_request', '/lasting.php');
$deaths->script('orphan.php', 'exec("sleep 1 >/dev/null 2>&1 &"); crashme("fork-late", 1000); crashme("raise", 15);');
$deaths->inflict('orphan', 'terminated', '/orphan.php');
usleep(500_000); // children that were still there
$deaths->records();
?>
done
--EXPECT--
done
