--TEST--
A damaged cache kills worker after worker: trace says so; a reload ends it, killing the workers does not. A damaged file cache is to be deleted
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';
require __DIR__ . '/trace.inc';

$page = 'class Shop { const SIZES = [1, 2, 3]; function go() { return array_map("strval", self::SIZES); } } (new Shop)->go(); echo "served";';
$server = new Server(['opcache' => true, 'ini' => ['opcache.file_update_protection' => 0, 'opcache.jit' => 'disable']]);
$server->script('page.php', $page);
$server->script('damage.php', 'crashme("damage-opcache"); crashme("kill-self", 9);');
same('before', 'served', $server->get('/page.php')->body);
same('damage', 502, $server->get('/damage.php')->status);
$server->records(1);
for ($i = 1; $i <= 4; $i++) {
    same("worker $i", 502, $server->get('/page.php')->status);
    $server->records(1 + $i);
}
$advice = json_encode(array_column(trace($server, 'nginx', 'records', 'fpm-log'), 'advice'));
matches('trace', '~Worker after worker.*Reload FPM~', $advice);
$server->signalMaster('USR2');
$server->until(fn () => substr_count($server->fpmLog(), 'ready to handle connections') > 1, 10, 'the reload');
same('after a reload', 'served', $server->get('/page.php')->body);
?>
done
--EXPECT--
done
