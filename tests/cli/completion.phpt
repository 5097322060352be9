--TEST--
fpmsentinel: bash, zsh and fish offer each command, long option and value, ids and names out of records, nothing else
--SKIPIF--
<?php
is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel');
shell_exec('command -v zsh') || die('skip no zsh');
shell_exec('command -v fish') || die('skip no fish');
?>
--FILE--
<?php
$root = realpath(__DIR__ . '/../..');
putenv("PATH=$root/bin:" . getenv('PATH'));
$functions = sys_get_temp_dir() . '/fps-completion-' . getmypid();
mkdir($functions);
copy("$root/conf/fpmsentinel.zsh-completion", "$functions/_fpmsentinel");

/** @return list<string> in order */
function sorted(array $words): array
{
    $words = array_unique(array_filter($words, 'strlen'));
    sort($words);
    return $words;
}

/** @return list<string> the lines that a program prints */
function lines(string ...$command): array
{
    $command = implode(' ', array_map('escapeshellarg', $command));
    return sorted(explode("\n", (string) shell_exec("timeout 120 $command")));
}

/** What bash offers at the end of a line of these words. */
function bash(string ...$words): array
{
    global $root;
    $script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fpmsentinel "$1"; '
        . 'printf "%s\n" "${COMPREPLY[@]}"';
    return lines('bash', '-c', $script, 'bash', "$root/conf/fpmsentinel.bash-completion", 'fpmsentinel', ...$words);
}

function zsh(string ...$words): array
{
    global $functions;
    return lines('zsh', '-f', __DIR__ . '/complete.zsh', $functions, 'fpmsentinel ' . implode(' ', $words));
}

function fish(string ...$words): array
{
    global $root;
    $line = 'fpmsentinel ' . implode(' ', $words);
    $offers = lines('env', 'HOME=/nonexistent', 'fish', '--no-config', '-c',
        "source $root/conf/fpmsentinel.fish; complete --do-complete " . escapeshellarg($line));
    return sorted(array_map(fn ($offer) => explode("\t", $offer)[0], $offers));
}

function check(array $expected, string ...$words): void
{
    foreach (['bash' => bash(...$words), 'zsh' => zsh(...$words),
        'fish' => fish(...$words)] as $shell => $offered) {
        if ($offered !== sorted($expected)) {
            echo "$shell, ", implode(' ', $words), ': ', implode(' ', $offered), "\n  expected: ",
                implode(' ', sorted($expected)), "\n";
        }
    }
}

/** @return list<string> the long options in a command's help */
function options(string $command): array
{
    preg_match_all('~(?<![\w-])--[a-z-]+~', shell_exec("fpmsentinel $command --help"), $options);
    return $options[0];
}

preg_match_all('~^  (\w+)  ~m', shell_exec('fpmsentinel --help'), $commands);
count($commands[1]) >= 3 || print "no commands\n";
check($commands[1], '');
check(options(''), '--');
foreach ($commands[1] as $command) {
    check(options($command), $command, '--');
}
check(['json', 'ndjson', 'text'], 'trace', '--format', '');
check(['fpm_reload', 'fpm_stop', 'fpm_down', 'fpm_killed'], 'trace', '-x', '-o', 'fpm');
// an option and its value in one word
check(['--format=json', '--format=ndjson', '--format=text'], 'trace', '--format=');
check(['--format=json'], '--format=js');
check(['--cause=fpm_down'], 'list', '--deaths', '--cause=fpm_d');
check([], 'list', '--nonsense=qqq'); // which no file's name has in it
echo implode(' ', bash('trace', '--format', '=')), ', ', implode(' ', bash('trace', '--format', '=', 'nd')), "\n";
echo implode(' ', [...bash('nonsense', '--'), ...bash('trace', '--since', ''), ...bash('trace', ''),
    ...bash('trace', '--', 'x')]), "\n";

// out of records: what has a meaning for a shell, as a pool's user may have written, is not offered
$record = json_decode(file(__DIR__ . '/shop/records.jsonl')[0], true);
$log = "$functions/records";
foreach (['shop' => 'web1', 'www' => 'web2', '$(reboot)' => 'a;b', "x'y" => '--format', 'a b' => "\e[2J"]
    as $pool => $host) {
    $record['fpmsentinel']['pool'] = $pool;
    $record['host']['name'] = $host;
    $record['event']['id'] = md5($pool);
    file_put_contents($log, json_encode($record) . "\n", FILE_APPEND);
}
$ids = array_map(md5(...), ['shop', 'www', '$(reboot)', "x'y", 'a b']);
check(['shop', 'www'], 'list', $log, '--pool', '');
check(['web1', 'web2'], 'report', $log, '--host', '');
check(['web2'], 'trace', $log, '--deaths', '--host', 'web2');
check(['--pool=shop', '--pool=www'], 'list', $log, '--pool=');
check(['web1', 'web2'], 'trace', "--records=$log", '--host', 'w');
check(['stack_overflow-3ba112c4'], 'list', $log, '--defect', 'st');
check([...$ids, 'stack_overflow-3ba112c4'], 'info', $log, '');
check([md5('shop')], 'show', $log, substr(md5('shop'), 0, 8));
check(['trace', 'list', 'info', 'report', 'doctor', 'setup', 'explain', 'help'], 'help', '');
unlink($log);
unlink("$functions/_fpmsentinel");
rmdir($functions);
?>
--EXPECT--
json ndjson text, ndjson

