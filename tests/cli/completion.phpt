--TEST--
fpmsentinel: each command and long option of the help is offered by bash and zsh, nothing else, and stands in the manual
--SKIPIF--
<?php
is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel');
shell_exec('command -v zsh') || die('skip no zsh');
?>
--FILE--
<?php
$root = realpath(__DIR__ . '/../..');
$manual = str_replace('\\-', '-', file_get_contents("$root/man/fpmsentinel.1") . file_get_contents("$root/man/fpmsentinel-doctor.1"));
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

/** @return array<string, list<string>> what a shell offers at the end of a line that begins with these words */
function offers(string ...$words): array
{
    global $root, $functions;
    $bash = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fpmsentinel; printf "%s\n" "${COMPREPLY[@]}"';
    $run = fn (string ...$command) => sorted(explode("\n", shell_exec('timeout 120 ' . implode(' ', array_map('escapeshellarg', $command)))));
    return [
        'bash' => $run('bash', '-c', $bash, 'bash', "$root/conf/fpmsentinel.bash-completion", 'fpmsentinel', ...$words),
        'zsh' => $run('zsh', '-f', __DIR__ . '/complete.zsh', $functions, 'fpmsentinel ' . implode(' ', $words)),
    ];
}

function check(string $what, array $expected, array $offers): void
{
    global $manual;
    foreach ($offers as $shell => $offered) {
        if ($offered !== $expected) {
            echo "$what, $shell: ", implode(' ', $offered), "\n  expected: ", implode(' ', $expected), "\n";
        }
    }
    foreach ($expected as $word) {
        preg_match('~(?<![\w-])' . preg_quote($word) . '(?![\w-])~', $manual) || print "man/fpmsentinel.1: no $word\n";
    }
}

$help = shell_exec("$root/bin/fpmsentinel --help");
preg_match_all('~^  (\w+)  ~m', $help, $commands);
preg_match_all('~(?<![\w-])--[a-z-]+~', $help, $options);
count($commands[1]) >= 3 || print $help;
$first = offers('');
$first['bash'] = array_values(preg_grep('~^-~', $first['bash'], PREG_GREP_INVERT)); // which offers options as well
check('commands', sorted($commands[1]), $first);
check('options', sorted($options[0]), offers('--'));
foreach ($commands[1] as $command) {
    preg_match_all('~(?<![\w-])--[a-z-]+~', shell_exec("$root/bin/fpmsentinel $command --help"), $options);
    check($command, sorted($options[0]), offers($command, '--'));
}
check('formats', ['json', 'ndjson', 'text'], offers('trace', '--format', ''));
unlink("$functions/_fpmsentinel");
rmdir($functions);
?>
done
--EXPECT--
done
