--TEST--
fpmsentinel trace: the OOM killer, and a worker that opcache's restart killed
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';
require __DIR__ . '/cgroup.inc';

foreach (['unix, parameters', 'tcp, neither'] as $way) {
    ob_start();
    $group = memoryGroup(96 << 20) ?? die("no memory cgroup can be made here\n");
    $server = serverFor($way, ['wrapper' => inGroup($group), 'ini' => ['memory_limit' => -1]]);
    $server->script('fill.php', "function fill() { for (;;) { \$kept[] = str_repeat('x', 1 << 20); } } fill();");
    $server->script('part.php', "echo str_repeat('x', 100_000); flush(); for (;;) { "
        . "\$kept[] = str_repeat('x', 1 << 20); }");
    foreach (['fill' => 502, 'part' => 200] as $name => $status) {
        same("$name: status", $status, $server->get("/$name.php")->status);
    }
    $server->records(2);
    foreach (['fill', 'part'] as $name) {
        verdict($server, trace($server), "/$name.php", 'oom_kill');
    }
    // FPM's log knows no more than the signal
    same('without records', ['killed', 'killed'], array_column(trace($server, 'nginx', 'fpm-log'), 'cause'));
    $server->stop();

    $server = serverFor($way, ['opcache' => true, 'pool' => ['pm.max_children' => 2],
        'ini' => ['opcache.file_update_protection' => 0, 'opcache.force_restart_timeout' => 1]]);
    $server->script('hello.php', 'echo "hello";');
    $server->script('reset.php', 'opcache_reset();');
    $server->script('nap.php', 'crashme("nap", 30_000);');
    $workers = $server->workers();
    $request = $server->start('/nap.php');
    $asleep = fn () => current(array_filter($workers, fn ($pid) =>
        str_contains((string) @file_get_contents("/proc/$pid/wchan"), 'nanosleep')));
    $pid = $server->until($asleep, 20, 'a worker to sleep');
    $server->get('/reset.php');
    // the other one forces a restart when it has waited for so long, at the start of a request
    $server->until(fn () => $server->get('/hello.php') && isGone($pid), 20, 'opcache to force its restart');
    same('nap: status', 502, $server->finish($request)->status);
    $server->records(1);
    $incidents = trace($server);
    same('incidents', 1, count($incidents));
    verdict($server, $incidents, '/nap.php', 'opcache_kill');
    $said = ob_get_clean();
    echo $said === '' ? '' : "--- $way\n$said";
}
?>
done
--EXPECT--
done
