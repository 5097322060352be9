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
    $finding = fixes('hard-timeout', $tight, ['ini' => ['max_execution_time' => 100, 'hard_timeout' => 1]],
        function (Server $server) use ($slow) {
        $server->script('slow.php', $slow);
        return $server->finish($server->start('/slow.php'), 200)->status;
    }, 502, 200, ['--records', $records]);
    matches('record', '~^hard_timeout, record \w{32}$~', $finding['places'][1]['text']);
    same('in the place of its log', true, isset(doctor($server)['hard-timeout']));
    rename($server->log, "$server->log.1");
    same('without records', false, isset(doctor($server)['hard-timeout']));
    touch($server->log);
    chmod($server->log, 0600);
    $nobody = implode(' ', ['setpriv --reuid=nobody --clear-groups', Server::path('TEST_FPMSENTINEL'), 'doctor',
        '--format=json', ...configurationOf($server)]);
    same('as somebody else', true, in_array("the records in $server->log, which only others may read",
        json_decode((string) shell_exec($nobody), true)['not_looked_at'] ?? []));
}

// the guard against recursion, which 8.2 does not have

if (PHP_VERSION_ID >= 80300) {
    fixes('recursion-unlimited', ['ini' => ['zend.max_allowed_stack_size' => -1, 'memory_limit' => -1]],
        ['ini' => ['zend.max_allowed_stack_size' => 0]], function (Server $server) {
        $server->script('deep.php', 'class Deep { function __toString() { return "x" . new Deep; } } echo new Deep;');
        return $server->get('/deep.php')->status;
    }, 502, 500);
} else {
    $server = new Server;
    same('8.2', false, isset(doctor($server)['recursion-unlimited']));
}

// crashes in PCRE and in opcache, by records that say so: a real one with another module, as shared library and as part
// of PHP

$server = new Server;
$server->script('die.php', 'crashme("null-read");');
$server->get('/die.php');
$records = recordsOf($server, 1);
$record = json_decode(file_get_contents($records), true);
$jit = ['pcre-jit' => [['pcre.jit' => 1], ['pcre.jit' => 0]],
    'opcache-jit' => [['opcache.jit' => 'tracing', 'opcache.jit_buffer_size' => '16M'], ['opcache.jit' => 'disable']]];
$frames = ['pcre-jit' => [['/lib/x86_64-linux-gnu/libpcre2-8.so.0.11.2', 'x+0x1'],
    ['/usr/local/sbin/php-fpm', 'pcre2_match_8+0x1']],
    'opcache-jit' => [['/usr/lib/php/20220829/opcache.so', 'x+0x1'],
        ['/usr/local/sbin/php-fpm', 'zend_jit_trace_exit+0x1']]];
foreach ($frames as $rule => $innermost) {
    foreach ($innermost as [$module, $symbol]) {
        $changed = $record;
        array_unshift($changed['fpmsentinel']['native']['stack'],
            ['ip' => '0x1234', 'module' => $module, 'offset' => '0x1', 'symbol' => $symbol]);
        file_put_contents("$server->dir/$rule.jsonl", json_encode($changed, JSON_UNESCAPED_SLASHES) . "\n");
        fixes($rule, ['ini' => $jit[$rule][0], 'opcache' => true], ['ini' => $jit[$rule][1], 'opcache' => true],
            arguments: ['--records', "$server->dir/$rule.jsonl"]);
    }
    same("$rule: a crash elsewhere", false, isset(doctor($server, '--records', $records)[$rule]));
}

// a fault in opcache's library, with a file cache: that first, and the JIT only for what is the JIT's own

$store = "$server->dir/store";
mkdir($store);
foreach ([['x+0x1', 'opcache.file_cache ='], ['zend_jit_trace_exit+0x1', 'opcache.jit = disable']] as [$symbol, $fix]) {
    $changed = $record;
    array_unshift($changed['fpmsentinel']['native']['stack'], ['ip' => '0x1234',
        'module' => '/usr/lib/php/20220829/opcache.so', 'offset' => '0x1', 'symbol' => $symbol]);
    file_put_contents("$server->dir/cache.jsonl", json_encode($changed, JSON_UNESCAPED_SLASHES) . "\n");
    $cached = new Server(['ini' => $jit['opcache-jit'][0] + ['opcache.file_cache' => $store], 'opcache' => true]);
    same("file cache, $symbol", [$fix],
        array_map('rtrim', array_column(doctor($cached, '--records', "$server->dir/cache.jsonl")['opcache-jit'] ?? [],
            'fix')));
    $cached->stop();
}

// code that a JIT has made is in no file: faults in it of memory that cannot be read, the same without the JIT, and
// what is no fault of it

/** The rules that tell of a JIT, after such a death of a worker; whether the first frame is in code of no file. */
function jitRules(string $script, array $ini, ?callable $kill = null): array
{
    $server = new Server(['opcache' => true, 'ini' => $ini
        + ['opcache.file_update_protection' => 0, 'pcre.backtrack_limit' => 2_000_000_000]]);
    $server->script('die.php', $script);
    [$pid] = $server->workers();
    $request = $server->start('/die.php');
    $kill && $kill($server, $pid);
    same('status', 502, $server->finish($request)->status);
    $record = $server->records(1)[0]['fpmsentinel'];
    same('cause', 'segfault', $record['cause']);
    return [array_values(array_intersect(array_keys(doctor($server)), ['pcre-jit', 'opcache-jit'])),
        !isset($record['native']['stack'][0]['module'])];
}

$kill = function (Server $server, int $pid) {
    untilBusy($server, $pid);
    Server::kill($pid, 'SEGV');
};
[$on, $off] = [$jit['pcre-jit'][0] + $jit['opcache-jit'][0], $jit['pcre-jit'][1] + $jit['opcache-jit'][1]];
$lengths = 'function lengths(string $s) { for ($n = $i = 0; $i < 5000; $i++) { $n += strlen($s); } return $n; } '
    . 'lengths("warm"); lengths("up"); lengths(crashme("wild-string"));';
$match = 'preg_match("~^(a+)+$~", crashme("torn-string", 100));';
foreach (['tracing', 'function'] as $how) {
    same("opcache's, $how", [['opcache-jit'], true], jitRules($lengths, ['opcache.jit' => $how] + $on));
}
same('opcache\'s, off', [[], false], jitRules($lengths, $off));
same('PCRE\'s', [['pcre-jit'], true], jitRules($match, $on));
same('PCRE\'s, off', [[], false], jitRules($match, $off));
same('a jump elsewhere', [[], true], jitRules('crashme("jump-unmapped");', $on));
same('sent, in opcache\'s', [[], true], jitRules('function f() { $s = 0; for ($i = 0; ; $i++) { '
    . '$s = ($s + $i) & 0xffff; } } f();', $on, $kill));
same('sent, in PCRE\'s', [[], true], jitRules('for (;;) { preg_match("~^(a+)+$~", str_repeat("a", 60) . "b"); }', $on,
    $kill));
?>
done
--EXPECT--
done
