--TEST--
Loaded by a pool's php_admin_value[extension]: it says so and does nothing
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

/** All that a worker shows while it serves and while it dies. */
function life(array $options): object
{
    $server = new Server(['extension' => false] + $options);
    $server->script('page.php', 'echo implode(",", array_keys(ini_get_all()));');
    $server->script('die.php', 'crashme("null-read");');
    [$pid] = $server->workers();
    $status = $server->get('/page.php')->status;
    preg_match_all('~^Sig(?:Pnd|Blk|Ign|Cgt):.*~m', file_get_contents("/proc/$pid/status"), $signals);
    $answer = $server->get('/die.php');
    $seen = [$status, $signals[0], $answer->status, $server->childExit($pid), array_column($server->nginxErrors(), 'message')];
    $server->records(0);
    return (object) ['seen' => $seen, 'said' => preg_match_all('~fpmsentinel: .*~', $server->fpmLog(), $m) ? $m[0] : [], 'exit' => $pid];
}

$late = life(['pool' => ['php_admin_value[extension]' => Server::path('TEST_FPMSENTINEL_SO')]]);
$without = life([]);
same('seen', $without->seen, $late->seen);
same('said without', [], $without->said);
// The worker that follows the dead one says it as well.
same('said', 1, count(array_unique($late->said)));
matches('said', '~^fpmsentinel: loaded by a pool\'s php_admin_value\[extension\]: it must be loaded in php\.ini to watch workers~', $late->said[0]);
?>
done
--EXPECT--
done
