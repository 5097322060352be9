--TEST--
fpmsentinel.enable=0 leaves everything as it is without the extension
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$server = play(function (Server $server) {
    $server->script('page.php', 'echo "page";');
    $server->script('die.php', 'crashme("null-read");');
    [$pid] = $server->workers();
    $page = $server->get('/page.php');
    preg_match_all('~^(Sig(?:Cgt|Ign|Blk)|Threads):.*~m', file_get_contents("/proc/$pid/status"), $status);
    preg_match_all('~^[0-9a-f]+-[0-9a-f]+ rw-s .*/dev/zero~m', file_get_contents("/proc/$pid/maps"), $shared);
    $answer = $server->get('/die.php');
    return [$page, $status[0], count($shared[0]), $answer, $server->childExit($pid), errors($server, '/die.php')];
}, ['ini' => ['fpmsentinel.enable' => 0]]);
$server->script('loaded.php', 'echo ini_get("fpmsentinel.enable");');
same('loaded', '0', $server->get('/loaded.php')->body);
$server->records(0);
same('children', 1, count($server->until(fn () => $server->workers(), 10, 'the next worker')));
?>
done
--EXPECT--
done
