--TEST--
fpmsentinel list, info: 5,000 incidents, every filter, terminals of 60, 80 and 200 columns, names to paste
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
// what clients got, where nginx has it: a 504 of what FPM's master ended
$access = '';
$first = ['segfault' => ''];
for ($number = 0; $number < 5000; $number++) {
    preg_match('~request: "(.*?)"~', incident_of($number, $first)[0], $asked);
    $access .= json_encode(['pid' => 7, 'connection' => $number + 1,
        'msec' => DEFECTS_START + intdiv($number, 20) * 2419 + $number % 20,
        'status' => in_array($number % 20, [16, 17], true) ? 504 : 502, 'request' => $asked[1]],
        JSON_UNESCAPED_SLASHES) . "\n";
}
file_put_contents('access.log', $access);

/** @return list<string> its lines */
function run(string $arguments): array
{
    exec("$GLOBALS[tool] $arguments 2>errors.txt", $lines, $GLOBALS['status']);
    return $lines;
}

/** @return list<array> */
function listed(string $filters): array
{
    return array_map(fn ($line) => json_decode($line, true, flags: JSON_THROW_ON_ERROR),
        run("list --format=ndjson $filters ."));
}

/** What a terminal of so many columns is sent, in lines. */
function shown(int $columns, string $arguments): array
{
    $text = (string) shell_exec("env TERM=xterm PAGER=cat script -qec 'stty cols $columns; $GLOBALS[tool] $arguments' "
        . '/dev/null </dev/null 2>&1');
    return explode("\n", rtrim(preg_replace('~\e\[\d*m|\r~', '', $text)));
}

$all = listed('');
echo count($all), ' ', count(array_unique(array_column($all, 'defect'))), " defects, status $status\n";
echo array_column($all, 'time') === (function ($times) { sort($times); return $times; })(array_column($all, 'time'))
    ? '' : "not in the order of time\n";

// each filter, against what the lines themselves say
$filters = [
    '--since @' . DEFECTS_DEPLOYED => fn ($row) => strtotime($row['time']) >= DEFECTS_DEPLOYED,
    '--until "2026-11-28 12:00"' => fn ($row) => $row['time'] <= '2026-11-28T12:00:00Z',
    '--pool mail' => fn ($row) => ($row['pool'] ?? '') === 'mail',
    '--host web1' => fn ($row) => ($row['host'] ?? '') === 'web1',
    '--host shop.example' => fn ($row) => true,
    "--url '/cart/1*'" => fn ($row) => fnmatch('/cart/1*', $row['url']),
    '--url /cart/:n' => fn ($row) => fnmatch('/cart/*', $row['url']),
    '--script index.php' => fn ($row) => isset($row['script']),
    "--script '/srv/*/index.php'" => fn ($row) => isset($row['script']),
    "--script '/srv/index.php'" => fn ($row) => false,
    '--status 504' => fn ($row) => ($row['status'] ?? 0) === 504,
    '--status 5xx' => fn ($row) => isset($row['status']),
    '--cause fpm_down' => fn ($row) => $row['cause'] === 'fpm_down',
    '--only fpm_down -o memory_limit' => fn ($row) => in_array($row['cause'], ['fpm_down', 'memory_limit'], true),
    '--defect segfault-0f42f054' => fn ($row) => $row['cause'] === 'segfault',
    '--defect c0ff --defect uncaught' => fn ($row) =>
        in_array($row['cause'], ['request_terminate_timeout', 'uncaught_exception'], true),
    '--deaths' => fn ($row) => $row['worker_died'],
    '--pool shop --deaths --host web2' => fn ($row) =>
        $row['worker_died'] && ($row['host'] ?? '') === 'web2' && ($row['pool'] ?? '') === 'shop',
];
foreach ($filters as $filter => $passes) {
    $expected = array_values(array_filter($all, $passes));
    $rows = listed($filter);
    echo $filter, ': ', count($rows), $rows === $expected ? '' : ', expected ' . count($expected), " ($status)\n";
}
$mail = array_filter($all, fn ($row) => ($row['pool'] ?? '') === 'mail');
echo json_encode([listed('--limit 10') === array_slice($all, -10),
    listed('--limit 3 --reverse --pool mail') === array_slice(array_reverse($mail), 0, 3)]), "\n";
echo json_encode(listed('--limit 1 --pool shop')[0], JSON_UNESCAPED_SLASHES), "\n";

// a pipe has everything; a terminal has what fits, and names to paste
$text = run('list --limit 10 .');
echo count($text), ' ', preg_replace('~ {2,}~', ' | ', "$text[0]\n$text[9]\n$text[10]"), "\n";
$defect = fn (string $line) => preg_match('~(?<= )[a-z_]+-[0-9a-f]{8}(?!\S)~', $line, $m) ? $m[0] : null;
foreach ([60, 80, 200] as $columns) {
    $lines = shown($columns, 'list --limit 10 .');
    $widest = max(array_map(strlen(...), $lines));
    echo "$columns: ", count($lines), ' lines', $widest <= $columns ? '' : ", $widest columns", ', ', strtok($lines[0],
        "\n") === $lines[0] ? implode(' ', preg_split('~ +~', $lines[0])) : '', "\n";
    echo $columns === 200 && $lines !== array_map(rtrim(...), $text) ? "another text than in a pipe\n" : '';
    // what a line names, info takes
    foreach ([1, 9] as $line) {
        preg_match('~^\S+ \S+ +(\S+)~', $lines[$line], $id);
        $info = shown($columns, "info $id[1] .");
        echo strlen($info[0]) === 32 && str_starts_with($info[0], $id[1]) ? ''
            : "$columns: no record $id[1]: $info[0]\n";
        $widest = max(array_map(strlen(...), array_slice($info, 0, 20)));
        echo $widest <= min($columns, 120) ? '' : "info: $columns: $widest columns\n";
        $name = $defect($lines[$line]);
        $info = shown($columns, "info $name .");
        echo $name === null || str_contains($info[0], $name) ? '' : "$columns: no defect $name: $info[0]\n";
    }
}
// the same record by its number from the end, its id, its defect; the storm's short record has the stack of its first
$last = run('info -2 .')[0];
echo $last === run('info ' . substr($last, 0, 32) . ' .')[0] ? '' : "another record\n";
echo implode("\n", array_slice(run('info segfault .'), 0, 3)), "\n";
echo count(preg_grep('~^The first record of this storm~', run('info --defect 0f42f054 .'))), " storm\n";
echo json_decode(implode("\n", run('info --json a11ce55 .')), true)['incidents'], "\n";
echo count(preg_grep('~^[0-9a-f]{32}$~', run('info --limit 3 --pool mail .'))), " records\n";
echo preg_grep('~fpm_down~', run('info .')) ? '' : "the newest one is not shown\n";

// what does not exist
foreach (['list --pool shpo', 'list --host web3', 'list --defect segfalt-0f42f054', 'list --since 2030-01-01',
    'list --status 99', 'list --cause segv', 'info 01a2', 'info segfalt', 'info -5001', 'info --pool mial',
    'list --limit x'] as $wrong) {
    run("$wrong .");
    $said = preg_replace('~(?<=use one of)\n.*(?=\nTry)~s', '', rtrim(file_get_contents('errors.txt')));
    echo "$wrong: $status ", preg_replace(['~\n {2,}~', '~01a2[0-9a-f]{28}~'], [' | ', '01a2…'], $said), "\n";
}
array_map(unlink(...), glob('*'));
chdir('/');
rmdir($folder);
?>
--EXPECT--
5000 5 defects, status 0
--since @1796169600: 1420 (0)
--until "2026-11-28 12:00": 1080 (0)
--pool mail: 500 (0)
--host web1: 2500 (0)
--host shop.example: 5000 (0)
--url '/cart/1*': 1175 (0)
--url /cart/:n: 3000 (0)
--script index.php: 4750 (0)
--script '/srv/*/index.php': 4750 (0)
--script '/srv/index.php': 0 (1)
--status 504: 500 (0)
--status 5xx: 5000 (0)
--cause fpm_down: 250 (0)
--only fpm_down -o memory_limit: 1429 (0)
--defect segfault-0f42f054: 3000 (0)
--defect c0ff --defect uncaught: 571 (0)
--deaths: 3500 (0)
--pool shop --deaths --host web2: 1500 (0)
[true,true]
{"time":"2026-12-03T23:19:09Z","id":"01a23e345e2c2cbd9c540641923027ad","cause":"uncaught_exception","defect":"uncaught_exception-a11ce550","pool":"shop","host":"web1","script":"/srv/shop/public/index.php","place":"Pay->charge  /srv/shop/src/Pay.php:88","fingerprint":"a11ce5501234abcd","pid":5098,"status":502,"method":"GET","url":"/pay","worker_died":false}
11 TIME | ID | DEFECT | STATUS | POOL | PID | REQUEST | PLACE
2026-12-03 23:19:09 | 01a23e345e | uncaught_exception-a11ce550 | 502 | shop | 5098 | GET /pay | /srv/shop/src/Pay.php:88
2026-12-03 23:19:10 | - | fpm_down-46993aee | 502 | - | - | GET /health | unix:/run/php/shop.sock
60: 11 lines, TIME ID DEFECT
80: 11 lines, TIME ID DEFECT REQUEST
200: 11 lines, TIME ID DEFECT STATUS POOL PID REQUEST PLACE
   3000  segfault-0f42f054  2026-11-27 00:00 to 2026-12-03 23:19, all deaths
         Cart->total  /srv/shop/src/Cart.php:42
         URL /cart/:n; pool shop; host web1 (1500) and 1 more; version shop 1.4.1 (2148) and 1 more
1 storm
71
3 records
list --pool shpo: 1 fpmsentinel: no pool shpo in these logs (nearest: shop); there are: shop, mail
fpmsentinel: nothing matches, of 5000 incidents and records that were read
list --host web3: 1 fpmsentinel: no host web3 in these logs (nearest: web1); there are: web1, web2
fpmsentinel: nothing matches, of 5000 incidents and records that were read
list --defect segfalt-0f42f054: 1 fpmsentinel: no defect segfalt-0f42f054 in these logs (nearest: segfault-0f42f054); there are: segfault-0f42f054, memory_limit-6b6f3c1d, request_terminate_timeout-c0ffee01, fpm_down-46993aee, uncaught_exception-a11ce550
fpmsentinel: nothing matches, of 5000 incidents and records that were read
list --since 2030-01-01: 1 fpmsentinel: nothing matches, of 5000 incidents and records that were read
list --status 99: 2 fpmsentinel: invalid value for --status: 99; expected: what the client got, by an access log: 502, or 5xx
Try 'fpmsentinel list --help'.
list --cause segv: 2 fpmsentinel: invalid value for --cause: segv; use one of
Try 'fpmsentinel list --help'.
info 01a2: 1 fpmsentinel: 01a2 is ambiguous; give more of it: | record   01a2…  2026-11-27 00:00:00  segfault | record   01a2…  2026-11-27 00:00:01  segfault | record   01a2…  2026-11-27 00:00:02  segfault | record   01a2…  2026-11-27 00:00:03  segfault | record   01a2…  2026-11-27 00:00:04  segfault | record   01a2…  2026-11-27 00:00:05  segfault | record   01a2…  2026-11-27 00:00:06  segfault | record   01a2…  2026-11-27 00:00:07  segfault | record   01a2…  2026-11-27 00:00:08  segfault | record   01a2…  2026-11-27 00:00:09  segfault | and 4740 more
info segfalt: 1 fpmsentinel: no record, request or defect here has an id or a name that begins with segfalt (nearest: segfault); 'fpmsentinel list' and 'fpmsentinel report' show which there are
info -5001: 1 fpmsentinel: -5001: there are 5000 incidents and records to choose from, the newest of which is -1
info --pool mial: 1 fpmsentinel: no pool mial in these logs (nearest: mail); there are: shop, mail
fpmsentinel: nothing matches, of 5000 incidents and records that were read
list --limit x: 2 fpmsentinel: invalid value for --limit: x; use a number
Try 'fpmsentinel list --help'.
