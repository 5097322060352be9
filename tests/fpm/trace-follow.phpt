--TEST--
fpmsentinel trace --follow: deaths as they happen, with all logs, while nginx's is rotated and FPM reloads
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';
require __DIR__ . '/../cli/follow.inc';

foreach (['unix, parameters', 'tcp, neither'] as $way) {
    ob_start();
    $server = serverFor($way, ['pool' => ['request_terminate_timeout' => '4s', 'pm.max_children' => 2]]);
    $server->script('crash.php', 'crashme("null-read");');
    $server->script('again.php', 'crashme("abort");');
    $server->script('memory.php', 'str_repeat("x", 1 << 30);');
    $server->script('slow.php', 'sleep(30);');
    $server->script('reload.php', 'for (;;) { sleep(30); }'); // SIGQUIT, which comes first, ends one
    $server->script('killed.php', 'sleep(30);');
    $server->get('/crash.php'); // before it looks
    $server->records(1);

    $follow = (new Follow("$server->dir/log"))->start('nginx.log -r ../records/records.jsonl -a access.log -p fpm.log '
        . '-f ndjson');
    /** The verdict, the status of the access log, and whether there is a record. */
    $told = fn (string $path) => ($incident = $follow->incidentOf($path)) ?
        [$incident['cause'], $incident['nginx']['status'] ?? null, isset($incident['record'])] : null;

    $server->get('/again.php');
    same('a crash', ['abort', 502, true], $told('/again.php'));
    $server->get('/memory.php');
    same('memory_limit', ['memory_limit', 500, true], $told('/memory.php'));
    $server->get('/slow.php'); // whose record waits until it is known that FPM goes on
    same('request_terminate_timeout', ['request_terminate_timeout', 502, true], $told('/slow.php'));

    // as logrotate does
    foreach (["$server->dir/log/nginx.log", "$server->dir/log/access.log", $server->log] as $log) {
        rename($log, "$log.1");
    }
    $request = $server->start('/killed.php');
    $asleep = fn () => current(array_filter($server->workers(),
        fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/wchan"), 'nanosleep')));
    Server::kill($server->until($asleep, 20, 'a worker to sleep'), 'KILL'); // nginx has not been told yet
    $server->finish($request);
    same('killed', ['killed', 502, true], $told('/killed.php'));
    Server::kill((int) file_get_contents("$server->dir/nginx.pid"), 'USR1');
    $server->until(fn () => is_file("$server->dir/log/nginx.log") && is_file("$server->dir/log/access.log"), 20,
        'new logs');
    $request = $server->start('/reload.php');
    $server->until($asleep, 20, 'a worker to sleep');
    $server->signalMaster('USR2');
    $server->finish($request);
    same('reload', ['fpm_reload', 502, true], $told('/reload.php'));

    same('end', "0 5 lines\n", $follow->end());
    $said = ob_get_clean();
    echo $said === '' ? '' : "--- $way\n$said";
}
?>
done
--EXPECT--
done
