--TEST--
request_terminate_timeout: one record, last words beside the 104, with nothing sent and with a part sent
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

foreach (['unix', 'tcp'] as $upstream) {
    $deaths = new Deaths(['upstream' => $upstream, 'pool' => ['request_terminate_timeout' => '1s']]);
    $deaths->script('unsent.php', 'sleep(30);');
    $deaths->script('flushed.php', 'echo str_repeat("x", 10_000); flush(); sleep(30);');
    $deaths->inflict('unsent', 'request_terminate_timeout', '/unsent.php');
    $deaths->inflict('flushed', 'request_terminate_timeout', '/flushed.php');
    foreach ($deaths->records() as $name => ['error' => $error, 'fpmsentinel' => $ours]) {
        same("$name: error", ['type' => 'SIGTERM', 'message' => 'terminated by the FPM master'], $error);
        same("$name: confidence", 'certain', $ours['confidence']);
        $master = $deaths->server->masterPid;
        same("$name: evidence", ["sender $master is the FPM master", 'no SIGQUIT came first'],
            array_slice($ours['evidence'], 0, 2));
        matches("$name: evidence", DEED, $ours['evidence'][2]);
        same("$name: sender", ['pid' => $master, 'uid' => 0, 'role' => 'fpm-master'], $ours['signal']['sender']);
        same("$name: elapsed", true, $ours['request']['elapsed_ms'] >= 1000);
        same("$name: headers sent", $name === 'flushed', $ours['request']['headers_sent']);
        same("$name: innermost", ['function' => 'sleep'], $ours['php']['stack'][0]);
    }
    same('104', ['recv() failed (104: Connection reset by peer) while reading response header from upstream',
        'readv() failed (104: Connection reset by peer) while reading upstream'],
        array_values(preg_grep('~\(104: ~', array_column($deaths->server->nginxErrors(), 'message'))));
}
?>
done
--EXPECT--
done
