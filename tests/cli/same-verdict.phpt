--TEST--
fpmsentinel trace: the order of files, unrelated lines, an envelope and --follow change no verdict
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
require __DIR__ . '/follow.inc';
require __DIR__ . '/verdicts.inc';

const OPTIONS = ['nginx.txt' => '--nginx', 'fpm.txt' => '--fpm-log', 'records.jsonl' => '--records',
    'access.txt' => '--access'];

/*
 * By what an entry begins with up to its time: lines of that time that are about something else. No input has a pool, a
 * process or a host of those names. A line of FPM's log just before its start would say that it had been alive.
 */
const UNRELATED = [
    // in compose's output the same worker of the same pool, but in another container
    '(\S+-1  \| \[)([^]]+)\] WARNING: \[pool (\w+)\] child (\d+)(?= exited)' => [
        'other-1  | [{time}] WARNING: [pool {pool}] child {pid} said into stderr: "another container"',
        'other-1  | [{time}] NOTICE: [pool {pool}] child {pid} started',
    ],
    '()(\d{4}/\d\d/\d\d [\d:]+) \[' => [
        '{time} [notice] 1#1: signal 1 (SIGHUP) received from 1, reconfiguring',
        '{time} [warn] 7#7: *999999 an upstream response is buffered to a temporary file /x while ' .
            'reading upstream, client: 192.0.2.99, server: , request: "GET /other HTTP/1.1", ' .
            'upstream: "fastcgi://unix:/run/php/fpm.sock:", host: "x"',
        '{time} [warn] 7#7: *999997 upstream server temporarily disabled while connecting to upstream, client: ' .
            '192.0.2.99, server: , request: "GET /x HTTP/1.1", upstream: "fastcgi://192.0.2.5:9000", host: "x"',
        '{time} [error] 7#7: *999998 open() "/srv/favicon.ico" failed (2: No such file or directory), ' .
            'client: 192.0.2.99, server: , request: "GET /favicon.ico HTTP/1.1", host: "x"',
        '{time} [error] 7#7: *999996 recv() failed (104: Connection reset by peer) while reading response header ' .
            'from upstream, client: 192.0.2.99, server: , request: "GET /api HTTP/1.1", upstream: ' .
            '"http://192.0.2.6:8080/api", host: "x"',
    ],
    '(\[)(\d\d-[A-Z][a-z]+-\d{4} [\d:]+)\] (?!NOTICE: fpm is running)' => [
        '[{time}] NOTICE: [pool unrelated] child 99999 started',
        '[{time}] NOTICE: systemd monitor interval set to 10000ms',
        '[{time}] WARNING: [pool unrelated] child 99998 said into stderr: "something else"',
        '[{time}] WARNING: [pool unrelated] server reached pm.max_children setting (1), consider raising it',
    ],
    '()(\{"@timestamp)' => ['{"level":"info","message":"something else"}'],
    '(\S+ - \S+ \[)([^]]+)' => [
        '192.0.2.99 - - [{time}] "GET /poll HTTP/1.1" 200 5 "-" "-"',
        '192.0.2.99 - - [{time}] "GET /cart HTTP/1.1" 502 157 "-" "-"',
        '192.0.2.1 - - [{time}] "GET /elsewhere HTTP/1.1" 504 160 "-" "-"',
        '192.0.2.1 - - [{time}] "OPTIONS /cart HTTP/1.1" 503 160 "-" "-"',
    ],
    '()([A-Z][a-z]{2} \d\d [\d:]+) \S+ (?=kernel|systemd)' => [
        '{time} unrelated kernel: Out of memory: Killed process 99999 (mysqld) total-vm:1kB, anon-rss:5kB, ' .
            'file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:1kB oom_score_adj:0',
        '{time} unrelated systemd[1]: Stopping nginx.service - A high performance web server...',
    ],
    '(\[)([A-Z][a-z]{2} [A-Z][a-z]{2} [\d :.]+)\]' => [
        '[{time}] [authz_core:error] [pid 9:tid 9] [client 192.0.2.99:7] AH01630: client denied by server ' .
            'configuration: /srv/x',
        '[{time}] [proxy_http:error] [pid 9:tid 9] (104)Connection reset by peer: [client 192.0.2.99:8] AH01102: ' .
            'error reading status line from remote server x',
    ],
];

/** None with a time or a host of its own: those decide where the entry has none. */
function envelopes(): array
{
    return [
        'compose' => fn ($line) => "shop-1  | $line",
        'compose, colours' => fn ($line) => "\e[36mshop-1           |\e[0m $line",
        'kubectl' => fn ($line) => "[pod/shop-6c9f/shop] $line",
        'json-file' => fn ($line) => json_encode(['log' => "$line\n", 'stream' => 'stderr']),
        'quoted' => fn ($line) => "> $line",
        'grep' => fn ($line) => "/var/log/shop.log:12:$line",
        'export' => fn ($line) => json_encode(['message' => $line, 'severity' => 'ERROR']),
    ];
}

// of each incident what was found out, and by which evidence, in the order of their connections: as lines
function verdicts(string $ndjson): array
{
    $lines = [];
    foreach (explode("\n", trim($ndjson)) as $line) {
        $incident = json_decode($line, true) ?? [];
        if (isset($incident['summary']) || !isset($incident['cause'])) {
            continue;
        }
        $lines[] = implode(' ', [$incident['nginx']['connection'] ?? 0, $incident['time'],
            $incident['request']['path'] ?? '?', $incident['cause'], $incident['certainty'],
            $incident['nginx']['status'] ?? '', $incident['record']['id'] ?? '', $incident['stderr'] ?? '',
            $incident['why'] ?? '']);
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
    if (!array_diff($expected, $found) && count($expected) !== count($found)) {
        echo "$what: ", count($found), " in place of ", count($expected), "\n";
    }
}

function trace(string $dir, string $zone, string $arguments): array
{
    $process = proc_open('exec ' . realpath(__DIR__ . '/../../bin/fpmsentinel') . " trace --format=ndjson $arguments",
        [['file', '/dev/null', 'r'], ['pipe', 'w'], ['file', '/dev/null', 'w']], $pipes, $dir,
        ['TZ' => $zone, 'PATH' => getenv('PATH')]);
    $output = stream_get_contents($pipes[1]);
    proc_close($process);
    return verdicts($output);
}

// before each line that begins an entry, and behind the last one
function mix(string $text): string
{
    foreach (UNRELATED as $begins => $unrelated) {
        $number = 0;
        $last = null;
        $text = preg_replace_callback("~^(?=$begins)~m", function ($match) use (&$number, &$last, $unrelated) {
            $last = ['{time}' => $match[2], '{pool}' => $match[3] ?? '', '{pid}' => $match[4] ?? ''];
            return strtr($unrelated[$number++ % count($unrelated)], $last) . "\n";
        }, $text);
        if ($last !== null) {
            // a last line without an end is one that was cut
            $text .= (str_ends_with($text, "\n") ? '' : "\n") . strtr(implode("\n", $unrelated), $last) . "\n";
            break;
        }
    }
    return $text;
}

function folder(array $logs): string
{
    static $base = new Follow, $count = 0;
    mkdir($dir = $base->dir . '/' . ++$count);
    foreach ($logs as $name => $log) {
        file_put_contents("$dir/$name", $log);
    }
    return $dir;
}

$all = [];
foreach (glob(__DIR__ . '/*/nginx.txt') as $log) {
    $logs = [];
    foreach (array_keys(OPTIONS) as $file) {
        is_file(dirname($log) . "/$file") && $logs[$file] = file_get_contents(dirname($log) . "/$file");
    }
    $all[basename(dirname($log))] = [$logs, 'UTC', OPTIONS];
}
foreach (inputs() as $title => $input) {
    $all[$title] = [$input[0], $input[3] ?? 'UTC', []];
}

/** What has waited is ended, and gives out all that it knows. */
function end_all(array $follows): void
{
    foreach ($follows as [, , $follow]) {
        $follow->untilItRests();
        $follow->interrupt();
    }
    foreach ($follows as [$title, $expected, $follow]) {
        $follow->end(null);
        compare("$title, followed", $expected, verdicts($follow->read()));
    }
}

$waiting = $follows = [];
$turn = 0;
foreach ($all as $title => [$logs, $zone, $options]) {
    $named = array_map(fn ($name) => trim(($options[$name] ?? '') . " $name"), array_keys($logs));
    $arguments = implode(' ', $named);
    $expected = trace(folder($logs), $zone, $arguments);
    $turn++;
    compare("$title, backwards, among others", $expected,
        trace(folder(array_map(mix(...), $logs)), $zone, implode(' ', array_reverse($named))));
    if (count($named) > 2) {
        compare("$title, rotated", $expected,
            trace(folder($logs), $zone, implode(' ', [...array_slice($named, 1), $named[0]])));
    }
    // an envelope with a name around one that has another, or a host's, changes whose line it is
    if ($options === [] && !preg_match('~^(?:\[pod/|\w+-1  \| |[A-Z][a-z]{2} \d\d )~m', implode('', $logs))) {
        [$form, $wrap] = [array_keys(envelopes())[$turn % 7], array_values(envelopes())[$turn % 7]];
        $wrapped = array_map(fn ($log) => implode("\n", array_map($wrap, explode("\n", trim($log)))) . "\n", $logs);
        compare("$title, $form", $expected, trace(folder($wrapped), $zone, $arguments));
    }
    $isMixed = count($logs) === 1 && preg_match('~^\S+ - - \[~m', implode('', $logs));
    $waits = $options !== [] || $turn % 16 === 0 || $isMixed;
    // of those that wait, the small ones are written while they are followed
    $later = $waits && $options === [];
    $follow = (new Follow(folder($later ? array_fill_keys(array_keys($logs), '') : $logs)))->launch(
        "--format ndjson --since @1 $arguments", zone: $zone);
    if ($waits) {
        $waiting[] = [$title, $logs, $expected, $follow, $later];
    } else {
        $follows[] = [$title, $expected, $follow];
    }
    // the kernel allows a user only so many at once
    if (count($follows) >= 20) {
        end_all($follows);
        $follows = [];
    }
}
end_all($follows);
// each gives out all after its window, which is 2 s; at the end only what has no newline yet
foreach ($waiting as [, $logs, , $follow, $later]) {
    $follow->untilItRests();
    foreach ($later ? $logs : [] as $name => $log) {
        file_put_contents("$follow->dir/$name", $log);
    }
}
foreach ($waiting as [$title, $logs, $expected, $follow]) {
    $left = $logs && !str_ends_with($logs['nginx.txt'] ?? "\n", "\n") ? 1 : 0;
    $count = fn () => substr_count($follow->read(), "\n");
    $follow->until(fn () => $count() >= count($expected) - $left, "$title to be reported", 10);
    $follow->end();
    compare("$title, followed for its window", $expected, verdicts($follow->read()));
}
?>
done
--EXPECT--
done
