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
}
foreach ($deaths->records() as $name => ['error' => $error, 'fpmsentinel' => $ours]) {
    same("$name: error", ['type' => 'exit', 'message' => 'C code called ' . strtr($name, ' ', '(') . ')'], $error);
    same("$name: confidence", 'certain', $ours['confidence']);
    same("$name: signal", null, $ours['signal'] ?? null);
    if ($name[0] === '_') {
        same("$name: evidence", ['the kernel reports exit code ' . substr($name, 6) . "; libc's exit handlers did not run"], $ours['evidence']);
        continue;
    }
    same("$name: incomplete", [], $ours['incomplete']);
    $script = "{$deaths->server->dir}/docroot/die.php";
    same("$name: stack", [['function' => 'crashme'], ['function' => '{main}', 'file' => $script, 'line' => 1]], $ours['php']['stack']);
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
told($server, $record, 'exit_in_request', '/finished.php');
same('finished', true, $record['fpmsentinel']['request']['finished']);
same("nginx's errors", [], $server->nginxErrors());

// In a child, and at the end of a worker: recycled, told to by SIGQUIT while idle and while busy

$server = play(function (Server $server) {
    $server->script('child.php', 'echo crashme("fork-exit", 7) >> 8;');
    $server->script('nap.php', 'crashme("nap", 500); echo "page";');
    [$first] = $server->workers();
    $answers = [$server->get('/child.php'), $server->get('/child.php'), $server->get('/child.php')];
    $exits = [$server->childExit($first)];
    foreach (['/child.php', '/nap.php', '/idle'] as $path) {
        [$pid] = $server->until(fn () => array_diff($server->workers(), [$first]), 10, 'the next worker');
        $request = $path === '/idle' ? null : $server->start($path);
        $path === '/nap.php' && untilAsleep($server, $pid);
        $answers[] = $path === '/child.php' ? $server->finish($request) : null;
        Server::kill($first = $pid, 'QUIT');
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
