--TEST--
fpmsentinel trace, report: 5,000 incidents of five defects in rotated logs; every width; the order of files
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
require __DIR__ . '/defects.inc';

$tool = realpath(__DIR__ . '/../../bin/fpmsentinel');
$folder = tempnam(sys_get_temp_dir(), 'fps');
unlink($folder);
write_incidents($folder);
chdir($folder);
putenv('TZ=UTC');

function run(string $arguments, &$status = null): string
{
    exec("$GLOBALS[tool] $arguments 2>errors.txt", $lines, $status);
    return implode("\n", $lines) . "\n";
}

/** What a terminal of so many columns is sent, without its colours. */
function shown(int $columns, string $arguments): string
{
    return preg_replace('~\e\[\d*m|\r~', '', (string) shell_exec("TERM=xterm PAGER= script -qec 'stty cols $columns; "
        . "$GLOBALS[tool] $arguments 2>errors.txt' /dev/null </dev/null"));
}

/** Lines of a terminal's text as words, so that it does not matter where they end. */
function words(string $text): array
{
    return preg_split('~\s+~', $text, flags: PREG_SPLIT_NO_EMPTY);
}

const FILES = 'error.log error.log.1 error.log.*.gz fpmsentinel.jsonl fpmsentinel.jsonl.1 fpmsentinel.jsonl.*.gz';
$text = run('trace ' . FILES, $status);
echo strstr($text, "\nsegfault", true), "\nstatus $status\n";
foreach (['segfault-0f42f054', 'memory_limit-6b6f3c1d', 'request_terminate_timeout-c0ffee01', 'fpm_down-',
    'uncaught_exception-a11ce550'] as $name) {
    echo preg_match_all("~^$name.*\n(?:fpmsentinel list .*\n)?2026~m", $text) === 1 ? ''
        : "$name is not shown once in full\n";
}
echo preg_match_all('~^  change ~m', $text) === 5 ? '' : "the advice is not said once\n";
echo strstr($text, "\n4995 more", false);
echo str_contains($text, 'fpmsentinel list --defect segfault-0f42f054 FILE...') ? '' : "no command to type\n";

// a terminal has the same, at every width
foreach ([60, 80, 200] as $columns) {
    $same = shown($columns, 'trace ' . FILES);
    echo words($same) === words($text) ? '' : "$columns columns: another text\n";
    echo substr_count($same, "\n") <= 150 ? '' : "$columns columns: too many lines\n";
    $wide = preg_grep('~^.{' . $columns + 1 . '}|^.{121}~', explode("\n", strstr($same, "\nsegfault", true)));
    echo $wide ? "$columns columns: too wide: " . implode("\n", $wide) . "\n" : '';
}

// what is longer on the narrowest terminal is cut on each alike, and info has it
mkdir('long');
shell_exec("zcat -f fpmsentinel.jsonl* | sed 's/the kernel said so/" . str_repeat('it said so, ', 50)
    . "/' >long/records; zcat -f error.log* >long/error.log");
$cut = run('trace long');
echo 'long: ', preg_match_all('~^  because~m', $cut), ' ', preg_match_all('~^  change~m', $cut), ' ',
    preg_match_all('~^All of one, .*~m', $cut, $all), ' ', $all[0][0] ?? '', "\n";
foreach ([60, 80, 200] as $columns) {
    $same = shown($columns, 'trace long');
    echo words($same) === words($cut) && substr_count($same, "\n") <= 150 ? '' : "$columns columns: $same\n";
}
echo preg_match_all('~it\s+said\s+so~', run('info segfault long')) >= 50 ? '' : "info has no evidence\n";
array_map(unlink(...), glob('long/*'));
rmdir('long');

// the order of files changes nothing, and neither does one file in place of many
$files = glob('*');
foreach ([array_reverse($files), array_merge(...array_map(null, array_slice($files, 0, 7), array_slice($files, 7)))]
    as $order) {
    echo run('trace ' . implode(' ', array_diff($order, ['errors.txt', null]))) === $text ? '' : "another order\n";
}
echo shell_exec("zcat -f error.log* | $tool trace --records fpmsentinel.jsonl --records fpmsentinel.jsonl.1 "
    . implode(' ', array_map(fn ($file) => "-r $file", glob('fpmsentinel.jsonl.*.gz'))) . ' - 2>/dev/null') === $text
    ? '' : "one stream\n";

// every incident: --all, ndjson, and JSON, which has the defects as well
$all = run('trace --all ' . FILES, $status);
echo 'all: ', preg_match_all('~^2026.*  \(nginx ~m', $all), ", status $status\n";
echo 'short, with the stack of the first: ', preg_match_all('~^  storm ~m', $all), ' of ',
    preg_match_all('~Cart->total\(\)  /srv/shop/src/Cart.php:42~', $all), "\n";
echo 'ndjson: ', substr_count(run('trace -f ndjson ' . FILES, $status), "\n"), ", status $status\n";
$json = json_decode(run('trace -f json ' . FILES, $status), true, flags: JSON_THROW_ON_ERROR);
echo 'json: ', implode(' ', array_keys($json)), ' ', count($json['incidents']), ", status $status\n";
$last = $json['defects'][4];
echo json_encode(array_filter($last, is_scalar(...)), JSON_UNESCAPED_SLASHES), "\n",
    implode(' ', array_keys(array_filter($last, is_array(...)))), "\n";
echo json_encode(array_column($json['defects'], 'incidents', 'key')), "\n";

// 20 are shown, and so are those that filters leave
echo preg_match_all('~^2026.*  \(nginx ~m', run('trace ' . FILES . ' --since @' . DEFECTS_START + 249 * 2419)),
    ' ', strtok(run('trace ' . FILES . ' --only uncaught_exception'), "\n"), "\n";
// report: the newest version, and what came with it; shares of requests; where there are several hosts
echo run('report --since-deploy --by defect --by annotation --top 1 fpmsentinel.jsonl*');
preg_match_all('~^By (.+)~m', run('report fpmsentinel.jsonl*'), $groups);
echo implode(', ', $groups[1]), "\n";
file_put_contents('access.log', implode('', array_map(fn ($n) => '203.0.113.7 - - ['
    . gmdate('d/M/Y:H:i:s O', DEFECTS_DEPLOYED + $n * 17) . "] \"GET / HTTP/1.1\" 200 612 \"-\" \"-\"\n",
    range(0, 9999))));
echo run('report --since-deploy --by defect --access access.log fpmsentinel.jsonl*');
$report = json_decode(run('report --json --since-deploy -a access.log fpmsentinel.jsonl*'), true,
    flags: JSON_THROW_ON_ERROR);
echo implode(' ', array_keys($report)), "\n", json_encode($report['deploys'], JSON_UNESCAPED_SLASHES), "\n";
echo json_encode(array_column($report['defects'], 'per_10000_requests', 'key')), "\n";
foreach ([60, 80, 200] as $columns) {
    $wide = preg_grep('~^.{' . $columns + 1 . '}~', explode("\n", shown($columns, 'report fpmsentinel.jsonl*')));
    echo $wide ? "$columns columns: too wide: " . implode("\n", $wide) . "\n" : '';
}

// a short record, wherever it is shown, has the stack of the one that it names
$short = id_of(11, DEFECTS_START + 11);
echo preg_match('~Cart->total  /srv/shop/src/Cart.php:42~', run("show $short fpmsentinel.jsonl*")), "\n";
echo run('report --since @' . DEFECTS_START + 11 . ' --until @' . DEFECTS_START + 12
    . ' --by place fpmsentinel.jsonl*');
array_map(unlink(...), glob('*'));
chdir('/');
rmdir($folder);
?>
--EXPECT--
5000 incidents, 5 defects

   3000  segfault-0f42f054  2026-11-27 00:00 to 2026-12-03 23:19, all deaths
         Cart->total  /srv/shop/src/Cart.php:42
         URL /cart/:n; pool shop; host web1 (1500) and 1 more; version shop 1.4.1 (2148) and 1 more
   1179  memory_limit-6b6f3c1d  2026-11-27 00:00 to 2026-12-03 23:19, no deaths
         Report->rows  /srv/shop/src/Report.php:7
         URL /report/:date; pool shop; host web1 (679) and 1 more; version shop 1.4.1 (895) and 1
         more
    500  request_terminate_timeout-c0ffee01  2026-11-27 00:00 to 2026-12-03 23:19, all deaths
         Mail->send  /srv/shop/src/Mail.php:9
         URL /order/:n/mail; pool mail; host web1 (250) and 1 more; version shop 1.4.1 (358) and 1
         more
    250  fpm_down-46993aee  2026-11-27 00:00 to 2026-12-03 23:19, no deaths
         unix:/run/php/shop.sock
         URL /health
     71  uncaught_exception-a11ce550  2026-12-02 00:16 to 2026-12-03 23:19, no deaths
         Pay->charge  /srv/shop/src/Pay.php:88
         new since shop 1.4.2; URL /pay; pool shop; host web1; version shop 1.4.2

status 0

4995 more, shown by `fpmsentinel trace --all`
More about a cause: fpmsentinel explain segfault
5000 incidents, 5000 explained: segfault 3000, memory_limit 1179, request_terminate_timeout 500, fpm_down 250, uncaught_exception 71; 0 unexplained
long: 0 5 1 All of one, with evidence: `fpmsentinel info DEFECT FILE...`
all: 5000, status 0
short, with the stack of the first: 500 of 3000
ndjson: 5000, status 0
json: incidents defects without_entry read 5000, status 0
{"key":"uncaught_exception-a11ce550","fingerprint":"a11ce5501234abcd","cause":"uncaught_exception","incidents":71,"deaths":0,"first_seen":"2026-12-02T00:16:59Z","last_seen":"2026-12-03T23:19:09Z","new_since":"shop 1.4.2","place":"Pay->charge  /srv/shop/src/Pay.php:88","example":"01a23e345e2c2cbd9c540641923027ad"}
pools hosts services versions urls scripts places annotations hours advice
{"segfault-0f42f054":3000,"memory_limit-6b6f3c1d":1179,"request_terminate_timeout-c0ffee01":500,"fpm_down-46993aee":250,"uncaught_exception-a11ce550":71}
20 71 incidents, 1 defect
1349 records, 2026-12-02 00:16 to 2026-12-03 23:19
only shop 1.4.2, first seen 2026-12-02 00:16
142 of them short, in storms

By defect
    852  segfault-0f42f054  2026-12-02 00:16 to 2026-12-03 23:19, all deaths
         Cart->total  /srv/shop/src/Cart.php:42
         URL /cart/:n; pool shop; host web1 (426) and 1 more; version shop 1.4.2
         and 3 more

By annotation
    710  route=cart  (all deaths; memory peak up to 10.0 MB of 64 MB)
         and 3 more
defect, cause, pool, host, version, URL, script
1349 records, 2026-12-02 00:16 to 2026-12-03 23:19
only shop 1.4.2, first seen 2026-12-02 00:16
142 of them short, in storms
980 deaths of a worker in 10000 requests: 980.00 in 10,000

By defect
    852  segfault-0f42f054  2026-12-02 00:16 to 2026-12-03 23:19, all deaths
         Cart->total  /srv/shop/src/Cart.php:42
         840.00 in 10,000 requests; URL /cart/:n; pool shop; host web1 (426) and 1 more; version
         shop 1.4.2
    284  memory_limit-6b6f3c1d  2026-12-02 00:16 to 2026-12-03 23:19, no deaths
         Report->rows  /srv/shop/src/Report.php:7
         280.00 in 10,000 requests; URL /report/:date; pool shop; host web1 (142) and 1 more;
         version shop 1.4.2
    142  request_terminate_timeout-c0ffee01  2026-12-02 00:16 to 2026-12-03 23:19, all deaths
         Mail->send  /srv/shop/src/Mail.php:9
         140.00 in 10,000 requests; URL /order/:n/mail; pool mail; host web1 (71) and 1 more;
         version shop 1.4.2
     71  uncaught_exception-a11ce550  2026-12-02 00:16 to 2026-12-03 23:19, no deaths
         Pay->charge  /srv/shop/src/Pay.php:88
         new since shop 1.4.2; 70.00 in 10,000 requests; URL /pay; pool shop; host web1; version
         shop 1.4.2
records first_seen last_seen short_records without_first requests deaths deaths_per_10000_requests deploys defects causes pools hosts services versions environments urls scripts places annotations hours
[{"service":"shop","version":"1.4.1","first_seen":"2026-11-27T00:00:00Z","newest":false},{"service":"shop","version":"1.4.2","first_seen":"2026-12-02T00:16:41Z","newest":true}]
{"segfault-0f42f054":840,"memory_limit-6b6f3c1d":280,"request_terminate_timeout-c0ffee01":140,"uncaught_exception-a11ce550":70}
1
1 record, 2026-11-27 00:00
4749 others left out by the options
1 of them short, in storms

By place
      1  Cart->total  /srv/shop/src/Cart.php:42  (all deaths)
