--TEST--
No last words: where they are switched off, after fastcgi_finish_request(), from a child of the worker
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

// Switched off

$server = play(function (Server $server) {
    $server->script('die.php', 'crashme("null-read");');
    [$pid] = $server->workers();
    return [$server->get('/die.php'), $server->childExit($pid)];
}, ['ini' => ['fpmsentinel.last_words' => 0]]);
recordIs($server, $server->records(1)[0], 'segfault', '/die.php');
same('104', ['recv() failed (104: Connection reset by peer) while reading response header from upstream'],
    errors($server, '/die.php'));

// The request is answered

$server = play(function (Server $server) {
    $server->script('finish.php', 'echo "answer"; fastcgi_finish_request(); crashme("null-read");');
    [$pid] = $server->workers();
    return [$server->get('/finish.php'), $server->childExit($pid)];
});
[$record] = $server->records(1);
recordIs($server, $record, 'segfault', '/finish.php');
same('finished', true, $record['fpmsentinel']['request']['finished']);
same("nginx's errors", [], $server->nginxErrors());

// A child: its fault is recorded, and it does not harm the worker

$server = play(function (Server $server) {
    $server->script('fork.php', 'echo crashme("fork", (int) $_GET["arg"]);');
    $workers = $server->workers();
    foreach ([0 => 11, 6 => 6, 11 => 11, 15 => 15, -1 => 0] as $arg => $signal) {
        $answer = $server->get("/fork.php?arg=$arg");
        same("child $arg", [200, $signal], [$answer->status, (int) $answer->body & 0x7f]);
    }
    return $workers === $server->workers();
});
same('records', ['child-death' => 3], array_count_values(
    array_map(fn ($record) => $record['event']['action'], $server->records(3))));
same("nginx's errors", [], $server->nginxErrors());

// The worker still tells of its own death

$server->script('die.php', 'crashme("null-read");');
$server->get('/die.php');
recordIs($server, $server->records(4)[3], 'segfault', '/die.php');
same('last words', 1, count(lastWords($server, '/die.php')));
?>
done
--EXPECT--
done
