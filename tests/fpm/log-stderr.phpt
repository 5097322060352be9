--TEST--
fpmsentinel.log=stderr, and no log at all: whole records on FPM's own standard error while it is in the foreground
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

function dead(string $log): array
{
    $server = new Server(['ini' => ['fpmsentinel.log' => $log]]);
    $server->script('die.php', 'crashme("null-read");');
    [$pid] = $server->workers();
    same('status', 502, $server->get('/die.php')->status);
    same('exit', 'exited on signal 11 (SIGSEGV)', $server->childExit($pid));
    same('last words', 1, count($words = lastWords($server, '/die.php')));
    return [$server, $words[0]];
}

foreach (['stderr', ''] as $log) {
    [$server, $words] = dead($log);
    $record = recordOnStderr($server);
    recordIs($server, $record, 'segfault', '/die.php');
    matches('last words', "~\(record {$record['event']['id']}\)\"~", $words);
    same('nothing else', 0, substr_count($server->fpmLog(), 'fpmsentinel:'));
}
?>
done
--EXPECT--
done
