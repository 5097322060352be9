--TEST--
fpmsentinel show: the last record, one by its id, as JSON; none; what is hostile
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
chdir(__DIR__);
function run(string $arguments): string
{
    exec(realpath(__DIR__ . '/../../bin/fpmsentinel') . " $arguments 2>&1", $lines, $status);
    return "$status " . implode("\n", $lines) . "\n";
}

$all = run('show --debug-dir=none shop/records.jsonl');
echo substr($all, 0, 34), preg_replace('~\n    3  0x.*~s', '', strstr($all, "\nPHP stack\n")), "\n";
echo substr(run('show --id 01a210259aac shop/records.jsonl'), 0, 34), "\n";
$records = array_map(fn ($line) => json_decode($line, true), file('shop/records.jsonl'));
$found = json_decode(substr(run("show --debug-dir=none --json {$records[0]['event']['id']} - <shop/records.jsonl"), 2),
    true);
var_dump($found === $records[0]);
echo run('show ffffffffffffffffffffffffffffffff shop/records.jsonl'), run('show missing.jsonl'),
    strtok(run('show --nonsense'), "\n"), "\n";

// Nothing of what a record holds is taken for granted: neither its types, nor its numbers, nor that a terminal may have
// its texts
$hostile = tempnam(sys_get_temp_dir(), 'fps');
$frames = ['x', null, 7, [], ['offset' => '0x', 'build_id' => "a\e[2J", 'module' => '/dev/zero', 'source' => 1,
    'symbol' => "\e[1m", 'ip' => []],
    ['offset' => '0x' . str_repeat('f', 99), 'source' => [1, null,
        ['function' => "\e", 'line' => [], 'inlined' => 'x']]],
    ...array_fill(0, 1000, ['offset' => '0x1', 'build_id' => 'abcd', 'module' => '/bin/sh'])];
foreach ([$frames, 'x', -1, ['a' => ['stack' => 1]], null] as $value) {
    $record = $records[0];
    $record['event']['id'] = str_repeat("\e[", 16);
    $record['fpmsentinel'] = ['native' => ['stack' => $value, 'registers' => $value, 'frames_omitted' => $value],
        'php' => ['stack' => $value, 'stack_age_ms' => 1e300],
        'request' => ['annotations' => ["\e]" => $value]], 'signal' => ['number' => $value, 'sender' => $value],
        'limits' => $value, 'incomplete' => $value, 'nginx' => $value];
    file_put_contents($hostile, json_encode($record, JSON_UNESCAPED_SLASHES) . "\n");
    $all = run("show $hostile") . run("show --json $hostile");
    echo $all[0], preg_match_all('~^\d \{$~m', $all), json_encode(str_contains($all, "\e"));
    $record['fpmsentinel'] = $value;
    file_put_contents($hostile, json_encode($record, JSON_UNESCAPED_SLASHES) . "\n");
    echo run("show $hostile")[0], run("show --json $hostile")[0], "\n";
}
unlink($hostile);
?>
--EXPECT--
0 01a210259adb00012d4ca780548cdadd
PHP stack
    0  sleep
    1  pay  /srv/shop/wait.php:3
    2  {main}  /srv/shop/wait.php:5

Native stack
    0  0x7f7fc54ed503  clock_nanosleep+0x23  /lib/x86_64-linux-gnu/libc.so.6 + 0xcf503
    1  0x7f7fc54f1e53  nanosleep+0x13  /lib/x86_64-linux-gnu/libc.so.6 + 0xd3e53
    2  0x7f7fc54f1d8a  sleep+0x3a  /lib/x86_64-linux-gnu/libc.so.6 + 0xd3d8a
0 01a210259aac0001e24d65d389fb0254
bool(true)
1 fpmsentinel: no record, request or defect here has an id or a name that begins with ffffffffffffffffffffffffffffffff; 'fpmsentinel list' and 'fpmsentinel report' show which there are
2 fpmsentinel: missing.jsonl: No such file or directory
2 fpmsentinel: unknown option: --nonsense
01false00
01false00
01false00
01false00
01false00
