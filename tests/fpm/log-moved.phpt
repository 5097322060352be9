--TEST--
The log is renamed, deleted and truncated between two deaths
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$server = new Server;
$server->script('hello.php', 'echo "hello";');
$server->script('die.php', 'crashme("null-read");');
$log = $server->log;
foreach ([fn () => rename($log, "$log.1"), fn () => unlink($log), fn () => file_put_contents($log, '')] as $move) {
    [$pid] = $server->until(fn () => $server->workers(), 10, 'a worker');
    same('hello', 'hello', $server->get('/hello.php')->body); // now it knows its log
    if (is_file($log)) {
        $move();
    }
    $server->get('/die.php');
    same('exit', 'exited on signal 11 (SIGSEGV)', $server->childExit($pid));
    [$record] = $server->records(1);
    same('pid', $pid, $record['process']['pid']);
    same('request', array_column(accessLog($server), 'request_id')[count(accessLog($server)) - 1],
        $record['http']['request']['id']);
    same('mode', [0100640, 'root'], [fileperms($log), trim(shell_exec("stat -c %U $log"))]);
    clearstatcache();
}
?>
done
--EXPECT--
done
