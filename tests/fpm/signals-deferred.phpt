--TEST--
A signal that the engine puts off in a critical section: one record, without the sender, whose siginfo is gone
--SKIPIF--
<?php
require __DIR__ . '/skipif.inc';
Server::builtWith('Zend Signal Handling') || die('skip without Zend Signals nothing is put off');
?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$signals = ['TERM' => 15, 'INT' => 2, 'HUP' => 1, 'USR1' => 10, 'USR2' => 12];

$deaths = new Deaths(['ini' => ['zend.max_allowed_stack_size' => -1]]);
foreach ($signals as $signal => $number) {
    $deaths->inflict($signal, 'terminated', "/die.php?what=raise-critical&arg=$number");
}
// The engine's queue: FPM's own handler is called for the first, and right after it ours for the second.
$deaths->inflict('TERM after QUIT', 'terminated', '/die.php?what=raise-critical&arg=' . (15 << 8 | 3));
// With 10 pages left of a stack of its own: two are litter, and the processor's state may take three. PHP 8.6 refuses a
// fiber with less than zend.reserved_stack_size
$deaths->script('fiber.php', 'ini_set("fiber.stack_size", 40960 + (128 << 10)); '
    . '(new Fiber("crashme"))->start("raise-critical", 128 << 16 | 15);');
$deaths->inflict('TERM in a fiber', 'terminated', '/fiber.php');
foreach ($deaths->records() as $name => ['fpmsentinel' => $ours, 'error' => $error]) {
    $signal = strtok($name, ' ');
    same("$name: signal", ['number' => $signals[$signal], 'name' => "SIG$signal"], $ours['signal']);
    same("$name: error", ['type' => "SIG$signal", 'message' => 'terminated'], $error);
    same("$name: confidence", ['possible', ['the engine deferred the signal, its sender is not known']],
        [$ours['confidence'], $ours['evidence']]);
    same("$name: innermost", ['function' => 'crashme'], $ours['php']['stack'][0]);
    same("$name: incomplete", ['native.stack'], $ours['incomplete']); // there is no context to begin from
    same("$name: native", null, $ours['native'] ?? null);
}

// One that ends nothing at once

$server = play(function (Server $server) {
    $server->script('quit.php', 'crashme("raise-critical", 3); echo "page";');
    [$pid] = $server->workers();
    return [$server->get('/quit.php'), $server->childExit($pid)];
});
$server->records(0);
same("nginx's errors", [], $server->nginxErrors());
?>
done
--EXPECT--
done
