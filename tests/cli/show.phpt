--TEST--
fpmsentinel show: the last record, one by its id, as JSON; none; what the help, the manual and the completion know
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
chdir(__DIR__);
$root = realpath(__DIR__ . '/../..');
function run(string $arguments): string
{
    exec(realpath(__DIR__ . '/../../bin/fpmsentinel') . " $arguments 2>&1", $lines, $status);
    return "$status " . implode("\n", $lines) . "\n";
}

$all = run('show shop/records.jsonl');
echo substr($all, 0, 34), preg_replace('~\n    3  0x.*~s', '', strstr($all, "\nPHP stack\n")), "\n";
echo substr(run('show --id 01a210259aac shop/records.jsonl'), 0, 34), "\n";
$records = array_map(fn ($line) => json_decode($line, true), file('shop/records.jsonl'));
$found = json_decode(substr(run("show --json {$records[0]['event']['id']} - <shop/records.jsonl"), 2), true);
var_dump($found === $records[0]);
echo run('show ffffffffffffffffffffffffffffffff shop/records.jsonl'), run('show missing.jsonl'), strtok(run('show --nonsense'), "\n"), "\n";

// every option stands in the help, the manual and the completion
foreach (['trace', 'show', 'report'] as $command) {
    preg_match_all('~--[a-z-]+~', run("$command --help"), $options);
    foreach (array_unique($options[0]) as $option) {
        $manual = str_replace('\\-', '-', file_get_contents("$root/man/fpmsentinel.1"));
        str_contains($manual, $option) || in_array($option, ['--help', '--id']) || print "man/fpmsentinel.1: no $option\n";
        str_contains(file_get_contents("$root/conf/fpmsentinel.bash-completion"), $option) || print "completion: no $option\n";
    }
}
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
1 fpmsentinel show: no such record
2 fpmsentinel: missing.jsonl: No such file or directory
2 fpmsentinel show: unrecognized option '--nonsense'
