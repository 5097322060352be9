--TEST--
fpmsentinel doctor: what the workers may take, and what there is
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';
require __DIR__ . '/cgroup.inc';

// more than any machine has

$many = ['pm' => 'ondemand', 'pm.max_children' => 2000];
$finding = fixes('memory-limit-sum', ['ini' => ['memory_limit' => '64G'], 'pool' => $many],
    ['ini' => ['memory_limit' => '1M'], 'pool' => ['pm.max_children' => 2]]);
matches('sum', '~^\[www\] pm\.max_children = 2000; memory_limit 64G each, with all pools and opcache 125T$~',
    $finding['places'][0]['text']);
matches('machine', '~^MemTotal [\d.]+G, SwapTotal [\d.]+[KMG]$~', $finding['places'][1]['text']);
matches('fix', '~^once records show workers that large: more memory, or less per worker: \d+ of 2000 fit$~',
    $finding['fix']);
same('no part of the plan', false, isset($finding['fix_in']));
fixes('memory-limit-sum', ['ini' => ['memory_limit' => '64G'], 'pool' => $many],
    ['ini' => ['memory_limit' => '64G'], 'pool' => ['php_admin_value[memory_limit]' => '1M']]);
fixes('memory-limit-sum', ['ini' => ['memory_limit' => '64G'], 'pool' => $many],
    ['ini' => ['memory_limit' => '1M'], 'pool' => $many, 'fpm' => ['process.max' => 2]]);

// and what nginx passes on in a PHP_VALUE
$passes = fn (string $limit) => ['pool' => ['pm.max_children' => 20] + $many, 'ini' => ['memory_limit' => '8M'],
    'nginx' => "fastcgi_param PHP_VALUE \"max_execution_time=100 \\n memory_limit = $limit\";"];
fixes('memory-limit-sum', $passes('64G'), $passes('9M'), function (Server $server) {
    $server->script('limit.php', 'echo ini_get("memory_limit");');
    return $server->get('/limit.php')->body;
}, '64G', '9M');

// more than the group's limit: killed, where memory_limit would have ended the request

$grow = function (Server $server) {
    $server->script('grow.php', '$all = []; while (count($all) < 300) { $all[] = str_repeat("x", 1 << 20); }');
    return $server->get('/grow.php')->status;
};
$groups = [memoryGroup(96 << 20), memoryGroup(96 << 20)];
if ($groups[0] === null) {
    echo "no memory cgroup can be made here\n";
} else {
    $finding = fixes('memory-limit-sum', ['wrapper' => inGroup($groups[0]), 'ini' => ['memory_limit' => '1G']],
        ['wrapper' => inGroup($groups[1]), 'ini' => ['memory_limit' => '32M', 'opcache.memory_consumption' => 16]],
        $grow, 502, 500);
    same('place', '96M', $finding['places'][1]['text']);
    same('group', true, str_starts_with($finding['places'][1]['file'], "$groups[0]/memory."));
}

// no limit at all, where the kernel refuses: 8.5 ends the request alone, but with nothing left for others

$limited = ['wrapper' => ['prlimit', '--as=900000000']];
fixes('memory-unlimited', $limited + ['ini' => ['memory_limit' => -1]], $limited + ['ini' => ['memory_limit' => '64M']],
    function (Server $server) {
    $server->script('grow.php', '$all = []; for (;;) { $all[] = str_repeat("x", 1 << 20); }');
    return $server->get('/grow.php')->status;
}, Server::leavesWithoutMemory() ? 502 : 500, 500);

// what workers have really had, by a record of one: four of that size at once, or one after the other

$server = new Server;
$server->script('die.php', '$all = str_repeat("x", 40 << 20); crashme("null-read");');
$server->get('/die.php');
$server->records(1);
copy($server->log, $records = tempnam(sys_get_temp_dir(), 'fps'));
$server->stop();
$finding = fixes('memory-observed', ['pool' => ['pm' => 'ondemand', 'pm.max_children' => 1_000_000]],
    ['pool' => ['pm.max_children' => 2]], arguments: ['--records', $records]);
matches('observed', '~memory of their own, by the records, up to [\d.]+M each~', $finding['places'][0]['text']);
$hold = function (Server $server) {
    $server->script('hold.php', '$all = str_repeat("x", 40 << 20); crashme("nap", 1500);');
    return in_array(502, atOnce($server, '/hold.php', 4));
};
$groups = [memoryGroup(96 << 20), memoryGroup(96 << 20)];
if ($groups[0] !== null) {
    $little = ['ini' => ['opcache.memory_consumption' => 16]]; // 8.5 always has it
    $finding = fixes('memory-observed', $little + ['wrapper' => inGroup($groups[0]),
        'pool' => ['pm.max_children' => 4]],
        $little + ['wrapper' => inGroup($groups[1]), 'pool' => ['pm.max_children' => 1]], $hold, true, false,
        ['--records', $records]);
    same('fix', 'pm.max_children = 1', $finding['fix']);
}
unlink($records);

// FPM refuses more spare servers than there may be workers, here one: the fix takes them along

preg_match_all('~^(?:MemTotal|SwapTotal): +(\d+) kB~m', file_get_contents('/proc/meminfo'), $sizes);
$most = (int) (array_sum($sizes[1]) * 0.6);
$dynamic = ['pm' => 'dynamic', 'pm.start_servers' => 2, 'pm.min_spare_servers' => 2, 'pm.max_spare_servers' => 20,
    'pm.max_children' => 20];
$finding = fixes('memory-limit-sum', ['ini' => ['memory_limit' => "{$most}K"], 'pool' => $dynamic],
    ['ini' => ['memory_limit' => '1M'], 'pool' => ['pm.max_children' => 1, 'pm.start_servers' => 1,
        'pm.min_spare_servers' => 1, 'pm.max_spare_servers' => 1] + $dynamic]);
same('fix', "once records show workers that large: pm.max_children = 1\npm.start_servers = 1\n"
    . "pm.min_spare_servers = 1\npm.max_spare_servers = 1",
    $finding['fix']);
?>
done
--EXPECT--
done
