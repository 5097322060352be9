--TEST--
fpmsentinel report: records by defect, cause, pool, URL and script; of a time only; as JSON
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
echo run('--by script --by environment shop/records.jsonl');
echo strtok(run('--since 2026-11-25T00:40:30Z shop/records.jsonl'), "\n"), ' ',
    strtok(run('--until 2026-11-25T00:40:30Z shop/records.jsonl'), "\n"), "\n";
$json = fn (string $arguments) => json_decode(substr(run("--json $arguments"), 2), true,
    flags: JSON_THROW_ON_ERROR);
$report = $json('zone/records.jsonl');
echo json_encode([array_keys($report), array_column($report['causes'], 'records', 'key'),
    array_column($report['defects'], 'place', 'key')], JSON_UNESCAPED_SLASHES), "\n";
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
echo preg_replace('~.*\n(?=.*access log)|(?<=\d)\n.*~s', '',
    run("-a $log --script price.php shop/records.jsonl")), "\n";
echo explode("\n", run("-a $log -a shop/nginx.txt shop/records.jsonl"))[0], "\n";
unlink($log);
echo run('/dev/null'), run('missing.jsonl'), run('--top x shop/records.jsonl'), run('-f xml shop/records.jsonl'),
    run('--since never shop/records.jsonl'), run('--by colour shop/records.jsonl'),
    run('--since-deploy shop/records.jsonl');
?>
--EXPECT--
0 fpmsentinel: broken/records.jsonl:3: a broken record
7 records, 2026-11-25 00:00 to 2026-11-25 00:40

By defect
      3  request_terminate_timeout-b8a60669  2026-11-25 00:00 to 2026-11-25 00:40, all deaths
         pay  /srv/shop/wait.php:3
         URL /a.php (1) and 2 more; pool www; host web1
      3  stack_overflow-3ba112c4  2026-11-25 00:01 to 2026-11-25 00:40, all deaths
         Price->__toString  /srv/shop/price.php:4
         URL /b.php (1) and 2 more; pool www; host web1
         and 1 more

By cause
      3  request_terminate_timeout  (all deaths; memory peak up to 0.4 MB of 64 MB)
      3  stack_overflow  (all deaths; memory peak up to 1.6 MB of 64 MB)
         and 1 more

By pool
      7  www  (6 deaths; memory peak up to 1.6 MB of 64 MB)

By URL
      1  /a.php  (all deaths; memory peak up to 0.4 MB of 64 MB)
      1  /b.php  (all deaths; memory peak up to 1.6 MB of 64 MB)
         and 5 more

By script
      3  /srv/shop/price.php  (all deaths; memory peak up to 1.6 MB of 64 MB)
      3  /srv/shop/wait.php  (all deaths; memory peak up to 0.4 MB of 64 MB)
         and 1 more
0 3 records, 2026-11-25 00:40

By script
      1  /srv/shop/price.php  (all deaths; memory peak up to 1.6 MB of 64 MB)
      1  /srv/shop/report.php  (no deaths; memory peak up to 0.4 MB of 64 MB)
      1  /srv/shop/wait.php  (all deaths; memory peak up to 0.4 MB of 64 MB)

By environment
         none of the records has it
0 1 record, 2026-11-25 00:40 0 2 records, 2026-11-25 00:40
[["records","first_seen","last_seen","defects","causes","pools","hosts","services","versions","environments","urls","scripts","places","annotations","hours"],{"request_terminate_timeout":2,"stack_overflow":2},{"request_terminate_timeout-b8a60669":"pay  /srv/shop/wait.php:3","stack_overflow-3ba112c4":"Price->__toString  /srv/shop/price.php:4"}]
[{"key":"/srv/shop/price.php","records":2,"deaths":2,"first_seen":"2026-11-25T00:01:10Z","last_seen":"2026-11-25T00:03:10Z","memory_peak":1693568,"memory_limit":67108864}]
combined: {"requests":500,"deaths":1,"deaths_per_10000_requests":20}
msec: {"requests":400,"deaths":1,"deaths_per_10000_requests":25}
time_iso8601: {"requests":400,"deaths":1,"deaths_per_10000_requests":25}
time_local: {"requests":400,"deaths":1,"deaths_per_10000_requests":25}
no time: {"requests":400,"deaths":2,"deaths_per_10000_requests":50}
none: {"requests":0,"deaths":2}
2 deaths of a worker in 400 requests: 50.00 in 10,000
1 death of a worker in 400 requests of the whole access log: 25.00 in 10,000
0 fpmsentinel: shop/nginx.txt:1: no line of an access log, neither JSON nor combined
0 fpmsentinel: there is no record in what was read; `fpmsentinel trace` explains logs of the web server and of PHP-FPM
0 records
2 fpmsentinel: missing.jsonl: No such file or directory
0 records
2 fpmsentinel: invalid value for --top: x; use a number
Try 'fpmsentinel report --help'.
2 fpmsentinel: invalid value for --format: xml; use one of
  text, json
Try 'fpmsentinel report --help'.
2 fpmsentinel: invalid value for --since: never; use "2026-11-25 06:55", 06:55, today, yesterday, 2h or -2h (ago), 3d, 1w, @EPOCH; a Z at the end is UTC
Try 'fpmsentinel report --help'.
2 fpmsentinel: invalid value for --by: colour; use one of
  defect, cause, pool, host, service, version, environment, url, script, place, annotation, hour
Try 'fpmsentinel report --help'.
2 fpmsentinel: no record has a service.version; set fpmsentinel.service_version in the pool's file
