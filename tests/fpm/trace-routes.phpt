--TEST--
fpmsentinel trace: requests that nginx hands to PHP under another line, method or URI, unbuffered, or to nobody
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';

foreach (['unix, parameters', 'tcp, parameters', 'tcp, neither', 'unix, last words only'] as $way) {
    ob_start();
    $listen = stream_socket_get_name(stream_socket_server('tcp://127.0.0.1:0'), false);
    $php = template('script.conf') . (WAYS[$way]['parameters'] ?? true ? template('parameters.conf') : '');
    $server = serverFor($way, ['pool' => ['pm.max_children' => 2], 'pools' => ['other' => ['pm.max_children' => 1]]]
        + parts(template('trace-routes.conf', ['LISTEN' => $listen, 'PHP' => $php])));
    $server->address = $listen;
    $server->script('die.php', 'crashme("null-read");');
    $server->script('fragile.php', 'crashme("null-read");');
    $server->script('accel.php', 'header("X-Accel-Redirect: /there");');
    $server->script('cached.php', 'is_file(__DIR__ . "/go") ? crashme("null-read") : print "page";');
    // More than the client takes: when it does, nginx reads the rest, and then finds the worker gone
    $server->script('unbuffered.php', 'for ($n = 0; $n < 2000; $n++) { echo str_repeat("x", 4096); flush(); } '
        . 'crashme("null-read");');
    file_put_contents("$server->dir/docroot/mirrored.txt", 'hello');
    mkdir("$server->dir/docroot/parts");
    file_put_contents("$server->dir/docroot/parts/page.html", 'one <!--# include virtual="/die.php" --> two');

    $record = 0;
    $died = function () use ($server, &$record) { // nginx may answer before it has logged a death
        $record++;
        $server->until(fn () => count($server->rawRecords()) >= $record, 10, "record $record");
    };
    $server->get('http://localhost/die.php');
    $died();
    same('parts', 200, $server->get('/parts/page.html')->status);
    $died();
    same('mirrored', 'hello', $server->get('/mirrored.txt')->body);
    $died();
    same('accel', 502, $server->get('/accel.php', [], 'a=b')->status);
    $died();
    same('missing', 502, $server->get('/missing', [], 'a=b')->status);
    $died();
    same('page', 'page', $server->get('/cached.php')->body);
    touch("$server->dir/docroot/go");
    sleep(2); // nginx's clock is of whole seconds
    same('stale', 'page', $server->get('/cached.php?stale')->body);
    $died();
    same('renamed', 502, $server->get('/renamed')->status);
    $died();

    $request = $server->start('/unbuffered.php');
    for ($got = 0; ($more = (string) fread($request->stream, 16384)) !== ''; $got += strlen($more)) {
        usleep(1000);
    }
    same('unbuffered', true, $got > 100_000);
    $died();

    // both of the upstream's servers fail, and for ten seconds nginx asks neither
    same('fragile', 502, $server->get('/fragile.php?first')->status);
    $died();
    $died();
    same('fragile', 502, $server->get('/fragile.php?second')->status);

    $incidents = trace($server, 'nginx', 'records');
    $found = array_map(fn ($incident) => [$incident['request']['path'], $incident['cause']], $incidents);
    $expected = array_map(fn ($path) => [$path, 'segfault'],
        ['/die.php', '/parts/page.html', '/mirrored.txt', '/accel.php', '/missing', '/cached.php',
        '/renamed', '/unbuffered.php', '/fragile.php', '/fragile.php']);
    $way === 'tcp, neither' && $expected[6][1] = 'unexplained'; // nothing that is known of the one is true of the other
    same('verdicts', [...$expected, ['/fragile.php', 'no_live_upstreams']], $found);
    $ids = array_filter(array_map(fn ($incident) => $incident['record']['id'] ?? null, $incidents));
    same('each its own record', $way === 'tcp, neither' ? 9 : 10, count(array_unique($ids)));
    $said = ob_get_clean();
    echo $said === '' ? '' : "--- $way\n$said";
}
?>
done
--EXPECT--
done
