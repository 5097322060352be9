--TEST--
fpmsentinel trace: the native frame of a record, whatever its texts, and a record that is cut there
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
chdir(__DIR__);
putenv('TZ=UTC');
$record = json_decode(file('shop/records.jsonl')[0], true);
$records = tempnam(sys_get_temp_dir(), 'fps');

/** What trace says of the record with that native part, or with that line; the first incident is its own. */
function native(mixed $native, ?callable $change = null): void
{
    global $record, $records;
    $changed = $record;
    $changed['fpmsentinel']['native'] = $native;
    $line = json_encode($changed, JSON_UNESCAPED_SLASHES);
    file_put_contents($records, ($change ? $change($line) : $line) . "\n");
    exec("../../bin/fpmsentinel trace --format ndjson -r $records shop/nginx.txt 2>&1", $lines);
    $said = preg_grep('~broken record~', $lines);
    $incident = json_decode(current(preg_grep('~^\{~', $lines)), true);
    echo $incident['record']['native'] ?? (isset($incident['record']) ? 'none' : 'no record'), $said ? ' (broken)' : '',
        str_contains($incident['advice']['change'] ?? '', 'fatal_error_backtraces') ? ', of a backtrace' : '', "\n";
}

$libc = ['ip' => '0x1', 'module' => '/lib/libc.so.6', 'offset' => '0x1', 'symbol' => 'abort+0x1'];
$frame = ['ip' => '0x2', 'module' => '/x"}],[{\\".so', 'offset' => '0x2', 'symbol' => '\\'];
native(['arch' => 'x86_64', 'stack' => [$libc, $frame, ['ip' => '0x3', 'module' => '/y.so', 'offset' => '0x3']],
    'registers' => ['rip' => '0x2']]);
native(['arch' => 'x86_64', 'stack' => [$libc, ['ip' => '0x3', 'module' => '/y.so', 'offset' => '0x3']]]);
native(['arch' => 'x86_64', 'stack' => [['ip' => '0x9'], $libc, $libc]]);
native(['arch' => 'x86_64', 'stack' => [['ip' => '0x9'], ['ip' => '0xa']]]);
native(['stack' => [], 'registers' => []]);
native(['arch' => 'x86_64']);
native([]);
native('text');
native(['stack' => [$frame]], fn ($line) => substr($line, 0, -4));
native(['stack' => [$frame]], fn ($line) => substr($line, 0, -2));
native(['stack' => [$frame]], fn ($line) => $line . ' and more "} {');
native(['stack' => [$frame]], fn ($line) => str_replace('"cause"', 'cause', $line));
$segfault = fn ($line) => str_replace('stack_overflow', 'segfault', $line);
native(['stack' => [$php = ['ip' => '0x1', 'module' => '/php-fpm', 'offset' => '0x1',
    'symbol' => 'zend_fetch_debug_backtrace+0x1'], $frame]], $segfault);
native(['stack' => [['symbol' => 'my_zend_fetch_debug_backtrace+0x1'] + $php, $php]], $segfault);
unlink($records);
?>
--EXPECT--
/x"}],[{\".so \
/y.so 0x3
code that is in no file, called from /lib/libc.so.6 abort+0x1
code that is in no file
none
none
none
none
no record (broken)
no record (broken)
/x"}],[{\".so \
no record (broken)
/php-fpm zend_fetch_debug_backtrace+0x1, of a backtrace
/php-fpm my_zend_fetch_debug_backtrace+0x1
