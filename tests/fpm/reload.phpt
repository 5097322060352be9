--TEST--
A reload with a request in flight: fpm_reload, whatever process_control_timeout is, and the new workers record too
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

foreach ([0, 2] as $timeout) {
    $server = play(function (Server $server) {
        $server->script('nap.php', 'crashme("nap", 30_000);');
        $server->script('die.php', 'crashme("null-read");');
        [$pid] = $server->workers();
        $request = $server->start('/nap.php');
        untilAsleep($server, $pid);
        $server->signalMaster('USR2');
        $outcome = [$server->finish($request), $server->childExit($pid)];
        [$next] = $server->until(fn () => array_diff($server->workers(), [$pid]) ? $server->workers() : null, 10,
            'a new worker');
        return [...$outcome, $server->get('/die.php'), $server->childExit($next)];
    // tells of the children at debug only
    }, ['fpm' => ['process_control_timeout' => $timeout, 'log_level' => 'debug']]);
    [$reload, $segfault] = $server->records(2);
    recordIs($server, $reload, 'fpm_reload', '/nap.php');
    recordIs($server, $segfault, 'segfault', '/die.php');
    // one that is older than a second may have met its request_terminate_timeout just before: nothing tells
    $isOld = $timeout || $reload['fpmsentinel']['request']['elapsed_ms'] >= 1000;
    same('confidence', $isOld ? 'probable' : 'certain', $reload['fpmsentinel']['confidence']);
    $sender = "sender $server->masterPid is the FPM master";
    $waited = $timeout ? '(19|[2-9]\d|\d{3})\d\d' : '\d+';
    $evidence = $isOld ? "~^$sender\nSIGQUIT came $waited ms before\nthe master re-executed itself \d+ "
        . "ms later\nrequest_terminate_timeout just before that would look the same$~"
        : "~^$sender\nSIGQUIT came $waited ms before\nthe request is younger than [^\n]+\nthe master re-executed "
            . "itself \d+ ms later$~";
    matches('evidence', $evidence, implode("\n", $reload['fpmsentinel']['evidence']));
    same('parent', $server->masterPid, $segfault['process']['parent']['pid']);
    same('last words', [1, 1], [count(lastWords($server, '/nap.php')), count(lastWords($server, '/die.php'))]);
}

// A request that ends in time

$server = play(function (Server $server) {
    $server->script('nap.php', untilReleased() . 'echo "rested";');
    [$pid] = $server->workers();
    $request = $server->start('/nap.php');
    untilAsleep($server, $pid);
    $server->signalMaster('USR2');
    $server->until(fn () => str_contains($server->fpmLog(), 'Reloading in progress'), 10, 'the reload to begin');
    release($server);
    return [$server->finish($request), $server->childExit($pid)];
}, ['fpm' => ['process_control_timeout' => 60, 'log_level' => 'debug']]);
$server->records(0);
same("nginx's errors", [], $server->nginxErrors());
?>
done
--EXPECT--
done
