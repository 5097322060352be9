--TEST--
SIGSEGV handlers of others: one installed before ours, one after it that chains, one after it that does not
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$cases = [ // name => [before the script, in the script, how many records]
    'before' => [1, '', 1],
    'after, chains' => [0, 'crashme("install-handler", 1);', 1],
    'after, does not chain' => [0, 'crashme("install-handler", 0);', 0], // nothing of ours is called
];
$output = tempnam(sys_get_temp_dir(), 'fps-');
chmod($output, 0666);
foreach ($cases as $name => [$minit, $install, $count]) {
    $server = play(function (Server $server) use ($install, $output) {
        file_put_contents($output, '');
        $server->script('die.php', "$install crashme('null-write');");
        [$pid] = $server->workers();
        return [$server->get('/die.php')->status, $server->childExit($pid), file_get_contents($output)];
    }, ['ini' => ['crashme.minit_handler' => $minit, 'crashme.output' => $output]]);
    same("$name: called", "crashme: earlier handler signo=11 code=1 addr=0\n", file_get_contents($output));
    foreach ($server->records($count) as $record) {
        told($server, $record, 'segfault', '/die.php');
        same("$name: code", 'SEGV_MAPERR', $record['fpmsentinel']['signal']['code']);
    }
    same("$name: last words", $count, count(lastWords($server, '/die.php')));
}
unlink($output);
?>
done
--EXPECT--
done
