--TEST--
The coroner and its supervisor sleep while nothing happens, whatever state they are in
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

/** FPM, of which a worker has said hello, died in each way that is told in another one, and been replaced. */
function server(array $options, bool $dies = true): Server
{
    $server = new Server($options + ['pool' => ['pm.max_children' => 2]]);
    $server->script('hello.php', 'echo "hello";');
    $server->script('die.php', 'crashme($_GET["how"]);');
    $server->script('sleep.php', 'sleep(600);');
    $server->get('/hello.php');
    foreach ($dies ? ['null-read', '_exit', 'abort'] : [] as $how) {
        same($how, 502, $server->get("/die.php?how=$how")->status);
    }
    $server->get('/hello.php');
    return $server;
}

/** A pipe for standard error that nobody reads. */
function pipe(): array
{
    $path = sys_get_temp_dir() . '/fps-pipe-' . bin2hex(random_bytes(6));
    exec('mkfifo ' . escapeshellarg($path));
    register_shutdown_function(fn () => unlink($path));
    $stream = fopen($path, 'r+e');
    stream_set_blocking($stream, false);
    return [$stream, ['fpm' => ['error_log' => 'log/fpm.log'], 'ini' => ['fpmsentinel.log' => 'stderr'],
        'wrapper' => ['sh', '-c', 'for word; do shift; [ "$word" = -O ] || set -- "$@" "$word"; done; '
            . 'exec "$@" -p "$PWD" 2>' . $path, 'sh']]];
}

function fill(mixed $stream, int $bytes): void
{
    for ($size = 4096; $size; $size = $size === 4096 ? 1 : 0) {
        while ($bytes >= $size && @fwrite($stream, str_repeat("\n", $size))) {
            $bytes -= $size;
        }
    }
}

function directory(): string
{
    mkdir($directory = sys_get_temp_dir() . '/fps-dir-' . bin2hex(random_bytes(6)), 0700);
    register_shutdown_function(fn () => exec("rm -rf $directory"));
    return $directory;
}

$forbid = fn (string ...$names) => ['wrapper' => [Server::path('TEST_PYTHON'), __DIR__ . '/forbid.py', ...$names,
    '--']];
$servers = ['fresh' => server([], dies: false), 'after deaths' => server([])];

foreach (['full pipe' => 1 << 20, 'stopped reader' => 40_000] as $state => $bytes) {
    [$pipes[$state], $options] = pipe();
    $servers[$state] = server($options, dies: false);
    fill($pipes[$state], $bytes);
    foreach (['null-read', '_exit'] as $how) {
        $servers[$state]->get("/die.php?how=$how");
    }
    $servers[$state]->get('/hello.php');
}

$full = directory();
$servers['full disk'] = server(['wrapper' => ['unshare', '--mount', mountPropagation(), 'sh', '-c',
    "mount -t tmpfs -o size=8k,mode=755 none $full && head -c 8192 /dev/zero >$full/filler && exec \"\$@\"", 'sh'],
    'ini' => ['fpmsentinel.log' => "$full/records.jsonl"]]);
same('full disk', true, str_contains($servers['full disk']->fpmLog(), 'no space left'));

$servers['black box in a file'] = server(['ini' => ['fpmsentinel.blackbox' => directory()]]);
$servers['no pidfd'] = server($forbid('pidfd_open', 'so_passpidfd'));

// The supervisor has stopped, and a record in a pool's own log waits for it

$servers['stopped supervisor'] = $stopped = server(['pools' =>
    ['own' => ['php_admin_value[fpmsentinel.log]' => '/nowhere/own.jsonl']]], dies: false);
$stopped->script('own/die.php', 'crashme("null-read");');
Server::kill($stopped->supervisor(), 'STOP');
$stopped->get('/own/die.php');

// How often they have gone to sleep, of all at once: the longer nothing happens, the less often something is tried
// again

$count = function () use ($servers): array {
    foreach ($servers as $state => $server) {
        foreach (['coroner' => $server->coroner(), 'supervisor' => $server->supervisor()] as $who => $pid) {
            preg_match_all('~^\w*voluntary_ctxt_switches:\s*(\d+)$~m', file_get_contents("/proc/$pid/status"), $match);
            $counts["$state: $who"] = (int) $match[1][0];
        }
    }
    return $counts;
};
for ($tries = 4, $awake = [null]; $awake && $tries; $tries--) {
    $before = $count();
    sleep(10);
    $after = $count();
    $awake = array_filter($after, fn ($wakes, $whose) => $wakes - $before[$whose] > 1, ARRAY_FILTER_USE_BOTH);
}
same('awake', [], $awake);

// And they see what happens then: nothing has been lost

foreach ($pipes as $state => $pipe) {
    $text = '';
    $servers[$state]->until(function () use ($pipe, &$text) {
        $text .= stream_get_contents($pipe);
        return preg_match_all('~^\{"@timestamp".*"code":"(segfault|exit_in_request)".*\}$~m', $text) === 2;
    }, 30, "the records of the $state");
}
foreach (['after deaths', 'no pidfd', 'black box in a file'] as $state) {
    $server = $servers[$state];
    $request = $server->start('/sleep.php');
    [$pid] = $server->until(fn () => array_values(array_filter($server->workers(),
        fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/wchan"), 'nanosleep'))), 10,
        'a worker to sleep');
    Server::kill($pid, 'KILL');
    same("$state: status", 502, $server->finish($request)->status);
    same("$state: cause", 'killed', $server->records(4)[3]['fpmsentinel']['cause']);
}
Server::kill($stopped->supervisor(), 'CONT');
foreach ($servers as $state => $server) {
    same("$state: left", [], $server->stop());
}
?>
done
--EXPECT--
done
