--TEST--
max_execution_time, passed in PHP code, asleep, in C code without a hard limit, lifted in time: the worker lives
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

// A build with timers of its own counts the time that passes instead of the CPU's.
$timers = Server::builtWith('Zend Max Execution Timers');
$cpu = 'function cpu() { $used = getrusage(); return $used["ru_utime.tv_sec"] + $used["ru_utime.tv_usec"] / 1e6; } '
    . '$start = cpu(); ';
$scripts = [ // name => [code, status, for which hard_timeout]
    'loop' => ['for (;;);', 500, [0, 1]],
    'sleep' => ['sleep(2); echo "slept";', $timers ? 500 : 200, [1]],
    'lifted' => ["set_time_limit(0); $cpu while (cpu() - \$start < 1.5); echo 'done';", 200, [1]],
    'late' => ["$cpu hash_pbkdf2('sha256', 'p', 's', 100_000); "
        . 'hash_pbkdf2("sha256", "p", "s", (int) (100_000 * 2.5 / (cpu() - $start)));', 500, [0]],
];
foreach ([1, 0] as $hardTimeout) {
    $chosen = array_filter($scripts, fn ($script) => in_array($hardTimeout, $script[2], true));
    $server = play(function (Server $server) use ($chosen) {
        $statuses = [];
        foreach ($chosen as $name => [$code, $status]) {
            $server->script("$name.php", $code);
            same("$name: status", $status, $statuses[] = $server->get("/$name.php")->status);
        }
        $server->script('die.php', 'ini_set("memory_limit", "64M"); set_time_limit(7); crashme("null-read");');
        [$pid] = $server->workers();
        return [$statuses, $server->get('/die.php'), $server->childExit($pid)];
    }, ['ini' => ['max_execution_time' => 1, 'hard_timeout' => $hardTimeout]]);
    $killed = array_keys(array_filter($chosen, fn ($script) => $script[1] === 500));
    $records = $server->records(count($killed) + 1);
    $death = array_pop($records);
    foreach ($killed as $i => $name) {
        recordIs($server, $records[$i], 'max_execution_time', "/$name.php");
        same("$name: message", 'Maximum execution time of 1 second exceeded', $records[$i]['error']['message']);
        same("$name: stack", ['function' => '{main}', 'file' => "$server->dir/docroot/$name.php", 'line' => 1],
            array_slice($records[$i]['fpmsentinel']['php']['stack'], -1)[0]);
    }
    recordIs($server, $death, 'segfault', '/die.php');
    same('requests served', count($chosen) + 1, $death['fpmsentinel']['requests_served']);
    same('limits', ['memory_limit' => 64 << 20, 'max_execution_time' => 7, 'hard_timeout' => $hardTimeout],
        $death['fpmsentinel']['limits']);
    $server->stop();
}
?>
done
--EXPECT--
done
