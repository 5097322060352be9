--TEST--
fpmsentinel doctor: the engine's own limits, and what records tell of them
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';

/** A file with the records of a server. */
function recordsOf(Server $server, int $n): string
{
    $server->records($n);
    copy($server->log, $file = "$server->dir/kept.jsonl");
    return $file;
}

// a worker that has left by hard_timeout, and the same request with a limit that is higher now

$used = fn () => ($now = getrusage())['ru_utime.tv_sec'] + $now['ru_utime.tv_usec'] / 1e6;
$before = $used();
hash_pbkdf2('sha256', 'x', 'y', 200_000);
$rounds = (int) (200_000 / ($used() - $before) * 5); // some five seconds of CPU time, in one call
$slow = "hash_pbkdf2('sha256', 'x', 'y', $rounds); echo 'done';";
$tight = ['ini' => ['max_execution_time' => 1, 'hard_timeout' => 1]];
if (!Server::builtWith('Zend Max Execution Timers') && !PHP_ZTS) {
    $server = new Server($tight);
    $server->script('slow.php', $slow);
    same('tight', 502, $server->finish($server->start('/slow.php'), 200)->status);
    $records = recordsOf($server, 1);
    $finding = mends('hard-timeout', $tight, ['ini' => ['max_execution_time' => 100, 'hard_timeout' => 1]], function (Server $server) use ($slow) {
        $server->script('slow.php', $slow);
        return $server->finish($server->start('/slow.php'), 200)->status;
    }, 502, 200, ['--records', $records]);
    matches('record', '~^hard_timeout, record \w{32}$~', $finding['places'][1]['text']);
    same('in the place of its log', true, isset(doctor($server)['hard-timeout']));
    rename($server->log, "$server->log.1");
    same('without records', false, isset(doctor($server)['hard-timeout']));
    touch($server->log);
    chmod($server->log, 0600);
    $nobody = implode(' ', ['setpriv --reuid=nobody --clear-groups', Server::path('TEST_FPMSENTINEL'), 'doctor', '--format=json', ...configurationOf($server)]);
    same('as somebody else', true, in_array("the records in $server->log, which only others may read", json_decode((string) shell_exec($nobody), true)['not_looked_at'] ?? []));
}

// the guard against recursion, which 8.2 does not have

if (PHP_VERSION_ID >= 80300) {
    mends('recursion-unlimited', ['ini' => ['zend.max_allowed_stack_size' => -1, 'memory_limit' => -1]], ['ini' => ['zend.max_allowed_stack_size' => 0]], function (Server $server) {
        $server->script('deep.php', 'class Deep { function __toString() { return "x" . new Deep; } } echo new Deep;');
        return $server->get('/deep.php')->status;
    }, 502, 500);
} else {
    $server = new Server;
    same('8.2', false, isset(doctor($server)['recursion-unlimited']));
}

// crashes in PCRE and in opcache, by records that say so: a real one with another module

$server = new Server;
$server->script('die.php', 'crashme("null-read");');
$server->get('/die.php');
$records = recordsOf($server, 1);
$record = json_decode(file_get_contents($records), true);
foreach (['pcre-jit' => '/lib/x86_64-linux-gnu/libpcre2-8.so.0.11.2', 'opcache-jit' => '/usr/lib/php/20220829/opcache.so'] as $rule => $module) {
    array_unshift($record['fpmsentinel']['native']['stack'], ['ip' => '0x1234', 'module' => $module, 'offset' => '0x1']);
    file_put_contents("$server->dir/$rule.jsonl", json_encode($record, JSON_UNESCAPED_SLASHES) . "\n");
    $jit = $rule === 'pcre-jit' ? [['pcre.jit' => 1], ['pcre.jit' => 0]]
        : [['opcache.jit' => 'tracing', 'opcache.jit_buffer_size' => '16M'], ['opcache.jit' => 'disable']];
    mends($rule, ['ini' => $jit[0], 'opcache' => true], ['ini' => $jit[1], 'opcache' => true], arguments: ['--records', "$server->dir/$rule.jsonl"]);
    same("$rule: a crash elsewhere", false, isset(doctor($server, '--records', $records)[$rule]));
    array_shift($record['fpmsentinel']['native']['stack']);
}
?>
done
--EXPECT--
done
