--TEST--
fpmsentinel: bash and zsh offer each command, long option and value, and nothing else
--SKIPIF--
<?php
is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel');
shell_exec('command -v zsh') || die('skip no zsh');
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
    return sorted(explode("\n", shell_exec('timeout 120 ' . implode(' ', array_map('escapeshellarg', $command)))));
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

function check(array $expected, string ...$words): void
{
    foreach (['bash' => bash(...$words), 'zsh' => zsh(...$words)] as $shell => $offered) {
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
echo implode(' ', bash('trace', '--format', '=')), ', ', implode(' ', bash('trace', '--format', '=', 'nd')), "\n";
echo implode(' ', [...bash('nonsense', '--'), ...bash('trace', '--since', ''), ...bash('trace', ''),
    ...bash('trace', '--', 'x')]), "\n";
unlink("$functions/_fpmsentinel");
rmdir($functions);
?>
--EXPECT--
json ndjson text, ndjson

