--TEST--
A record is one write() to a file opened for appending at that moment, so that no line can be torn
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; needs('strace'); ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$server = new Server;
$server->script('hello.php', 'echo "hello";');
$server->script('die.php', 'crashme("null-read");');
$server->get('/hello.php');
$pid = $server->coroner();
$trace = "$server->dir/trace";
$strace = proc_open(['strace', '-qq', '-e', 'trace=openat,open,write,writev,pwrite64', '-o', $trace, '-p', $pid], [],
    $pipes);
$traced = fn () => !str_contains(file_get_contents("/proc/$pid/status"), "TracerPid:\t0\n");
$server->until($traced, 10, 'strace');
$server->get('/die.php');
recordIs($server, $server->records(1)[0], 'segfault', '/die.php');
proc_terminate($strace, 2);
proc_close($strace);

$calls = file_get_contents($trace);
same('opened', 1, preg_match_all('~^openat\(\d+, "' . preg_quote(basename($server->log))
    . '", (.*O_WRONLY.*)\) = (\d+)\n~m', $calls, $opened, PREG_OFFSET_CAPTURE));
matches('opened', '~O_APPEND~', $opened[1][0][0]);
clearstatcache(); // Server::records() may have seen it empty
$length = filesize($server->log);
same('written', 1, preg_match_all("~^\w+\({$opened[2][0][0]}, (.*)$~m", $calls, $written, 0, $opened[0][0][1]));
matches('written', "~^\"\{.*, $length\)\s+= $length$~", $written[1][0]);
?>
done
--EXPECT--
done
