--TEST--
A damaged cache kills worker after worker: trace says so; a reload ends it, a damaged file cache is to be deleted
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';
require __DIR__ . '/trace.inc';

$page = 'class Shop { const SIZES = [1, 2, 3]; function go() { return array_map("strval", self::SIZES); } } '
    . '(new Shop)->go(); echo "served";';
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

// What opcache reads from files it trusts, unless it is asked to check them.
$store = sys_get_temp_dir() . '/fps-store-' . getmypid();
mkdir($store);
chmod($store, 0777);
$server = new Server(['opcache' => true, 'ini' => ['opcache.file_cache' => $store, 'opcache.file_cache_only' => 1,
    'opcache.file_cache_consistency_checks' => 0,
    'opcache.file_update_protection' => 0]]);
$server->script('page.php', $page);
same('before', 'served', $server->get('/page.php')->body);
foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator($store,
    FilesystemIterator::SKIP_DOTS)) as $file) {
    $data = file_get_contents($file);
    for ($i = 400; $i < strlen($data); $i += 8) {
        $data[$i] = "\x7f";
    }
    file_put_contents($file, $data);
}
same('from a broken file', 502, $server->get('/page.php')->status);
same('evidence', true, in_array("opcache.file_cache is $store", $server->records(1)[0]['fpmsentinel']['evidence']));
matches('trace', '~Delete the files in opcache\.file_cache~',
    json_encode(array_column(trace($server, 'nginx', 'records', 'fpm-log'), 'advice')));
exec('rm -rf ' . escapeshellarg($store));
?>
done
--EXPECT--
done
