--TEST--
Workers that FPM ends leave no record; an emergency restart kills who is in flight
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$debug = ['log_level' => 'debug']; // what becomes of idle workers is told there only

// Recycled, with a client in between all the time

$server = play(function (Server $server) {
    $server->script('hello.php', 'echo getmypid();');
    $answers = [];
    for ($i = 0; $i < 25; $i++) {
        $answers[] = $server->get('/hello.php');
    }
    $pids = array_column($answers, 'body');
    same('answers', [200], array_values(array_unique(array_column($answers, 'status'))));
    same('workers', 5, count(array_unique($pids)));
    return array_map(fn ($pid) => $server->childExit((int) $pid), array_slice(array_values(array_unique($pids)), 0, 4));
}, ['pool' => ['pm.max_requests' => 5]]);
$server->records(0);
same("nginx's errors", [], $server->nginxErrors());
$server->stop();

// Started on demand, idle, ended; started again, and then it dies

$server = play(function (Server $server) {
    $server->script('hello.php', 'echo getmypid();');
    $server->script('die.php', 'crashme("null-read");');
    $first = (int) $server->get('/hello.php')->body;
    $ended = "~ child $first has been killed by the process management~";
    $server->until(fn () => preg_match($ended, $server->fpmLog()), 15, 'the idle worker to end');
    same('idle', [], $server->workers());
    $answer = $server->get('/die.php');
    $exit = fn () => preg_match('~ child \d+ (exited on .*?) after ~', $server->fpmLog(), $match) ? $match[1] : null;
    return [$answer, $server->until($exit, 10, 'the death')];
}, ['fpm' => $debug, 'pool' => ['pm' => 'ondemand', 'pm.process_idle_timeout' => '1s']]);
[$record] = $server->records(1);
recordIs($server, $record, 'segfault', '/die.php');
$server->stop();

// Too many that are idle

$server = play(function (Server $server) {
    $server->script('nap.php', 'crashme("nap", 500); echo "rested";');
    $requests = array_map(fn () => $server->start('/nap.php'), range(1, 6));
    $answers = array_map(fn ($request) => $server->finish($request), $requests);
    same('answers', ['rested'], array_values(array_unique(array_column($answers, 'body'))));
    $ended = '~ child \d+ has been killed by the process management~';
    $server->until(fn () => preg_match($ended, $server->fpmLog()), 15, 'an idle worker to end');
    $server->until(fn () => count($server->workers()) <= 2, 15, 'as few workers as there should be');
    return $server->get('/nap.php');
}, ['fpm' => $debug, 'pool' => ['pm' => 'dynamic', 'pm.max_children' => 6, 'pm.start_servers' => 2,
    'pm.min_spare_servers' => 1, 'pm.max_spare_servers' => 2]]);
$server->records(0);
same("nginx's errors", [], $server->nginxErrors());
$server->stop();

// Two that crash make FPM restart; a third, in a request, is killed by that

$server = play(function (Server $server) {
    $server->script('nap.php', 'crashme("nap", 30_000);');
    $server->script('die.php', 'crashme("null-read");');
    $server->script('bus.php', 'crashme("bus-truncated-mapping");');
    $server->script('hello.php', 'echo "hello";');
    $workers = $server->workers();
    $nap = $server->start('/nap.php');
    $asleep = fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/wchan"), 'nanosleep');
    [$napping] = array_values($server->until(fn () => array_filter($workers, $asleep), 10, 'a worker to sleep'));
    $answers = [$server->get('/die.php'), $server->get('/bus.php'), $server->finish($nap)];
    $restart = '~ failed processes threshold \(2 in 60 sec\) is reached, initiating reload~';
    $server->until(fn () => preg_match($restart, $server->fpmLog()), 10, 'the restart');
    $server->until(fn () => substr_count($server->fpmLog(), 'ready to handle connections') === 2, 10,
        'FPM to begin anew');
    $answers[] = $server->get('/hello.php');
    return [$answers, $server->childExit($napping)];
}, ['fpm' => $debug + ['emergency_restart_threshold' => 2, 'emergency_restart_interval' => '60s'],
    'pool' => ['pm.max_children' => 3]]);
$records = $server->records(3);
foreach (['/die.php' => 'segfault', '/bus.php' => 'bus_error', '/nap.php' => 'fpm_reload'] as $path => $cause) {
    [$record] = array_values(array_filter($records, fn ($record) => $record['url']['path'] === $path));
    recordIs($server, $record, $cause, $path);
}
?>
done
--EXPECT--
done
