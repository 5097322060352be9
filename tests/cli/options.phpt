--TEST--
fpmsentinel trace: options, exit status, what can't be read
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
putenv('TZ=UTC');
chdir(__DIR__);

function run(string $arguments): string
{
    exec(realpath(__DIR__ . '/../../bin/fpmsentinel') . " $arguments 2>&1", $lines, $status);
    return "$status " . implode(' | ', $lines) . "\n";
}

preg_match_all('~^(?:CAUSE\(\w+, |VERDICT\()"(\w+)",(?= "| DEATH,| KILLED,|$)~m',
    file_get_contents('../../src/causes.def'), $found);
$causes = implode(', ', [...$found[1], 'unexplained']);
$last = fn (string $text) => preg_replace(
    ['~ .* \| (?=\d+ incidents?, )~s', '~ \| fpmsentinel: read .*(?=\n)~'], [' ', ''], $text);

// without a command: overview.phpt
echo run('nonsense');
// nothing named: what this machine has in the usual place, if anything
echo preg_match('~^[01] .*incidents?, |^2 .* /var/log/nginx/error\.log: ~', run('trace')), "\n";
echo substr(run('--help'), 0, 20), "\n", substr(run('trace --help'), 0, 26), "\n";
foreach (['--format=xml', '--only=memory', '--since=tomorrow', '--until', '--nonsense'] as $option) {
    echo strtr(preg_replace('~(?<=,) \|  ~', '', run("trace shop/nginx.txt $option")), [$causes => 'CAUSES']);
}
echo $last(run('trace shop/nginx.txt --records shop/records.jsonl'));
echo $last(run('trace shop/nginx.txt')), $last(run('trace keepalive/nginx.txt'));
echo $last(run('trace keepalive/nginx.txt --unexplained')),
    $last(run('trace keepalive/nginx.txt -o pool_exhausted -o response_rejected'));
echo $last(run('trace keepalive/nginx.txt --since "2026-11-22 06:58:00" --until 2026-11-22T06:59Z'));
echo $last(run('trace shop/nginx.txt --since 2026-11-25T00:40:32Z')),
    $last(run('trace shop/nginx.txt --until @1795567229'));
echo run('trace /dev/null'), run('trace shop/nginx.txt --only=killed missing.log'),
    $last(run('trace shop -o memory_limit'));
echo run('trace shop/nginx.txt >/dev/full');
?>
--EXPECT--
2 fpmsentinel: no such command: nonsense | Usage: fpmsentinel [COMMAND [OPTION]...] | Without a COMMAND it shows this machine in one screen: incidents of the last hour, day and week, the | most frequent defects, what is new, what is wrong with the set-up of fpmsentinel, and which command | is next. |  |   trace    explain each PHP-FPM failure in the web server's error log |   list     list failed requests and records, a line each |   info     show all that is known of a failure, a record or a defect |   report   rank records by defect, cause, pool, URL and other keys |   explain  explain a cause, or what a line of a log means |   doctor   find settings that lose requests, and say what to set |   setup    install the configuration files that fpmsentinel needs |   help     show the manual page of a command |  |   -f, --format text|json  without a COMMAND: readable text, or JSON |   -V, --version           show the version, and whether libdw is built in |       --no-pager          print without a pager, also on a terminal |   -h, --help              show this help |  | 'fpmsentinel help COMMAND' shows the manual of a command, 'fpmsentinel COMMAND --help' its options. | Exit status without a COMMAND: 0 no incident in the last day and nothing wrong, 1 some incident or | something wrong, 2 usage error, or a log or a configuration could not be read.
1
0 Usage: fpmsentinel
0 Usage: fpmsentinel trace
2 fpmsentinel: invalid value for --format: xml; use one of |   text, json, ndjson | Try 'fpmsentinel trace --help'.
2 fpmsentinel: invalid value for --only: memory (nearest: memory_limit); use one of |   CAUSES | Try 'fpmsentinel trace --help'.
2 fpmsentinel: invalid value for --since: tomorrow; use "2026-11-25 06:55", 06:55, today, yesterday, 2h or -2h (ago), 3d, 1w, @EPOCH; a Z at the end is UTC | Try 'fpmsentinel trace --help'.
2 fpmsentinel: --until needs a value | Try 'fpmsentinel trace --help'.
2 fpmsentinel: unknown option: --nonsense | Try 'fpmsentinel trace --help'.
0 3 incidents, 3 explained: memory_limit 1, request_terminate_timeout 1, stack_overflow 1; 0 unexplained
0 3 incidents, 3 explained: memory_limit 1, request_terminate_timeout 1, stack_overflow 1; 0 unexplained
1 9 incidents, 2 explained: pool_exhausted 1, response_rejected 1; 7 unexplained
1 7 incidents, 0 explained; 7 unexplained
1 2 incidents, 2 explained: pool_exhausted 1, response_rejected 1; 0 unexplained
1 3 incidents, 1 explained: pool_exhausted 1; 2 unexplained
0 1 incident, 1 explained: request_terminate_timeout 1; 0 unexplained
0 2 incidents, 2 explained: memory_limit 1, stack_overflow 1; 0 unexplained
0 0 incidents, 0 explained; 0 unexplained | fpmsentinel: read 1 file: no entries
2 fpmsentinel: missing.log: No such file or directory | 0 incidents, 0 explained; 0 unexplained | fpmsentinel: read 1 file: 11 entries of nginx's error log | fpmsentinel: not used: 6 about something else
0 1 incident, 1 explained: memory_limit 1; 0 unexplained
2
