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
echo strtok(run('--since 2026-11-25T00:40:30Z shop/records.jsonl'), "\n"), ' ', strtok(run('--until 2026-11-25T00:40:30Z shop/records.jsonl'), "\n"), "\n";
$report = json_decode(substr(run('--json zone/records.jsonl'), 2), true, flags: JSON_THROW_ON_ERROR);
echo json_encode([array_keys($report), array_column($report['causes'], 'records', 'key'), array_column($report['defects'], 'place')], JSON_UNESCAPED_SLASHES), "\n";
echo run('/dev/null'), run('missing.jsonl'), run(''), run('--top x shop/records.jsonl'), run('--since never shop/records.jsonl');
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
0 0 records
2 fpmsentinel: missing.jsonl: No such file or directory
0 records
2 Try 'fpmsentinel report --help'.
2 fpmsentinel report: no such value: x
Try 'fpmsentinel report --help'.
2 fpmsentinel report: no such value: never
Try 'fpmsentinel report --help'.
