--TEST--
A signal that is survived leaves errno as it was
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

// SIGTRAP has an earlier handler that does nothing, SIGQUIT has FPM's.
foreach (['SIGTRAP' => 5, 'SIGQUIT' => 3] as $name => $signal) {
    $server = new Server(['ini' => ['crashme.minit_recover' => 5]]);
    $server->coroner(); // so the extension is in it
    $server->script('errno.php', "echo crashme('errno-after', $signal), ' ', crashme('errno-after', $signal);");
    same($name, '18 18', $server->get('/errno.php')->body);
}
?>
done
--EXPECT--
done
