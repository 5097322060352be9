--TEST--
fpmsentinel trace behind Apache: deaths, timeouts, reload and stop, FPM gone, over unix, TCP and kept connections
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; needs('apache2'); ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';
require __DIR__ . '/apache.inc';

$part = 'echo str_repeat("x", 20_000); flush(); ';
$signal = fn (string $name) => fn (Server $server, int $pid) => Server::kill($pid, $name);
$rows = [ // path => [status, cause, code, what is done to the worker meanwhile]
    'segfault' => [503, 'segfault', 'crashme("null-read");'],
    'part' => [200, 'segfault', $part . untilReleased() . 'crashme("null-read");', // when Apache has read a part
        fn (Server $server) => release($server)],
    'exit' => [503, 'exit_in_request', 'crashme("exit", 3);'],
    '_exit' => [503, 'exit_in_request', untilReleased() . 'crashme("_exit", 3);',
        fn (Server $server) => release($server)],
    'killed' => [503, 'killed', 'sleep(30);', $signal('KILL')],
    'part-killed' => [200, 'killed', "$part sleep(30);", $signal('KILL')],
    'term' => [503, 'terminated', 'crashme("nap", 30_000);', $signal('TERM')],
    'memory' => [500, 'memory_limit', 'str_repeat("x", 1 << 30);'],
    'thrown' => [500, 'uncaught_exception', 'throw new Exception("one\ntwo");'],
];

foreach (array_keys(APACHE) as $way) {
    ob_start();
    $server = apache($way);
    foreach ($rows as $name => [$status, , $code]) {
        $server->script("$name.php", $code);
        [$pid] = $server->until(fn () => $server->workers(), 10, 'a worker');
        $request = $server->start("/$name.php?secret=1");
        if (isset($rows[$name][3])) {
            untilAsleep($server, $pid);
            untilSampled($server, $pid);
            $rows[$name][3]($server, $pid);
        }
        same("$name: status", $status, $server->finish($request)->status);
        ended($server, "/$name.php");
    }
    $server->records(count($rows));
    same('incidents', array_map(fn ($name, $row) => ["/$name.php", $row[1], 'certain', $row[0]], array_keys($rows),
        $rows), summary($server, traceApache($server)));
    same('query', false, str_contains(json_encode(traceApache($server)), 'secret'));
    $server->stop();

    // Apache gives up, before the answer and in it
    $server = apache($way, 'ProxyTimeout 1', ['pool' => ['pm.max_children' => 2]]);
    foreach (['late' => '', 'part-late' => $part] as $name => $before) {
        $server->script("$name.php", "$before crashme('nap', 2_500);");
        $requests[$name] = $server->start("/$name.php?secret=1");
    }
    foreach (['late' => 504, 'part-late' => 200] as $name => $status) {
        same("$name: status", $status, $server->finish($requests[$name])->status);
        ended($server, "/$name.php");
    }
    $server->records(2);
    $late = summary($server, traceApache($server));
    sort($late);
    $expected = [['/late.php', 'apache_timeout', 'certain', 504], ['/part-late.php', 'apache_timeout', 'certain', 200]];
    same('late', $expected, $late);
    $server->stop();
    $said = ob_get_clean();
    echo "--- $way\n$said"; // something, or it is taken for stuck
}

// FPM's own ends, of a request that runs and of one that waits

foreach (array_keys(APACHE) as $way) {
    ob_start();
    $server = apache($way, options: ['pool' => ['request_terminate_timeout' => '1s']]);
    $server->script('slow.php', 'sleep(30);');
    same('slow: status', 503, $server->get('/slow.php')->status);
    ended($server, '/slow.php');
    $server->records(1);
    same('slow', [['/slow.php', 'request_terminate_timeout', 'certain', 503]], summary($server, traceApache($server)));
    $server->stop();

    foreach (['TERM' => 'fpm_stop', 'QUIT' => 'fpm_stop', 'USR2' => 'fpm_reload'] as $signal => $cause) {
        $server = apache($way);
        $server->script('asleep.php', "crashme('nap', 30_000);");
        [$pid] = $server->workers();
        $request = $server->start('/asleep.php');
        untilAsleep($server, $pid);
        untilSampled($server, $pid);
        $server->signalMaster($signal);
        same("$signal: status", 503, $server->finish($request)->status);
        ended($server, '/asleep.php');
        $server->records(1);
        $server->masterRecords();
        // how sure depends on how old it is, and on whether code of the worker's runs before a SIGKILL
        same($signal, [['/asleep.php', $cause, 503]], array_map(fn ($row) => [$row[0], $row[1], $row[3]],
            array_filter(summary($server, traceApache($server)), fn ($row) => $row[2] !== 'possible')));
        if ($signal !== 'USR2') {
            $server->until(fn () => !$server->running(), 10, 'the master to end');
            same('down: status', 503, $server->get('/down.php')->status);
            same('down', [['fpm_down', 'certain']], array_map(fn ($incident) => [$incident['cause'],
                $incident['certainty']], array_slice(traceApache($server), 1)));
        }
        $server->stop();
    }
    $said = ob_get_clean();
    echo "--- FPM ends it, $way\n$said"; // something, or it is taken for stuck
}

// No connection left, as Apache is set

$server = apache('unix, enablereuse', '', ['pool' => ['pm.max_children' => 2],
    'apache' => str_replace('max=4', 'max=1 acquire=200', APACHE['unix, enablereuse']['apache'])]);
$server->script('nap.php', untilReleased());
$request = $server->start('/nap.php');
$asleep = fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/wchan"), 'nanosleep');
$server->until(fn () => array_filter($server->workers(), $asleep), 10, 'a worker to sleep');
same('acquire', 503, $server->get('/nap.php?2')->status);
release($server);
same('acquire', 200, $server->finish($request)->status);
same('acquire', [['no_connections', 'certain']], array_map(fn ($incident) => [$incident['cause'],
    $incident['certainty']], traceApache($server)));
$server->stop();

// Nobody may use the socket; nobody is behind it

$server = apache('unix');
chown("$server->dir/www.sock", 'root');
chmod("$server->dir/www.sock", 0600);
same('forbidden', 503, $server->get('/forbidden.php')->status);
[$incident] = traceApache($server);
same('forbidden', ['no_permission', 'certain'], [$incident['cause'], $incident['certainty']]);
?>
done
--EXPECT--
--- unix
--- tcp, ProxyPassMatch
--- unix, enablereuse
--- FPM ends it, unix
--- FPM ends it, tcp, ProxyPassMatch
--- FPM ends it, unix, enablereuse
done
