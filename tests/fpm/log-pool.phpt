--TEST--
A pool's own log, by php_admin_value[fpmsentinel.log]
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$dir = sys_get_temp_dir() . '/fps-log-' . bin2hex(random_bytes(6));
mkdir($dir);
chown($dir, 'www-data');
register_shutdown_function(fn () => exec("rm -r $dir"));

$server = new Server(['pool' => ['php_admin_value[fpmsentinel.log]' => "$dir/www.jsonl"]]);
$server->script('die.php', 'crashme("null-read");');
[$pid] = $server->workers();
same('status', 502, $server->get('/die.php')->status);
same('exit', 'exited on signal 11 (SIGSEGV)', $server->childExit($pid));
$server->records(0);
$server->log = "$dir/www.jsonl";
recordIs($server, $server->records(1)[0], 'segfault', '/die.php');
same('mode', [0100640, 'www-data'], [fileperms("$dir/www.jsonl"), trim(shell_exec("stat -c %U $dir/www.jsonl"))]);
same('last words', 1, count(lastWords($server, '/die.php')));
?>
done
--EXPECT--
done
