--TEST--
fpmsentinel trace: the order of files, unrelated lines and --follow change no verdict
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
require __DIR__ . '/follow.inc';

const OPTIONS = ['nginx.txt' => '--nginx', 'fpm.txt' => '--fpm-log', 'records.jsonl' => '--records',
    'access.txt' => '--access'];

// of each log what an entry begins with up to its time, and lines of that time that are about something else
const UNRELATED = [
    'nginx.txt' => ['()(\d{4}/\d\d/\d\d \S+)', [
        '{time} [notice] 1#1: signal 1 (SIGHUP) received from 1, reconfiguring',
        '{time} [warn] 7#7: *999999 an upstream response is buffered to a temporary file /x while ' .
            'reading upstream, client: 192.0.2.99, server: , request: "GET /other HTTP/1.1", ' .
            'upstream: "fastcgi://unix:/run/php/fpm.sock:", host: "x"',
        '{time} [error] 7#7: *999998 open() "/srv/favicon.ico" failed (2: No such file or directory), ' .
            'client: 192.0.2.99, server: , request: "GET /favicon.ico HTTP/1.1", host: "x"',
    ]],
    'fpm.txt' => ['(\[)([^]]+)', [
        '[{time}] NOTICE: [pool www] child 99999 started',
        '[{time}] NOTICE: systemd monitor interval set to 10000ms',
    ]],
    'records.jsonl' => ['()(\{"@timestamp)', ['{"level":"info","message":"something else"}']],
    'access.txt' => ['(\S+ - \S+ \[)([^]]+)', ['192.0.2.99 - - [{time}] "GET /poll HTTP/1.1" 200 5 "-" "-"']],
];

// of each incident what was found out, in the order of their connections: as lines
function verdicts(string $ndjson): array
{
    $lines = [];
    foreach (explode("\n", trim($ndjson)) as $line) {
        $incident = json_decode($line, true);
        $lines[] = implode(' ', [$incident['nginx']['connection'] ?? 0, $incident['time'],
            $incident['request']['path'] ?? '?', $incident['cause'], $incident['certainty'],
            $incident['nginx']['status'] ?? '', $incident['record']['id'] ?? '']);
    }
    sort($lines);
    return $lines;
}

function compare(string $what, array $expected, array $found): void
{
    foreach (array_diff($expected, $found) as $line) {
        echo "$what: not $line\n";
    }
    foreach (array_diff($found, $expected) as $line) {
        echo "$what: but $line\n";
    }
}

function trace(string $dir, string $arguments): string
{
    $process = proc_open('exec ' . realpath(__DIR__ . '/../../bin/fpmsentinel') . " trace --format=ndjson $arguments",
        [1 => ['pipe', 'w'], 2 => ['file', '/dev/null', 'w']], $pipes, $dir, ['TZ' => 'UTC', 'PATH' => getenv('PATH')]);
    $output = stream_get_contents($pipes[1]);
    proc_close($process);
    return $output;
}

// before each line that begins an entry, and behind the last one
function mix(string $file, string $begins, array $unrelated): void
{
    $number = 0;
    $mixed = preg_replace_callback("~^(?=$begins)~m", function ($match) use (&$number, &$last, $unrelated) {
        $last = $match[2];
        return strtr($unrelated[$number++ % count($unrelated)], ['{time}' => $last]) . "\n";
    }, file_get_contents($file));
    // a last line without an end is one that was cut
    file_put_contents($file, $mixed . (str_ends_with($mixed, "\n") ? '' : "\n") .
        strtr($unrelated[0], ['{time}' => $last]) . "\n");
}

$follows = [];
foreach (glob(__DIR__ . '/*/nginx.txt') as $log) {
    $name = basename(dirname($log));
    $follow = new Follow;
    $files = [];
    foreach (OPTIONS as $file => $option) {
        is_file(dirname($log) . "/$file") && copy(dirname($log) . "/$file", "$follow->dir/$file")
            && $files[] = "$option $file";
    }
    $expected = verdicts(trace($follow->dir, implode(' ', $files)));
    $follow->start('--format ndjson --since @1 ' . implode(' ', $files));
    $follows[] = [$name, $expected, $follow];

    compare("$name, backwards", $expected,
        verdicts(trace($follow->dir, implode(' ', array_reverse($files)))));
    compare("$name, rotated", $expected,
        verdicts(trace($follow->dir, implode(' ', [...array_slice($files, 1), $files[0]]))));

    $other = new Follow;
    exec("cp $follow->dir/*.* $other->dir/");
    foreach (UNRELATED as $file => [$begins, $unrelated]) {
        is_file("$other->dir/$file") && mix("$other->dir/$file", $begins, $unrelated);
    }
    compare("$name, among others", $expected, verdicts(trace($other->dir, implode(' ', $files))));
}
foreach ($follows as [$name, $expected, $follow]) {
    // what has no newline yet is given out at the end
    $left = str_ends_with(file_get_contents("$follow->dir/nginx.txt"), "\n") ? 0 : 1;
    $count = fn () => substr_count($follow->read(), "\n");
    $follow->until(fn () => $count() >= count($expected) - $left, "$name to be reported", 10);
    $follow->end();
    compare("$name, followed", $expected, verdicts($follow->read()));
}
?>
done
--EXPECT--
done
