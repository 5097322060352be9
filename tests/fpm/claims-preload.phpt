--TEST--
opcache.preload runs code in no worker's name, and the workers record
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

$preload = tempnam(sys_get_temp_dir(), 'fps-');
chmod($preload, 0644);
register_shutdown_function('unlink', $preload);
file_put_contents($preload, '<?php
    class Preloaded { function f() { crashme("null-read"); } }
    array_map(fn ($n) => str_repeat("x", $n), range(1, 100)); // code that runs');

$deaths = new Deaths(['opcache' => true, 'ini' => ['opcache.preload' => $preload,
    'opcache.preload_user' => 'www-data']]);
$deaths->script('hello.php', 'echo "hello";');
$deaths->script('preloaded.php', '(new Preloaded)->f();');
same('hello', 'hello', $deaths->server->get('/hello.php')->body);
$deaths->server->records(0);
$deaths->inflict('preloaded', 'segfault', '/preloaded.php');
$deaths->inflict('next', 'segfault', '/die.php?what=null-read');
['preloaded' => ['fpmsentinel' => $first], 'next' => ['fpmsentinel' => $next]] = $deaths->records();
same('class', 'Preloaded', $first['php']['stack'][1]['class']);
same('requests served', [2, 1], [$first['requests_served'], $next['requests_served']]);
same('fpmsentinel in FPM\'s log', [], preg_grep('~fpmsentinel:~', explode("\n", $deaths->server->fpmLog())));
?>
done
--EXPECT--
done
