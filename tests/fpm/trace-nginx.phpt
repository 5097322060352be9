--TEST--
fpmsentinel trace: what is no death: nginx's timeout, the client's, FPM down, full, forbidden, an answer nginx rejects
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';

foreach (['unix', 'tcp'] as $upstream) {
    ob_start();

    // nginx waits for less, before the answer and in it; the client hangs up; a header that is too big
    $server = new Server(['upstream' => $upstream, 'pool' => ['pm.max_children' => 4],
        'nginx' => 'fastcgi_read_timeout 1s;',
        'ini' => ['fpmsentinel.peer_closed' => 0]]);
    $server->script('late.php', 'sleep(4);');
    $server->script('cut.php', 'echo str_repeat("x", 100_000); flush(); sleep(4);');
    $server->script('header.php', 'header("X-Large: " . str_repeat("x", 9_000)); echo "hello";');
    same('late', 504, $server->get('/late.php')->status);
    same('cut', 'cut', $server->get('/cut.php')->error);
    same('header', 502, $server->get('/header.php')->status);
    $request = $server->start('/late.php?aborted');
    $server->until(fn () => array_filter($server->workers(),
        fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/wchan"), 'nanosleep')), 10,
        'a worker to sleep');
    fclose($request->stream);
    $server->until(fn () => str_contains(file_get_contents("$server->dir/log/nginx.log"), 'client prematurely closed'),
        10, 'nginx to note it');
    $incidents = trace($server);
    same('late', ['nginx_timeout', 'client_abort'], array_column(
        array_filter($incidents, fn ($incident) => $incident['request']['path'] === '/late.php'), 'cause'));
    verdict($server, $incidents, '/cut.php', 'nginx_timeout', false, 'certain');
    verdict($server, $incidents, '/header.php', 'response_rejected', false, 'certain');

    // With the record of the worker that found nginx gone
    $server = new Server(['upstream' => $upstream, 'nginx' => 'fastcgi_read_timeout 1s;']);
    $server->script('late.php', 'sleep(4);');
    same('late', 504, $server->get('/late.php')->status);
    same('record', 'peer_closed', $server->records(1)[0]['event']['code']);
    verdict($server, trace($server), '/late.php', 'nginx_timeout', true, 'certain');

    // FPM stopped, and killed
    foreach (['QUIT' => 'stopped', 'KILL' => 'killed'] as $signal => $path) {
        $server = new Server(['upstream' => $upstream]);
        $workers = $server->workers();
        $server->signalMaster($signal);
        $server->until(fn () => !$server->running(), 10, 'the master to end');
        foreach ($signal === 'KILL' ? $workers : [] as $pid) {
            Server::kill($pid, 'KILL');
            $server->until(fn () => isGone($pid), 10, 'the worker to end');
        }
        same($path, 502, $server->get("/$path.php")->status);
        verdict($server, trace($server), "/$path.php", 'fpm_down', false, 'certain');
    }
    $said = ob_get_clean();
    echo $said === '' ? '' : "--- $upstream\n$said";
}

// no right to use the socket

$server = new Server;
chown("$server->dir/www.sock", 'root');
chmod("$server->dir/www.sock", 0600);
same('forbidden', 502, $server->get('/forbidden.php')->status);
verdict($server, trace($server), '/forbidden.php', 'no_permission', false, 'certain');

// the queue is full: one request is served for as long as it takes, two wait, and then

foreach (['unix' => ['(11: ', 'pool_exhausted'],
    'tcp' => ['(110: ', 'connect_timeout']] as $upstream => [$error, $cause]) {
    $server = new Server(['upstream' => $upstream, 'nginx' => 'fastcgi_connect_timeout 1s;',
        'pool' => ['listen.backlog' => 1, 'pm' => 'dynamic', 'pm.start_servers' => 1, 'pm.min_spare_servers' => 1,
            'pm.max_spare_servers' => 1]]);
    $server->script('nap.php', 'while (!is_file(__DIR__ . "/go")) { usleep(1000); clearstatcache(); }');
    $requests = [$server->start('/nap.php')];
    untilAsleep($server, $server->workers()[0]);
    // connections that come at once may be accepted by the kernel beyond the backlog, and never reach FPM
    array_push($requests, $server->start('/nap.php?1'), $server->start('/nap.php?2'));
    untilQueued($server, 2);
    array_push($requests, ...array_map(fn ($n) => $server->start("/nap.php?$n"), range(3, 7)));
    $server->until(fn () => str_contains(file_get_contents("$server->dir/log/nginx.log"), $error), 20, 'a full queue');
    $incidents = trace($server, 'nginx', 'records');
    same("full, $upstream", [[$cause], ['certain']],
        [array_values(array_unique(array_column($incidents, 'cause'))),
            array_values(array_unique(array_column($incidents, 'certainty')))]);
    $server->until(fn () => str_contains($server->fpmLog(), 'reached pm.max_children'), 20, "FPM's log");
    matches('evidence', '~reached pm.max_children~', trace($server, 'nginx', 'fpm-log')[0]['why']);
    touch("$server->dir/docroot/go");
}

// the answer was complete when its worker died, and nobody has a record of that

// what the worker has sent the client has at once
$server = new Server(['extension' => false, 'nginx' => 'fastcgi_buffering off;']);
$server->script('complete.php', 'header("Content-Length: 100000"); echo str_repeat("x", 100_000); flush();
    while (!is_file(__DIR__ . "/go")) { usleep(1000); clearstatcache(); } crashme("null-read");');
$request = $server->start('/complete.php');
stream_set_timeout($request->stream, 60);
for ($answer = ''; strlen(strstr($answer, "\r\n\r\n")) < 100_004 && ($more = fread($request->stream, 65536)) !== '';
    $answer .= $more);
touch("$server->dir/docroot/go");
same('complete', 100_004, strlen(strstr($answer . stream_get_contents($request->stream), "\r\n\r\n")));
$server->until(fn () => str_contains(file_get_contents("$server->dir/log/nginx.log"), '(104: '), 20, "nginx's line");
access($server, '/complete.php');
verdict($server, trace($server, 'nginx', 'access'), '/complete.php', 'harmless', false, 'certain');
?>
done
--EXPECT--
done
