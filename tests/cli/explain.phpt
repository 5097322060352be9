--TEST--
fpmsentinel explain: a page for each cause, at each width; wrong names; lines of logs, no surer than trace is
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
putenv('TZ=UTC');
$tool = realpath(__DIR__ . '/../../bin/fpmsentinel');
$top = dirname(__DIR__, 2);

function run(string ...$arguments): string
{
    exec(implode(' ', array_map('escapeshellarg', [$GLOBALS['tool'], ...$arguments])) . ' 2>&1', $lines, $status);
    return "$status " . implode("\n", $lines) . "\n";
}

// The lists: causes.def, the pages, the list of causes, the manual

preg_match_all('~^(?:CAUSE\(\w+, |VERDICT\()"(\w+)"~m', file_get_contents("$top/src/causes.def"), $found);
$causes = [...$found[1], 'unexplained'];
preg_match_all('~^  (\w+) ~m', substr(run('explain'), 2), $listed);
echo $listed[1] === $causes ? '' : "explain lists others\n";
$pages = array_diff(array_map(fn ($path) => basename($path, '.md'), glob("$top/docs/causes/*.md")),
    ['README', 'test-server']);
echo array_diff($pages, $causes) || array_diff($causes, $pages) ? "other pages\n" : '';
preg_match_all('~^\.SH (\w+)$~m', file_get_contents("$top/bin/fpmsentinel-causes.7"), $manual);
echo array_diff($causes, $manual[1]) ? "the manual lacks some\n" : '';

// Each has an answer with all sections

$sections = ['What it is', 'What you see', 'How it is recognised', 'What to do', 'What does not help', 'Reproduce it'];
foreach ($causes as $cause) {
    $page = run('explain', $cause);
    preg_match_all('~\n\n(\S[^\n]*)\n~', $page, $titles);
    echo str_starts_with($page, "0 $cause\n") && $titles[1] === $sections ? '' : $page;
}

// At each width: only code and long words are wider

foreach ([60, 80, 200] as $columns) {
    foreach (['segfault', 'pool_exhausted', 'no_local_port', 104] as $argument) {
        $text = (string) shell_exec("env TERM=xterm PAGER= script -qec 'stty cols $columns; $tool explain $argument' "
            . '/dev/null </dev/null');
        $lines = explode("\n", preg_replace('~\e\[\d*m|\r|Reproduce it.*~s', '', $text));
        foreach (preg_grep('~\S{40}~', $lines, PREG_GREP_INVERT) as $line) {
            echo preg_match_all('~.~u', $line) > min($columns, 120) ? "$columns: $line\n" : '';
        }
    }
}

// JSON: the same

$json = fn (string ...$arguments) => json_decode(substr(run('explain', '--format', 'json', ...$arguments), 2), true,
    flags: JSON_THROW_ON_ERROR);
echo array_column($json()['causes'], 'cause') === $causes ? '' : "other causes in JSON\n";
$keys = array_map(fn ($title) => strtolower(strtr($title, ' ', '_')), $sections);
foreach ($causes as $cause) {
    $page = $json($cause);
    $said = array_slice($page, 2);
    echo array_keys($page) === ['cause', 'meaning', ...$keys] && $page['cause'] === $cause
        && !preg_grep('~^\S|\S$~', $said, PREG_GREP_INVERT) ? '' : "$cause: " . implode(' ', array_keys($page)) . "\n";
    $markdown = file_get_contents("$top/docs/causes/$cause.md");
    echo "# $cause\n\n" . implode("\n\n", array_map(fn ($title, $text) => "## $title\n\n$text", $sections, $said))
        . "\n" === $markdown ? '' : "$cause: another page in JSON\n";
}
echo implode(' ', array_keys($json('test-server'))), "\n";
foreach (['104', 'SIGBUS', 'connect() to unix:/f.sock failed (111: Connection refused) while connecting to upstream']
    as $line) {
    $said = $json($line)['lines'];
    echo count($said), ' ', $said[0]['cause'] ?? implode(',', array_slice($said[0]['may_be'], 0, 2)), ' ',
        $said[0]['certainty'] ?? '-', ': ', implode(' ', array_keys($said[0])), "\n";
}

// Names: a prefix, a defect, upper case; what is ambiguous, misspelt, nothing

$first = fn (string $text) => implode(' | ', array_slice(explode("\n", $text), 0, 2)) . "\n";
foreach (['oom', 'Stack-Overflow', 'hard_timeout-0f42f054', 'fpm', 'mem', 'segfualt', 'xyz', '--nonsense'] as $word) {
    echo $first(preg_replace('~\n  unknown_death, .*~s', "\nALL", run('explain', $word)));
}

// Lines: alone, without what a log puts around them, as a word, on standard input

$reset = '2026/11/22 06:55:57 [error] 29133#29133: *2 recv() failed (104: Connection reset by peer) while reading '
    . 'response header from upstream, client: 127.0.0.1, server: , request: "GET /index.php HTTP/1.1", upstream: '
    . '"fastcgi://unix:/run/php/fpm.sock:", host: "localhost"';
$says = fn (string $message) => preg_replace('~recv.*from upstream~', $message, $reset);
$lines = [$reset, $says('readv() failed (104: Connection reset by peer) while reading upstream'),
    $says('upstream timed out (110: Connection timed out) while reading response header from upstream'),
    $says('connect() failed (111: Connection refused) while connecting to upstream'),
    $says('FastCGI sent in stderr: "PHP message: PHP Fatal error:  Allowed memory size of 1 bytes exhausted (tried to '
        . 'allocate 2 bytes) in /a.php on line 3" while reading response header from upstream'),
    '[Mon Nov 30 01:55:11.694184 2026] [proxy_fcgi:error] [pid 17876:tid 17886] (104)Connection reset by peer: '
    . '[client 192.0.2.10:34980] AH01075: Error dispatching request to :80: '];
foreach ($lines as $line) { // as certain as trace, and not more
    $file = tempnam(sys_get_temp_dir(), 'fps');
    file_put_contents($file, "$line\n");
    $trace = json_decode((string) shell_exec("$tool trace --format json $file 2>/dev/null"))->incidents[0];
    unlink($file);
    $text = run('explain', $line);
    $said = preg_match('~^  cause    (\w+), (\w+): ~m', $text, $match) ? [$match[1], $match[2]]
        : ['unexplained', $trace->certainty ?? null];
    echo $said === [$trace->cause, $trace->certainty ?? null] ? '' : $text;
    echo $text[0], ' ', implode(', ', $said), "\n";
}
$short = fn (string $text) => $text[0] . preg_replace('~\s+~', ' ', implode(' |',
    preg_match_all('~\n  (?:cause|may be|or else) .*?(?=\n  \w|$)~s', $text, $match) ? $match[0]
        : [strstr($text, ' ')]));
$after = 'after 3.4 seconds from start';
foreach (["[22-Nov-2026 06:55:57] WARNING: [pool www] child 12 exited on signal 11 (SIGSEGV) $after",
    "child 12 exited on signal 9 (SIGKILL) $after", "child 12 exited with code 124 $after",
    'server reached pm.max_children setting (5), consider raising it', 'SIGBUS', '110',
    'Memory cgroup out of memory: Killed process 12 (php-fpm8.2) total-vm:1kB, anon-rss:1kB, file-rss:1kB',
    '[22-Nov-2026 06:55:57 UTC] PHP Parse error:  syntax error, unexpected end of file in /a.php on line 3',
    '127.0.0.1 - - [22/Nov/2026:06:55:57 +0000] "GET / HTTP/1.1" 502 150 "-" "curl"', 'hello world'] as $line) {
    echo $short(run('explain', $line)), "\n";
}
echo $short(run('explain', ...explode(' ', "child 12 exited with code 0 $after"))), "\n";
exec('printf "%s\n%s\n" ' . escapeshellarg($reset) . ' x | ' . "$tool explain - 2>&1", $output, $status);
echo $status, ' ', $output[0], "\n";
?>
--EXPECT--
page start_it use_it stop_it
1 segfault,stack_overflow -: message meaning may_be is_not decides
1 bus_error -: message meaning cause decides
1 fpm_down certain: message meaning cause certainty why change avoid
0 oom_kill | 
0 stack_overflow | 
0 hard_timeout | 
2 fpmsentinel: ambiguous cause: fpm; use one of |   fpm_reload, fpm_stop, fpm_down, fpm_killed
2 fpmsentinel: ambiguous cause: mem; use one of |   memory_limit, memory_pressure, memory_refused
2 fpmsentinel: unknown cause: segfualt (nearest: segfault); use one of | ALL
2 fpmsentinel: unknown cause: xyz; use one of | ALL
2 fpmsentinel: unknown option: --nonsense | Try 'fpmsentinel explain --help'.
1 unexplained, uncertain
1 unexplained, uncertain
0 nginx_timeout, certain
0 fpm_down, certain
0 memory_limit, certain
1 unexplained, uncertain
1 may be segfault, stack_overflow
1 may be oom_kill, killed, cpu_limit, opcache_kill
1 may be hard_timeout, exit_in_request
1 may be pool_exhausted, nginx_timeout, apache_timeout, connect_timeout
0 cause bus_error
0 cause nginx_timeout, certain: nginx stopped waiting at its own timeout; whether the page was slow, or waited for a free worker and never ran, a record, FPM's slow log or FPM's log (reached pm.max_children) would decide | or else pool_exhausted, queued_at_reload
0 cause oom_kill
0 cause compile_error
1 fpmsentinel: an access log shows what the client got, not why: give the error log's line of that second 
2 fpmsentinel: no line of a log that fpmsentinel knows; 'fpmsentinel explain' lists the causes 
1 may be recycled, retired, exit_in_request
1 recv() failed (104: Connection reset by peer) while reading response header from upstream
