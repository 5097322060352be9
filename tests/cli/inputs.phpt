--TEST--
fpmsentinel trace: a log under several names, rotated sets, records in other logs' lines, complaints, progress
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
putenv('TZ=UTC');
mkdir($dir = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6)));
register_shutdown_function(fn () => exec("rm -rf $dir"));
foreach (['nginx.txt', 'records.jsonl', 'access.txt'] as $file) {
    copy(__DIR__ . "/shop/$file", "$dir/$file");
}
chdir($dir);
$tool = realpath(__DIR__ . '/../../bin/fpmsentinel');

function run(string $arguments): string
{
    exec("$GLOBALS[tool] " . (str_contains($arguments, '2>') ? $arguments : "$arguments 2>&1"), $lines, $status);
    return "$status " . implode(' | ', $lines) . "\n";
}

/** Without the summary of what was read. */
function without_summary(string $output): string
{
    return preg_replace('~ \| fpmsentinel: (?:read \d+|not used: ).*?(?= \||$)~m', '', $output);
}

/** The exit status, the last line and what was said else. */
function last(string $arguments): string
{
    return preg_replace('~^(\d) .*? \| (?=\d+ incidents?, )~s', '$1 ', without_summary(run("trace $arguments")));
}

echo "-- a log counts once\n";
link('nginx.txt', 'hard');
symlink('nginx.txt', 'symbolic');
exec('gzip -c nginx.txt > nginx.txt.gz');
echo last('nginx.txt nginx.txt ./nginx.txt hard symbolic nginx.txt.gz'), last('nginx.txt.gz'),
    last('nginx.txt.gz nginx.txt.gz');
file_put_contents('other.txt', str_replace(':29 [error] 7452', ':29 [error] 7453', file_get_contents('nginx.txt')));
exec('gzip -c other.txt > nginx.txt.gz'); // that of another week
echo last('nginx.txt nginx.txt.gz');
echo explode(' | ', run('report -a access.txt -a ./access.txt records.jsonl'))[1], "\n";

echo "-- a rotated set, whatever the order\n";
$lines = file('nginx.txt');
foreach ([1, 2, 3] as $part) {
    file_put_contents($name = 'error.log' . ['', '', '.1', '.2'][4 - $part],
        implode('', array_slice($lines, ($part - 1) * 4, $part === 3 ? null : 4)));
    touch($name, time() - 1000 + $part * 100);
}
exec('gzip error.log.2');
$told = [];
foreach (['error.log*', 'error.log.2.gz error.log.1 error.log', 'error.log.1 error.log error.log.2.gz',
    'nginx.txt'] as $order) {
    $told[without_summary(run("trace $order -r records.jsonl -a access.txt"))] = $order;
}
echo count($told), " different\n";

file_put_contents('empty.log', '');
touch('empty.log.1');
echo run('trace empty.log 2>&1 >/dev/null'), run('trace empty.log empty.log.1 2>&1 >/dev/null');

echo "-- records in lines of others\n";
[$record] = file('records.jsonl', FILE_IGNORE_NEW_LINES);
$members = json_decode($record, true);
$reordered = json_encode(array_reverse($members), JSON_UNESCAPED_SLASHES);
$forms = [
    'journalctl' => "Nov 25 00:40:29 web1 php-fpm8.2[7438]: $record",
    'cri' => "2026-11-25T00:40:29.637885Z stderr F $record",
    'docker' => json_encode(['log' => "$record\n", 'stream' => 'stderr', 'time' => '2026-11-25T00:40:29.6Z'],
        JSON_UNESCAPED_SLASHES),
    'escaped' => json_encode(['log' => "[www] {id} $record\n", 'stream' => 'stderr']),
    'journalctl -o json' => json_encode(['MESSAGE' => $record, '_PID' => '7438']),
    'shipper' => json_encode(['@timestamp' => '2026-11-25T00:40:30Z', 'message' => json_encode(['log' => $record])]),
    'reordered' => $reordered,
    'blanks' => json_encode($members, JSON_PRETTY_PRINT) === '' ?: str_replace('":', '" : ', $reordered),
    'brackets' => "{web} {\"k\":{\"v\":1}} $record trailing",
];
foreach ($forms as $form => $line) {
    file_put_contents('form.log', "NOTICE: fpm is running\n{\"log\":\"other\\n\",\"stream\":\"stdout\"}\n$line\n{\"dataset\":\"other\"}\n");
    $found = json_decode(substr(run('trace nginx.txt -r form.log -o stack_overflow -f ndjson 2>/dev/null'), 2), true);
    echo ($found['record']['id'] ?? null) === $members['event']['id'] ? '' : "$form: not found\n";
}
file_put_contents('cut.log', "\n" . json_encode(['log' => substr($record, 0, 500)]) . "\n\n"
    . str_repeat(substr($record, 0, 900) . "\n", 5));
echo run('trace /dev/null -r cut.log');

echo "-- what is wrong, and where\n";
file_put_contents('bad.log', "\nworse\n" . file_get_contents('nginx.txt'));
foreach (preg_grep('~^(?:\d )?fpmsentinel: ~', explode(' | ', run(
    'trace bad.log -r missing.jsonl -a nginx.txt'))) as $complaint) {
    echo "$complaint\n";
}

echo "-- what cannot be read is named, once\n";
$archives = ['7z' => "7z\xbc\xaf\x27\x1c", 'zip' => "PK\x03\x04", 'rar' => "Rar!\x1a\x07", 'journal' => 'LPKSHHRH',
    'db' => 'SQLite format 3', 'eml' => "Subject: log\nContent-Transfer-Encoding: quoted-printable\n\n"];
foreach ($archives as $name => $magic) {
    file_put_contents("x.$name", $magic . str_repeat("\0", 100) . file_get_contents('nginx.txt'));
    echo explode(' | ', run("trace x.$name 2>&1 >/dev/null"))[0], "\n";
}
file_put_contents('cut.gz', substr(gzencode(file_get_contents('nginx.txt')), 0, 60));
echo explode(' | ', run('trace cut.gz 2>&1 >/dev/null'))[0], "\n";

echo "-- an access log that turns out to have failures of its own\n";
$request = '203.0.113.7 - - [25/Nov/2026:00:40:32 +0000] "GET %s HTTP/1.1" %s 5 "-" "-"' . "\n";
$failure = '2026/11/25 00:40:32 [error] 9#9: *3 upstream timed out (110: Connection timed out) while reading ' .
    'response header from upstream, client: 203.0.113.7, server: , request: "GET /%s HTTP/1.1", upstream: ' .
    '"fastcgi://unix:/run/php/fpm.sock:", host: "shop.example"' . "\n";
file_put_contents('both.log', str_repeat(sprintf($request, '/', 200), 200) . sprintf($request, '/slow', 504) .
    sprintf($failure, 'slow'));
file_put_contents('alone.log', str_repeat(sprintf($request, '/', 200), 200) . sprintf($request, '/first', 504));
file_put_contents('error.txt', sprintf($failure, 'first'));
$answers = fn ($files) => trim(preg_replace('~.*?"path":"(\S+?)".*?"status":(\d+).*?(?: \| |$)~', '$1 $2 ',
    run("trace $files --format ndjson 2>/dev/null"))) . "\n";
echo $answers('both.log'), $answers('alone.log error.txt'), $answers('alone.log error.txt both.log');

echo "-- progress, on a terminal\n";
file_put_contents('large.log', "2026/11/25 00:40:29 [notice] 7447#7447: nginx/1.22.1\n");
exec('for i in 1 2 3 4 5 6 7 8 9 10 11; do cat large.log large.log > twice; mv twice large.log; done');
exec('while [ $(stat -c %s large.log) -lt 104857601 ]; do cat large.log large.log > twice; mv twice large.log; done');
foreach (['large.log', 'nginx.txt'] as $log) {
    exec("PAGER= script -qec '$tool trace $log --only killed' /dev/null </dev/null", $shown);
    preg_match_all('~fpmsentinel: \S+: (\d+) %~', implode('', $shown), $match);
    $percent = array_map(intval(...), $match[1]);
    echo "$log: ", $percent ? (count($percent) > 10 && $percent === array_unique($percent) && max($percent) > 90
        ? 'shown' : implode(' ', $percent)) : 'none', "\n";
    echo str_contains(run("trace $log --only killed"), '%') ? "no terminal, and progress\n" : '';
    $shown = [];
}
?>
--EXPECT--
-- a log counts once
0 3 incidents, 3 explained: memory_limit 1, request_terminate_timeout 1, stack_overflow 1; 0 unexplained
0 3 incidents, 3 explained: memory_limit 1, request_terminate_timeout 1, stack_overflow 1; 0 unexplained
0 3 incidents, 3 explained: memory_limit 1, request_terminate_timeout 1, stack_overflow 1; 0 unexplained
0 6 incidents, 6 explained: memory_limit 2, request_terminate_timeout 2, stack_overflow 2; 0 unexplained
2 deaths of a worker in 3 requests: 6666.67 in 10,000
-- a rotated set, whatever the order
1 different
0 fpmsentinel: empty.log is empty since it was rotated: give empty.log.1 as well | fpmsentinel: read 1 file: no entries
0 fpmsentinel: read 2 files: no entries
-- records in lines of others
0 fpmsentinel: cut.log:2: a broken record | fpmsentinel: cut.log:4: a broken record | fpmsentinel: cut.log:5: a broken record | fpmsentinel: cut.log: 3 more of these | 0 incidents, 0 explained; 0 unexplained | fpmsentinel: read 2 files: 6 records | fpmsentinel: not used: 6 cut or changed
-- what is wrong, and where
2 fpmsentinel: nginx.txt: no line of an access log, neither JSON nor combined: give its format with --access-format
fpmsentinel: missing.jsonl: No such file or directory
fpmsentinel: read 2 files: 22 entries of nginx's error log
fpmsentinel: not used: 12 about something else
fpmsentinel: bad.log: 1 line not understood, the first one is line 2: worse

-- what cannot be read is named, once
2 fpmsentinel: x.7z is a 7z archive: unpack it, and name the logs or their folder
2 fpmsentinel: x.zip is a zip archive: unpack it, and name the logs or their folder
2 fpmsentinel: x.rar is a rar archive: unpack it, and name the logs or their folder
2 fpmsentinel: x.journal is a journal of systemd's: give what journalctl -o json --file prints of it
2 fpmsentinel: x.db is a database of SQLite's: give the logs as text
2 fpmsentinel: x.eml is a mail as it is sent, encoded: save its text or its attachment, and name that
2 fpmsentinel: cut.gz, after line 0: unexpected end of file
-- an access log that turns out to have failures of its own
/slow 504
/first 504
/slow 504 /first 504
-- progress, on a terminal
large.log: shown
nginx.txt: none
