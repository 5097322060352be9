--TEST--
fpmsentinel report: records by cause, pool, script and defect; of a time only; as JSON
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
putenv('TZ=UTC');
chdir(__DIR__);
function run(string $arguments): string
{
    exec(realpath(__DIR__ . '/../../bin/fpmsentinel') . " report $arguments 2>&1", $lines, $status);
    return "$status " . implode("\n", $lines) . "\n";
}

// the last line of a record that stands twice, and of a broken one
echo run('shop/records.jsonl shop/records.jsonl broken/records.jsonl zone/records.jsonl --top 2');
echo strtok(run('--since 2026-11-25T00:40:30Z shop/records.jsonl'), "\n"), ' ',
    strtok(run('--until 2026-11-25T00:40:30Z shop/records.jsonl'), "\n"), "\n";
$json = fn (string $arguments) => json_decode(substr(run("--format json $arguments"), 2), true,
    flags: JSON_THROW_ON_ERROR);
$report = $json('zone/records.jsonl');
echo json_encode([array_keys($report), array_column($report['causes'], 'records', 'key'),
    array_column($report['defects'], 'place')], JSON_UNESCAPED_SLASHES), "\n";
echo json_encode(array_slice($report['scripts'], 0, 1), JSON_UNESCAPED_SLASHES), "\n";

// deaths among requests: of the time that the access log is of, and of those only that reached FPM
$rate = fn (string $arguments) => json_encode(array_intersect_key($json($arguments),
    ['requests' => 0, 'deaths' => 0, 'deaths_per_10000_requests' => 0]));
$logs = [
    'combined' => fn ($time) => gmdate('d/M/Y:H:i:s O', $time),
    'msec' => fn ($time) => "$time.123",
    'time_iso8601' => fn ($time) => gmdate('Y-m-d\TH:i:sP', $time),
    'time_local' => fn ($time) => gmdate('d/M/Y:H:i:s O', $time),
    'no time' => fn ($time) => '',
];
$start = gmmktime(0, 40, 31, 11, 25, 2026); // behind the first death, before the second
$log = tempnam(sys_get_temp_dir(), 'fps');
foreach ($logs as $name => $form) {
    $text = '';
    for ($n = 0; $n < 500; $n++) {
        $time = $form($start + intdiv($n, 100));
        $passed = $n % 5 ? '"200"' : '""';
        $text .= $name === 'combined' ? "203.0.113.7 - - [$time] \"GET / HTTP/1.1\" 200 612 \"-\" \"-\"\n"
            : "{\"$name\":" . ($name === 'msec' ? $time : "\"$time\"")
                . ",\"status\":200,\"upstream_status\":$passed}\n";
    }
    file_put_contents($log, $text);
    echo "$name: ", $rate("--access $log shop/records.jsonl"), "\n";
}
echo 'none: ', $rate('--access /dev/null shop/records.jsonl'), "\n";
echo explode("\n", run("-a $log shop/records.jsonl"))[1], "\n";
echo explode("\n", run("-a $log -a shop/nginx.txt shop/records.jsonl"))[0], "\n";
unlink($log);
echo run('/dev/null'), run('missing.jsonl'), run('--top x shop/records.jsonl'), run('-f xml shop/records.jsonl'),
    run('--since never shop/records.jsonl');
?>
--EXPECT--
0 fpmsentinel: broken/records.jsonl:3: a broken record
7 records

By cause
       3  request_terminate_timeout  (memory peak up to 0.4 MB of 64 MB)
       3  stack_overflow  (memory peak up to 1.6 MB of 64 MB)
          and 1 more

By pool
       7  www  (memory peak up to 1.6 MB of 64 MB)

By script
       3  /srv/shop/price.php  (memory peak up to 1.6 MB of 64 MB)
       3  /srv/shop/wait.php  (memory peak up to 0.4 MB of 64 MB)
          and 1 more

By defect
       3  3ba112c473b21910  stack_overflow  Price->__toString  /srv/shop/price.php:4
       3  b8a6066902504ac4  request_terminate_timeout  pay  /srv/shop/wait.php:3
          and 1 more
0 1 record 0 2 records
[["records","causes","pools","scripts","defects"],{"request_terminate_timeout":2,"stack_overflow":2},["Price->__toString  /srv/shop/price.php:4","pay  /srv/shop/wait.php:3"]]
[{"key":"/srv/shop/price.php","records":2,"memory_peak":1693568,"memory_limit":67108864}]
combined: {"requests":500,"deaths":1,"deaths_per_10000_requests":20}
msec: {"requests":400,"deaths":1,"deaths_per_10000_requests":25}
time_iso8601: {"requests":400,"deaths":1,"deaths_per_10000_requests":25}
time_local: {"requests":400,"deaths":1,"deaths_per_10000_requests":25}
no time: {"requests":400,"deaths":2,"deaths_per_10000_requests":50}
none: {"requests":0,"deaths":2}
2 deaths of a worker in 400 requests: 50.00 in 10,000
0 fpmsentinel: shop/nginx.txt:1: no line of an access log, neither JSON nor combined
0 0 records
2 fpmsentinel: missing.jsonl: No such file or directory
0 records
2 fpmsentinel: invalid value for --top: x
Try 'fpmsentinel report --help'.
2 fpmsentinel: invalid value for --format: xml; use one of
  text, json
Try 'fpmsentinel report --help'.
2 fpmsentinel: invalid value for --since: never
Try 'fpmsentinel report --help'.
