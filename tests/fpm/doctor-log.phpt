--TEST--
fpmsentinel doctor: what is to be found out afterwards
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';

$folder = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
mkdir($folder);
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($folder)));

// also where it is due at the same time as the kill
$logs = fn (array $slow) => ['pool' => ['request_terminate_timeout' => '1s'] + $slow];
fixes('slowlog-off', $logs([]), $logs(['slowlog' => "$folder/slow", 'request_slowlog_timeout' => '1s']),
    function (Server $server) use ($folder) {
    $server->script('slow.php', 'sleep(30);');
    same('status', 502, $server->get('/slow.php')->status);
    return is_file("$folder/slow") && str_contains(file_get_contents("$folder/slow"), 'sleep()');
}, false, true);

/** Whether FPM's log has that text, once a worker has died of something. */
$says = fn (string $what, string $text) => function (Server $server, bool $expected) use ($what, $text) {
    $server->script('die.php', "crashme('$what');");
    [$pid] = $server->workers();
    same('status', 502, $server->get('/die.php')->status);
    $server->until(fn () => isGone($pid) && array_diff($server->workers(), [$pid]), 10, 'a new worker');
    return happens($server, $expected, fn () => str_contains($server->fpmLog(), $text), 1);
};
fixes('worker-output-lost', ['extension' => false, 'pool' => ['catch_workers_output' => 'no']], ['extension' => false],
    $says('zend-heap', 'zend_mm_heap corrupted'), false, true);
fixes('log-level', ['fpm' => ['log_level' => 'error']], ['fpm' => ['log_level' => 'notice']],
    $says('null-read', 'exited on signal 11'), false, true);
$finding = fixes('log-level', ['fpm' => ['log_level' => 'warning']], []);
same('place', '[global] log_level = warning', $finding['places'][0]['text']);

$core = $says('null-read', 'core dumped');
$pattern = file_get_contents('/proc/sys/kernel/core_pattern');
$dumps = $pattern !== "\n" && $pattern[0] !== '|' // a handler may decline
    && !PHP_ZTS; // which does not change into the page's folder
$where = ['rlimit_core' => 'unlimited'];
$finding = fixes('core-dump', ['pool' => $where], ['pool' => $where + ['process.dumpable' => 'yes']],
    $dumps ? function (Server $server, bool $expected) use ($core) {
    chmod("$server->dir/docroot", 0777); // where a page's worker is, and its core goes
    return $core($server, $expected);
} : null, false, true);
same('fix', 'process.dumpable = yes', $finding['fix']);
$finding = fixes('core-dump', ['pool' => ['process.dumpable' => 'yes']],
    ['fpm' => ['rlimit_core' => 'unlimited'], 'pool' => ['process.dumpable' => 'yes']]);
same('fix', 'rlimit_core = unlimited', $finding['fix']);

// a limit that FPM is started with does as well
$dumpable = ['pool' => ['process.dumpable' => 'yes']];
fixes('core-dump', $dumpable + ['wrapper' => ['prlimit', '--core=0:']],
    $dumpable + ['wrapper' => ['prlimit', '--core=unlimited:']],
    $dumps ? function (Server $server, bool $expected) use ($core) {
    chmod("$server->dir/docroot", 0777);
    return $core($server, $expected);
} : null, false, true);
?>
done
--EXPECT--
done
