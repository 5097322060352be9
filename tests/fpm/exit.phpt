--TEST--
C code that calls exit() in a request: one record; at the end of a worker, and in a child of it: none
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

// In a request; of _exit() nothing in the process gets to know, only the coroner does

$deaths = new Deaths;
foreach ([0, 7, 124] as $status) {
    $deaths->inflict("exit $status", 'exit_in_request', "/die.php?what=exit&arg=$status");
    $deaths->inflict("_exit $status", 'exit_in_request', "/die.php?what=_exit&arg=$status", silent: true);
    $deaths->inflict("quick_exit $status", 'exit_in_request', "/die.php?what=quick-exit&arg=$status");
    $deaths->inflict("exec $status", 'exit_in_request', "/die.php?what=become&arg=$status", silent: true);
}
/*
 * What remains of a process until FPM reaps it tells whether it had become another program: the coroner may be too late
 * for that.
 */
$ambiguous = fn (int $status) => "C code called _exit($status), or executed another program that did";
foreach ($deaths->records() as $name => ['error' => $error, 'fpmsentinel' => $ours]) {
    [$call, $status] = explode(' ', $name);
    $known = $error['message'] !== $ambiguous((int) $status);
    $message = $call === 'exec' ? "C code called exec(): the worker became the program sh, "
        . "which ended with status $status" : "C code called $call($status)";
    same("$name: error", ['type' => 'exit', 'message' => $known ? $message : $error['message']], $error);
    same("$name: confidence", 'certain', $ours['confidence']);
    same("$name: signal", null, $ours['signal'] ?? null);
    if (in_array($call, ['_exit', 'exec'])) {
        same("$name: evidence", "the kernel reports exit code $status; libc's exit handlers did not run",
            $ours['evidence'][0]);
        same("$name: more evidence", $known && $call === '_exit' ? 1 : 2, count($ours['evidence']));
        continue;
    }
    same("$name: whose", 'php', $ours['thread']);
    same("$name: incomplete", [], $ours['incomplete']);
    $script = "{$deaths->server->dir}/docroot/die.php";
    same("$name: stack", [['function' => 'crashme'], ['function' => '{main}', 'file' => $script, 'line' => 1]],
        $ours['php']['stack']);
    same("$name: our frames", [], preg_grep('~/fpmsentinel\.so$~', array_column($ours['native']['stack'], 'module')));
    same("$name: caller", true, (bool) preg_grep('~crashme~', array_column($ours['native']['stack'], 'module')));
}

// After the answer

$server = play(function (Server $server) {
    $server->script('finished.php', 'echo "page"; fastcgi_finish_request(); crashme("exit", 7);');
    [$pid] = $server->workers();
    return [$server->get('/finished.php'), $server->childExit($pid)];
});
[$record] = $server->records(1);
recordIs($server, $record, 'exit_in_request', '/finished.php');
same('finished', true, $record['fpmsentinel']['request']['finished']);
same("nginx's errors", [], $server->nginxErrors());

// In a child, and at the end of a worker: recycled, told to by SIGQUIT while idle and while busy

$server = play(function (Server $server) {
    $server->script('child.php', 'echo crashme("fork-exit", 7) >> 8;');
    $server->script('nap.php', untilReleased() . 'echo "page";');
    [$first] = $server->workers();
    $answers = [$server->get('/child.php'), $server->get('/child.php'), $server->get('/child.php')];
    $exits = [$server->childExit($first)];
    foreach (['/child.php', '/nap.php', '/idle'] as $path) {
        [$pid] = $server->until(fn () => array_diff($server->workers(), [$first]), 10, 'the next worker');
        $request = $path === '/idle' ? null : $server->start($path);
        $path === '/nap.php' && untilAsleep($server, $pid);
        $answers[] = $path === '/child.php' ? $server->finish($request) : null;
        Server::kill($first = $pid, 'QUIT');
        $path === '/nap.php' && release($server);
        $answers[] = $path === '/nap.php' ? $server->finish($request) : null;
        $exits[] = $server->childExit($pid);
    }
    return [$answers, $exits];
}, ['pool' => ['pm.max_requests' => 3]]);
$server->records(0);
same("nginx's errors", [], $server->nginxErrors());
?>
done
--EXPECT--
done
