--TEST--
fpmsentinel doctor: text and JSON for stored configuration; options, exit status, broken input
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
/* UPDATE_GOLDEN=1 in the environment writes doctor/expected.txt anew: read what has changed. */
chdir(__DIR__ . '/doctor');
$here = getcwd();
$folder = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
mkdir($folder);
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($folder)));
file_put_contents("$folder/systemctl", "#!/bin/sh\nexit 1\n");
chmod("$folder/systemctl", 0755);
putenv("PATH=$folder:" . getenv('PATH'));

/** @return array{int, string, string} status, output, errors; the input is text, or a file that is open */
function run(array $arguments, mixed $input = ''): array
{
    $process = proc_open([realpath(__DIR__ . '/../../bin/fpmsentinel'), 'doctor', ...$arguments],
        // a thread-safe PHP's chdir() is its own
        [is_string($input) ? ['pipe', 'r'] : $input, ['pipe', 'w'], ['pipe', 'w']], $pipes, getcwd());
    if (is_string($input)) {
        fwrite($pipes[0], $input);
        fclose($pipes[0]);
    }
    [$output, $errors] = [stream_get_contents($pipes[1]), stream_get_contents($pipes[2])];
    return [proc_close($process), $output, $errors];
}

const FPM = ['--php', './php-fpm', '--fpm-conf', 'php-fpm.conf'];

// memory, logrotate and the kernel are this machine's; -v, as how much else is shown depends on how much there is
$text = fn (string $text) => preg_replace('~^(warning|hint) +'
    . '(memory-limit-sum|log-not-rotated|kernel-exit-info|backlog-short): .*?\n\n~ms', '',
    str_replace([realpath(__DIR__ . '/../../docs/rules'), $here], ['PAGES', 'HERE'], $text));
[$status, $output, $errors] = run(['--nginx-conf', 'nginx.dump', '--all', '-v', ...FPM]);
$found = preg_replace('~^\d+ findings: 0 errors, .*~m', 'N findings', $text($output)) . "--- status $status\n$errors";
getenv('UPDATE_GOLDEN') && file_put_contents('expected.txt', $found);
if ($found !== @file_get_contents('expected.txt')) {
    file_put_contents("$folder/actual", $found);
    echo shell_exec("diff -u expected.txt $folder/actual");
}
[$status, $same] = run(['--nginx-conf', '-', '--all', '--verbose', ...FPM], file_get_contents('nginx.dump'));
echo $same === $output ? '' : "from standard input\n$same";

// JSON says the same
[$status, $json, $errors] = run(['--nginx-conf', 'nginx.dump', '--format=json', ...FPM]);
$report = json_decode($json, true, flags: JSON_THROW_ON_ERROR);
preg_match_all('~^(error|warning|hint) +([a-z0-9-]+): ~m', $output, $matches, PREG_SET_ORDER);
echo array_map(fn ($match) => [$match[1], $match[2]], $matches) ===
    array_map(fn ($finding) => [$finding['severity'], $finding['rule']], $report['findings']) ? ''
    : "not the same\n$json";
foreach ($report['findings'] as $finding) {
    is_file(__DIR__ . "/../../docs/rules/$finding[rule].md") || print("no page for $finding[rule]\n");
    foreach (['title', 'why', 'fix'] as $key) {
        empty($finding[$key]) && print("$finding[rule]: no $key\n");
    }
}
printf("status %d, %s; keys %s\n", $status, trim($errors), implode(' ', array_keys($report)));

// wrong usage, and what can't be read

$say = fn (array $run) => print("$run[0] $run[1]" . str_replace([$here, $folder], ['HERE', 'TMP'], $run[2]));
$say([...array_slice(run(['--help']), 0, 1), substr(run(['--help'])[1], 0, 26) . "\n", '']);
$say(run(['--nonsense']));
$say(run(['--format=xml']));
$say(run(['extra']));
$say(run(['--nginx-conf', 'missing', ...FPM]));
$say(run(['--nginx-conf', '.', ...FPM]));
$say(run(['--nginx-conf', 'nginx.dump', '--php', './missing', '--fpm-conf', 'php-fpm.conf']));
$say(run(['--nginx-conf', 'nginx.dump', '--php', './php-fpm', '--fpm-conf', 'missing']));
$say(run(['--nginx-conf', 'nginx.dump', '--php', '/bin/true', '--fpm-conf', 'php-fpm.conf']));
$say(run(['--nginx-conf', 'nginx.dump', '--records', 'missing', ...FPM]));

// nginx's output cut in the middle of a file, and between two; no output at all; more than anybody's

$dump = file_get_contents('nginx.dump');
$say(run(['--nginx-conf', '-', ...FPM], substr($dump, 0, strpos($dump, 'keepalive 8'))));
$say(run(['--nginx-conf', '-', ...FPM], substr($dump, 0,
    strpos($dump, '# configuration file /etc/nginx/fastcgi.conf'))));
$say(run(['--nginx-conf', '-', ...FPM], str_replace('location /other/ {', 'location /other/', $dump)));
$say(run(['--nginx-conf', '-', ...FPM]));
$random = '';
for ($n = 0; strlen($random) < 10 << 20; $n++) {
    $random .= hash('sha512', $n, true);
}
file_put_contents("$folder/garbage", $random);
$say(run(['--nginx-conf', '-', ...FPM], fopen("$folder/garbage", 'r')));
file_put_contents("$folder/garbage", "# configuration file /x:\n$random");
echo preg_match('~^fpmsentinel: /x:\d+: [^\n]+\n$~D', ($run = run(['--nginx-conf', "$folder/garbage", ...FPM]))[2])
    ? "$run[0] a message\n" : $run[2];
file_put_contents("$folder/garbage", "# configuration file /x:\n" . str_repeat("a { b c; } d 'e';\n", 600_000));
$say(run(['--nginx-conf', "$folder/garbage", ...FPM]));
file_put_contents("$folder/garbage", "# configuration file /x:\nmap a b { " . str_repeat("c d;\n", 2_000_000) . "}\n");
echo run(['--nginx-conf', "$folder/garbage", ...FPM])[0], "\n";

// a php-fpm that has too much to say, one that is killed, one that fails

foreach (['exec yes', 'kill -9 $$', 'echo no >&2; exit 78'] as $script) {
    file_put_contents("$folder/php-fpm", "#!/bin/sh\n$script\n");
    chmod("$folder/php-fpm", 0755);
    $say(run(['--nginx-conf', 'nginx.dump', '--php', "$folder/php-fpm", '--fpm-conf', 'php-fpm.conf']));
}
?>
--EXPECT--
status 1, ; keys findings plan not_looked_at no_effect
0 Usage: fpmsentinel doctor 
2 fpmsentinel: unknown option: --nonsense
Try 'fpmsentinel doctor --help'.
2 fpmsentinel: invalid value for --format: xml; use one of
  text, json
Try 'fpmsentinel doctor --help'.
2 fpmsentinel: unexpected argument: extra
Try 'fpmsentinel doctor --help'.
2 fpmsentinel: missing: No such file or directory
2 fpmsentinel: .: Is a directory
2 fpmsentinel: ./missing -i: exit status 127
./missing: No such file or directory
2 fpmsentinel: missing: No such file or directory
2 fpmsentinel: /bin/true -i: exit status 0
2 fpmsentinel: missing: No such file or directory
2 fpmsentinel: /etc/nginx/nginx.conf:4: this block has no closing "}"
2 fpmsentinel: /etc/nginx/sites/shop:6: includes /etc/nginx/fastcgi.conf, which is not part of the input; is the nginx -T output truncated?
2 fpmsentinel: /etc/nginx/sites/shop:18: unexpected "}": no block is open
2 fpmsentinel: no line "# configuration file NAME:": this is not what nginx -T prints
2 fpmsentinel: no line "# configuration file NAME:": this is not what nginx -T prints
2 a message
2 fpmsentinel: /x:66667: more directives than any configuration has: do files include themselves?
1
2 fpmsentinel: TMP/php-fpm -i: exit status -1
TMP/php-fpm says more than 64 MB
2 fpmsentinel: TMP/php-fpm -i: exit status -1
TMP/php-fpm was ended by a signal
2 fpmsentinel: TMP/php-fpm -i: exit status 78
no
