--TEST--
SIGSEGV handlers of others: one installed before ours, one after it that chains, one after it that does not
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$cases = [ // name => [before the script, in the script, si_code]
    'before' => [1, '', 'SEGV_MAPERR'],
    'after, chains' => [0, 'crashme("install-handler", 1);', 'SEGV_MAPERR'],
    // nothing of ours is called: the coroner's alone
    'after, does not chain' => [0, 'crashme("install-handler", 0);', null],
];
$output = tempnam(sys_get_temp_dir(), 'fps-');
chmod($output, 0666);
foreach ($cases as $name => [$minit, $install, $code]) {
    $server = play(function (Server $server) use ($install, $output) {
        file_put_contents($output, '');
        $server->script('die.php', "$install crashme('null-write');");
        [$pid] = $server->workers();
        return [$server->get('/die.php')->status, $server->childExit($pid), file_get_contents($output)];
    }, ['ini' => ['crashme.minit_handler' => $minit, 'crashme.output' => $output]]);
    same("$name: called", "crashme: earlier handler signo=11 code=1 addr=0\n", file_get_contents($output));
    [$record] = $server->records(1);
    recordIs($server, $record, 'segfault', '/die.php');
    same("$name: code", $code, $record['fpmsentinel']['signal']['code'] ?? null);
    same("$name: last words", $code ? 1 : 0, count(lastWords($server, '/die.php')));
}
unlink($output);
?>
done
--EXPECT--
done
