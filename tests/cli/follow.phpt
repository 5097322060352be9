--TEST--
fpmsentinel trace --follow: what it says when, rotation, signals, a reader that goes, pipes, idleness
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
require __DIR__ . '/follow.inc';

$logs = 'error.log --records records.jsonl';
$count = fn (Follow $follow, ?string $signal) => preg_replace('~ \d+ lines~', '', $follow->end($signal)) .
    preg_replace('~.*\n(?=\d+ incident)~s', '', $follow->read());

echo "-- from the end, and as it is written\n";
$follow = new Follow;
$follow->incident('/before');
$follow->start("$logs --format=ndjson");
$used = fn () => preg_replace('~.*^voluntary_ctxt_switches:\s+(\d+)$.*~ms', '$1',
    file_get_contents("/proc/$follow->pid/status")) .
    preg_replace('~^.*\) \S(?: \S+){10} (\d+) (\d+) .*~s', ' $1 $2', file_get_contents("/proc/$follow->pid/stat"));
$quiet = fn () => [$used(), usleep(300_000)][0] === $used() && $follow->rests() ? $used() : null;
$follow->incident('/at-once');
$follow->incident('/words', words: true);
echo $follow->told('/at-once'), $follow->told('/words');

$before = $used();
[, $record] = $follow->incident('/late', records: null);
$follow->until(fn () => $used() !== $before && $follow->rests(), 'it to wait for the record');
file_put_contents("$follow->dir/records.jsonl", $record, FILE_APPEND);
echo $follow->told('/late');

$start = hrtime(true);
$follow->incident('/never', records: null);
echo $follow->told('/never');
$took = (hrtime(true) - $start) / 1e9;
echo $took > 1.7 ? '' : "unexplained after $took s\n";

echo "-- nothing is done while nothing happens\n";
$follow->until($follow->rests(...), 'it to wait');
$before = $follow->until($quiet, 'it to have done all');
usleep(3_000_000);
echo $used() === $before ? '' : "it has not slept: $before, {$used()}\n";

echo "-- the logs are renamed and made anew\n";
foreach (['error.log', 'records.jsonl'] as $log) {
    rename("$follow->dir/$log", "$follow->dir/$log.1");
}
$follow->incident('/renamed', 'error.log.1', 'records.jsonl.1'); // nginx has not been told yet
echo $follow->told('/renamed');
$follow->incident('/new');
echo $follow->told('/new');
$follow->incident('/old-again', 'error.log.1');
echo $follow->told('/old-again');

echo "-- copied and cut, and longer than before at once\n";
foreach (['error.log', 'records.jsonl'] as $log) {
    copy("$follow->dir/$log", "$follow->dir/$log.1");
    file_put_contents("$follow->dir/$log", '');
}
$follow->incident('/cut');
echo $follow->told('/cut');
[$lines, $records] = ['', ''];
for ($n = 0; $n < 9; $n++) {
    [$line, $record] = $follow->incident("/cut-$n", null, null);
    [$lines, $records] = [$lines . $line, $records . $record];
}
file_put_contents("$follow->dir/error.log", $lines); // cuts it, and writes more
file_put_contents("$follow->dir/records.jsonl", $records);
echo $follow->told('/cut-0'), $follow->told('/cut-8');

echo "-- a line in two pieces\n";
[$line] = $follow->incident('/pieces', null);
$before = $follow->until($quiet, 'it to have done all');
file_put_contents("$follow->dir/error.log", substr($line, 0, 60), FILE_APPEND);
$follow->until(fn () => $used() !== $before && $quiet(), 'it to have seen that');
file_put_contents("$follow->dir/error.log", substr($line, 60), FILE_APPEND);
echo $follow->told('/pieces');
echo $follow->end('TERM');

echo "-- since, with what has been rotated; the count\n";
exec("gzip $follow->dir/error.log.1");
$follow->start('--since 1h error.log* -r records.jsonl -r records.jsonl.1');
echo $count($follow, 'INT');

echo "-- standard input: its end is the end\n";
$follow = new Follow;
[$line] = $follow->incident('/piped', null);
$follow->start('- -r records.jsonl --since 1h', ['pipe', 'r']);
$follow->input($line);
$follow->until(fn () => str_contains($follow->read(), '/piped'), 'the incident');
$follow->close(0);
echo $count($follow, null);
$follow->incident('/file');
$follow->start('error.log -r - --format ndjson', ['pipe', 'r']);
[$line, $record] = $follow->incident('/input', records: null);
$follow->input("php-fpm[1]: $record");
echo $follow->told('/input');
$follow->close(0); // the records' end is not the log's
$follow->incident('/behind', records: null);
echo $follow->told('/behind'), $follow->end();

echo "-- the reader goes, while something is written and while nothing is\n";
foreach ([true, false] as $writes) {
    $follow->start("$logs --format ndjson");
    $follow->close(1);
    $writes && $follow->incident('/unread');
    echo $follow->end(null);
}

echo "-- logs that are not there yet\n";
$follow = new Follow;
$follow->start("$logs --format ndjson");
$follow->incident('/first');
echo $follow->told('/first'), $follow->end();

echo "-- what can't be followed\n";
exec("echo packed | gzip > $follow->dir/packed.gz"); // the test runner loads no extension
foreach (['packed.gz', '.', 'missing/error.log', 'error.log --format json', 'error.log --until 2h',
    'error.log -r packed.gz'] as $arguments) {
    echo $follow->start($arguments)->end(null);
}
?>
--EXPECT--
-- from the end, and as it is written
/at-once segfault
/words segfault
/late segfault
/never unexplained
-- nothing is done while nothing happens
-- the logs are renamed and made anew
/renamed segfault
/new segfault
/old-again segfault
-- copied and cut, and longer than before at once
/cut segfault
/cut-0 segfault
/cut-8 segfault
-- a line in two pieces
/pieces segfault
1 18 lines
-- since, with what has been rotated; the count
0
11 incidents, 11 explained: segfault 11; 0 unexplained
-- standard input: its end is the end
0
1 incident, 1 explained: segfault 1; 0 unexplained
/input segfault
/behind unexplained
1 2 lines
-- the reader goes, while something is written and while nothing is
0 0 lines
0 0 lines
-- logs that are not there yet
/first segfault
0 1 lines
fpmsentinel: error.log: No such file or directory; waiting for it to appear
fpmsentinel: records.jsonl: No such file or directory; waiting for it to appear
-- what can't be followed
2 1 lines
fpmsentinel: packed.gz: a compressed log can't be followed
2 0 lines
fpmsentinel: a folder can't be followed: name the logs in it
Try 'fpmsentinel trace --help'.
2 1 lines
fpmsentinel: missing/error.log: No such file or directory: its folder can't be watched
2 0 lines
fpmsentinel: --follow has no end: take --format=ndjson in place of json
Try 'fpmsentinel trace --help'.
2 0 lines
fpmsentinel: --follow has no end: leave out --until, --limit and --reverse
Try 'fpmsentinel trace --help'.
2 1 lines
fpmsentinel: packed.gz: a compressed log can't be followed
