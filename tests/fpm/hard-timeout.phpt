--TEST--
max_execution_time: a worker that the engine ends inside C code leaves a record, a request that it ends leaves none
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$long = [ // each more than a minute, in one call
    'similar-text' => 'similar_text(str_repeat("ab", 50_000), str_repeat("ba", 50_000));',
    'pbkdf2' => 'hash_pbkdf2("sha256", "password", "salt", 1_000_000_000);',
    'regex' => 'preg_match("~(a+)+$~", str_repeat("a", 60) . "b");',
];
$ini = ['max_execution_time' => 1, 'hard_timeout' => 1, 'pcre.jit' => 0, 'pcre.backtrack_limit' => 4_000_000_000,
    'fpmsentinel.time_warning' => 0]; // which would come before

/** $functions: in which a script ends, unless it is hash_pbkdf2() */
function timeOut(array $scripts, array $functions, array $ini): void
{
    $deaths = new Deaths(['ini' => $ini]);
    foreach ($scripts as $name => $code) {
        $deaths->script("$name.php", $code);
        $deaths->inflict($name, 'hard_timeout', "/$name.php");
    }
    foreach ($deaths->records() as $name => ['error' => $error, 'fpmsentinel' => $ours, 'process' => ['pid' => $pid]]) {
        $message = 'max_execution_time was passed by 1 s (hard_timeout) inside C code';
        same("$name: error", ['type' => 'SIGPROF', 'message' => $message], $error);
        same("$name: confidence", 'certain', $ours['confidence']);
        same("$name: limits", [1, 1], [$ours['limits']['max_execution_time'], $ours['limits']['hard_timeout']]);
        same("$name: innermost", ['function' => $functions[$name] ?? 'hash_pbkdf2'], $ours['php']['stack'][0]);
        same("$name: incomplete", [], $ours['incomplete']);
        same("$name: elapsed", true, $ours['request']['elapsed_ms'] >= 1900);
        same("$name: exit", 'exited with code 124', $deaths->server->childExit($pid));
    }
}

// In one call; and with the limit set late: in the middle of a request, and after it was passed in PHP code

timeOut($long, ['similar-text' => 'similar_text', 'regex' => 'preg_match'], $ini);
timeOut(['middle' => "set_time_limit(1); {$long['pbkdf2']}"], [], ['max_execution_time' => 30] + $ini);
$again = "register_shutdown_function(function () { set_time_limit(1); {$long['pbkdf2']} }); for (;;);";
timeOut(['again' => $again], [], ['fpmsentinel.fatal_errors' => 0] + $ini);

// What the worker survives: time passed in PHP code, asleep, or in C code that has no hard limit

$scripts = [
    'loop' => ['for (;;);', 500],
    'sleep' => ['sleep(2); echo "slept";', 200],
    'late' => ['$start = hrtime(true); hash_pbkdf2("sha256", "p", "s", 10_000); '
        . 'hash_pbkdf2("sha256", "p", "s", (int) (10_000 * 2.5e9 / (hrtime(true) - $start)));', 500],
];
foreach ([1, 0] as $hardTimeout) {
    $ini['hard_timeout'] = $hardTimeout;
    $server = play(function (Server $server) use ($scripts, $hardTimeout) {
        $server->script('die.php', 'crashme("null-read");');
        $statuses = [];
        foreach (array_diff_key($scripts, $hardTimeout ? ['late' => 0] : ['sleep' => 0]) as $name => [$code, $status]) {
            $server->script("$name.php", $code);
            same("$name: status", $status, $statuses[] = $server->get("/$name.php")->status);
        }
        [$pid] = $server->workers();
        return [$statuses, $server->get('/die.php'), $server->childExit($pid)];
    }, ['ini' => $ini]);
    $isDeath = fn ($line) => json_decode($line)->event->action === 'worker-death';
    $server->until(fn () => array_filter($server->rawRecords(), $isDeath), 10, 'the last death');
    $deaths = array_values(array_filter($server->rawRecords(), $isDeath)); // and no other
    same('deaths', 1, count($deaths));
    $death = json_decode($deaths[0], true);
    told($server, $death, 'segfault', '/die.php');
    same('requests served', 3, $death['fpmsentinel']['requests_served']);
}
?>
done
--EXPECT--
done
