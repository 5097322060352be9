--TEST--
fpmsentinel.log=stderr, and no log at all
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
    return [$server, $pid, $words[0]];
}

[$server, $pid, $words] = dead('stderr');
$record = recordOnStderr($server, $pid);
told($server, $record, 'segfault', '/die.php');
matches('last words', "~\(record {$record['event']['id']}\)\"~", $words);
same('nothing else', 0, substr_count($server->fpmLog(), 'fpmsentinel:'));

[$server, $pid, $words] = dead('');
$server->records(0);
same('stderr', '', onStderr($server, $pid));
matches('last words', '~^FastCGI sent in stderr: "fpmsentinel: segfault in crashme\(\) called at \S+/die\.php:1"~', $words);
same('notices', 1, preg_match_all('~fpmsentinel: fpmsentinel\.log is not set~', $server->fpmLog()));
?>
done
--EXPECT--
done
