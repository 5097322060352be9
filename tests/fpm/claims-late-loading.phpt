--TEST--
Loaded by a pool's php_admin_value[extension]: it works without a coroner, and says so
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

const SAID = "fpmsentinel: loaded by a pool's php_admin_value[extension]: its workers record what they can themselves; "
    . "for a coroner load it in php.ini";

/** All that a worker shows while it dies of a fault, and the next one of a signal. */
function deaths(Server $server): array
{
    $server->script('die.php', 'crashme("null-read");');
    $server->script('sleep.php', 'sleep(30);');
    [$first] = $server->workers();
    $seen = [$server->get('/die.php'), $server->childExit($first)];
    [$second] = $server->until(fn () => array_diff($server->workers(), [$first]), 10, 'the next worker');
    $request = $server->start('/sleep.php');
    untilAsleep($server, $second);
    Server::kill($second, 'TERM');
    return [...$seen, $server->finish($request), $server->childExit($second)];
}

foreach ([false, true] as $opcache) {
    $log = sys_get_temp_dir() . '/fps-log-' . bin2hex(random_bytes(6));
    touch($log);
    chown($log, 'www-data');
    // FPM sets the values of a pool from the last to the first.
    $late = ['php_admin_value[fpmsentinel.log]' => $log, 'php_admin_value[extension]' =>
        Server::path('TEST_FPMSENTINEL_SO')];
    $without = new Server($options = ['extension' => false, 'opcache' => $opcache]);
    $server = new Server($options + ['pool' => $late]);
    $server->log = $log;
    same('with fpmsentinel and without it', json_encode(deaths($without)), json_encode(deaths($server)));
    foreach ($server->records(2) as $i => $record) {
        recordIs($server, $record, ['segfault', 'terminated'][$i], ['/die.php', '/sleep.php'][$i]);
        same('written by', 'worker', $record['fpmsentinel']['written_by']);
        same('phase', 'execute', $record['fpmsentinel']['phase']);
    }
    $said = fn () => preg_match_all('~fpmsentinel: [^"]*~', $server->fpmLog(), $match) ? $match[0] : null;
    same('said', [SAID], array_values(array_unique($server->until($said, 10, "the worker's line in FPM's log"))));
    unlink($log);
}
?>
done
--EXPECT--
done
