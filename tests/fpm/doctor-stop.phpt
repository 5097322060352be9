--TEST--
fpmsentinel doctor: what reloading and stopping does to requests in flight; systemd's unit
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';

/** One request that takes a while, a signal to the master, one more request: their statuses. */
$signalled = fn (string $signal, int $nap) => function (Server $server) use ($signal, $nap) {
    $server->script('nap.php', "crashme('nap', $nap);");
    $request = $server->start('/nap.php');
    untilAsleep($server, $server->workers()[0]);
    $server->signalMaster($signal);
    return $server->finish($request)->status;
};

// a reload, and that it holds up new requests until the last old one is done

$finding = fixes('process-control-timeout', [], ['fpm' => ['process_control_timeout' => '20s']],
    $signalled('USR2', 1500), 502, 200);
same('fix', 'process_control_timeout = 45s', $finding['fix']);
matches('place', '~^\[global\] process_control_timeout = 0s \(the default\)$~', $finding['places'][0]['text']);
fixes('process-control-short', ['fpm' => ['process_control_timeout' => '1s'],
    'pool' => ['request_terminate_timeout' => '60s']],
    ['fpm' => ['process_control_timeout' => '60s'], 'pool' => ['request_terminate_timeout' => '60s']],
    $signalled('USR2', 4000), 502, 200);


// longer than nginx waits: what comes while one slow request holds the reload up gets a 504
$held = function (Server $server) {
    $server->script('nap.php', 'crashme("nap", 8000);');
    $server->script('hello.php', 'echo "hello";');
    $server->start('/nap.php');
    $asleep = fn () => array_filter($server->workers(),
        fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/wchan"), 'nanosleep'));
    [$pid] = array_values($server->until($asleep, 10, 'a worker to sleep'));
    $server->signalMaster('USR2');
    $server->until(fn () => $server->workers() === [$pid] || isGone($pid), 10, 'the idle workers to end');
    return $server->get('/hello.php')->status;
};
$read = ['pool' => ['pm.max_children' => 4, 'request_terminate_timeout' => '60s'], 'ini' => ['max_execution_time' => 1],
    'nginx' => 'fastcgi_read_timeout 4s;'];
$finding = fixes('process-control-long', $read + ['fpm' => ['process_control_timeout' => '20s']],
    $read + ['fpm' => ['process_control_timeout' => '1s']], $held, 504, 200);
same('fix', 'process_control_timeout = 3s', $finding['fix']);

$server = new Server(['fpm' => ['process_control_timeout' => '20s'], 'pool' => ['pm.max_children' => 4]]);
$found = doctor($server, '--balancer-timeout=15')['process-control-long'][0];
same('those in front wait for less', ['process_control_timeout = 10s', '15s'],
    [$found['fix'], $found['places'][1]['text']]);
$server->script('nap.php', 'crashme("nap", 2000);');
$server->script('hello.php', 'echo "hello";');
$request = $server->start('/nap.php');
$asleep = fn () => array_filter($server->workers(), fn ($pid) =>
    str_contains((string) @file_get_contents("/proc/$pid/wchan"), 'nanosleep'));
[$pid] = array_values($server->until($asleep, 10, 'a worker to sleep'));
$server->signalMaster('USR2');
$server->until(fn () => $server->workers() === [$pid], 10, 'the idle workers to end');
same('in the meantime', [200, true], [$server->get('/hello.php')->status, isGone($pid)]);
same('the old one', 200, $server->finish($request)->status);

// a reload that crashes bring about

fixes('emergency-restart', ['fpm' => ['emergency_restart_threshold' => 1, 'emergency_restart_interval' => '1m'],
    'pool' => ['pm.max_children' => 2]],
    ['fpm' => ['emergency_restart_threshold' => 0, 'emergency_restart_interval' => '1m'],
        'pool' => ['pm.max_children' => 2]], function (Server $server) {
        $server->script('nap.php', 'crashme("nap", 3000);');
        $server->script('crash.php', 'crashme("null-read");');
        $innocent = $server->start('/nap.php');
        $server->until(fn () => array_filter($server->workers(),
            fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/wchan"), 'nanosleep')),
            10, 'a worker to sleep');
        $server->get('/crash.php');
        return $server->finish($innocent)->status;
    }, 502, 200);

// systemd's unit, by a systemctl that prints what systemd's does (252, looked at by hand, in a virtual machine): there
// is none in a container

$folder = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
mkdir($folder);
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($folder)));
putenv("PATH=$folder:" . getenv('PATH'));

function unit(string $folder, array $properties): void
{
    $properties += ['LoadState' => 'loaded', 'FragmentPath' => '/lib/systemd/system/php8.2-fpm.service',
        'KillSignal' => '15', 'TimeoutStopUSec' => '1min 30s',
        'OOMPolicy' => 'stop', 'PrivateTmp' => 'no', 'MemoryMax' => 'infinity'];
    $lines = implode("\n", array_map(fn ($name, $value) => "$name=$value", array_keys($properties), $properties));
    file_put_contents("$folder/systemctl", "#!/bin/sh\ncat <<'END'\n$lines\nEND\n");
    chmod("$folder/systemctl", 0755);
}

/** As fixes(), where the unit is what changes, and with it what systemd does. */
function fixesUnit(string $rule, array $broken, array $fixed, array $options = [], array $scenarios = [],
    array $statuses = []): void
{
    global $folder;
    foreach ([$broken, $fixed] as $n => $properties) {
        unit($folder, $properties);
        $server = new Server($options);
        same("$rule: found " . json_encode($properties), $n === 0, isset(doctor($server)[$rule]));
        $scenarios && same("$rule: what happens", $statuses[$n], $scenarios[$n]($server));
        $server->stop();
    }
}

$waits = ['fpm' => ['process_control_timeout' => '20s']];
fixesUnit('systemd-stop-signal', ['KillSignal' => '15'], ['KillSignal' => '3'], $waits,
    [$signalled('TERM', 1500), $signalled('QUIT', 1500)], [502, 200]);
// what is left after TimeoutStopSec gets SIGKILL, all of it
$stopped = fn (float $seconds) => function (Server $server) use ($seconds) {
    $server->script('nap.php', 'crashme("nap", 3000);');
    $request = $server->start('/nap.php');
    [$pid] = $server->workers();
    untilAsleep($server, $pid);
    $server->signalMaster('QUIT');
    $server->until(fn () => isGone($pid), $seconds) || array_map(fn ($pid) => Server::kill($pid, 'KILL'),
        [$server->masterPid, $pid]);
    return $server->finish($request)->status;
};
fixesUnit('systemd-stop-timeout', ['KillSignal' => '3', 'TimeoutStopUSec' => '20s'],
    ['KillSignal' => '3', 'TimeoutStopUSec' => '1min 30s'], $waits, [$stopped(0.5), $stopped(20)], [502, 200]);
fixesUnit('systemd-stop-timeout', ['KillSignal' => '3', 'TimeoutStopUSec' => '5s'],
    ['KillSignal' => '3', 'TimeoutStopUSec' => 'infinity'], $waits);
// with both at once: what is advised for FPM fits, or systemd's line comes with it
$both = function (string $unit, array $options) use ($folder): array {
    file_put_contents("$folder/a-fpm.service", "[Service]\n$unit\n");
    $server = new Server($options + ['pool' => ['request_terminate_timeout' => '200s'],
        'nginx' => 'fastcgi_read_timeout 400s;']);
    $found = doctor($server, "--unit=$folder/a-fpm.service", '--client-timeout=500');
    $server->stop();
    return array_map(fn ($findings) => $findings[0]['fix'], array_intersect_key($found,
        array_flip(['process-control-timeout', 'systemd-stop-signal', 'systemd-stop-timeout'])));
};
// nobody has said that visitors wait for minutes: no reload may hold them up for so long
$server = new Server(['pool' => ['request_terminate_timeout' => '200s'], 'nginx' => 'fastcgi_read_timeout 400s;']);
same('visitors', 'process_control_timeout = 45s', doctor($server)['process-control-timeout'][0]['fix']);
$server->stop();
same('as systemd has it', ['process-control-timeout' => 'process_control_timeout = 80s',
    'systemd-stop-signal' => 'KillSignal=SIGQUIT'], $both('', []));
same('less than a reload should wait', ['process-control-timeout' => 'process_control_timeout = 120s',
    'systemd-stop-timeout' => 'TimeoutStopSec=130'], $both("KillSignal=SIGQUIT\nTimeoutStopSec=20", []));
same('both lines', ['systemd-stop-signal' => "KillSignal=SIGQUIT\nTimeoutStopSec=110"],
    $both('TimeoutSec=1min', ['fpm' => ['process_control_timeout' => '100s'],
        'pool' => ['request_terminate_timeout' => '100s'], 'nginx' => 'fastcgi_read_timeout 400s;']));
fixesUnit('systemd-oom-policy', ['OOMPolicy' => 'stop'], ['OOMPolicy' => 'continue']);
fixesUnit('systemd-oom-policy', ['OOMPolicy' => 'kill'], ['OOMPolicy' => 'continue']);
fixesUnit('oom-group', ['ManagedOOMMemoryPressure' => 'kill'],
    ['ManagedOOMMemoryPressure' => 'auto', 'ManagedOOMSwap' => 'auto']);
fixesUnit('core-dump', ['LimitCORESoft' => '0'], ['LimitCORESoft' => 'infinity'],
    ['pool' => ['process.dumpable' => 'yes'], 'wrapper' => ['prlimit', '--core=0:']]);
fixesUnit('private-tmp', ['PrivateTmp' => 'yes'], ['PrivateTmp' => 'no']); // the server's socket is in /tmp
fixesUnit('memory-limit-sum', ['MemoryMax' => 200 << 20], ['MemoryMax' => 2 << 30],
    ['pool' => ['pm.max_children' => 2], 'ini' => ['memory_limit' => '128M']]);

// a folder in /tmp that only FPM sees, as with PrivateTmp=yes, and one in /run

unit($folder, ['PrivateTmp' => 'yes']);
$sockets = ['/tmp/fps-' . bin2hex(random_bytes(6)), '/run/fps-' . bin2hex(random_bytes(6))];
array_map(mkdir(...), $sockets);
register_shutdown_function(fn () => exec("rm -rf $sockets[0] $sockets[1]"));
$private = ['wrapper' => ['unshare', '--mount', mountPropagation(), 'sh', '-c',
    "mount -t tmpfs none $sockets[0] && exec \"\$@\"", 'sh']];
$at = fn (string $folder) => $private + ['pool' => ['listen' => "$folder/www.sock"]]
    + parts(template('doctor-stop.conf', ['FOLDER' => $folder]));
fixes('private-tmp', $at($sockets[0]), $at($sockets[1]), function (Server $server) {
    $server->script('theirs/hello.php', 'echo "hello";');
    return [$server->get('/theirs/hello.php')->status, (bool) preg_match(
        '~\(2: No such file or directory\) while connecting~',
        implode("\n", array_column($server->nginxErrors(), 'message')))];
}, [502, true], [200, false]);

// the stock unit and pool, by their place

unit($folder, []);
$server = new Server;
$found = doctor($server)['systemd-stop-signal'][0];
same('where', ['file' => '/lib/systemd/system/php8.2-fpm.service', 'text' => 'KillSignal=SIGTERM'],
    $found['places'][0]);
same('fix', 'KillSignal=SIGQUIT', $found['fix']);
unit($folder, ['LoadState' => 'not-found']);
same('no unit', [], array_filter(array_keys(doctor($server)), fn ($rule) => str_starts_with($rule, 'systemd-')));
?>
done
--EXPECT--
done
