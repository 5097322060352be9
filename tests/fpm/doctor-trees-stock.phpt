--TEST--
fpmsentinel doctor: what Debian and the official images ship: no error, and each finding one that is argued for
--SKIPIF--
<?php
require __DIR__ . '/skipif.inc';
needs('patch');
?>
--FILE--
<?php
require __DIR__ . '/trees.inc';

// FPM's and nginx's own defaults, of which they are made
$defaults = [
    'process-control-timeout' => 'warning', // a reload kills what is in flight, with any of them
    'abandoned-requests' => 'hint',         // nothing ends what waits, after nginx's 504
    'socket-timeout' => 'hint',             // 60 s in PHP, 60 s in nginx
    'slowlog-off' => 'hint',
    'parameters-missing' => 'hint',
];
$trees = [
    'stock-debian-12' => $defaults + ['worker-output-lost' => 'hint'],
    'stock-debian-13' => $defaults + ['worker-output-lost' => 'hint'],
    'stock-images' => $defaults, // they have catch_workers_output = yes
    'stock-php-src' => $defaults + ['worker-output-lost' => 'hint'],
];
foreach ($trees as $name => $expected) {
    $tree = new Tree($name);
    $findings = array_column($tree->report()['findings'], 'severity', 'rule');
    $findings = array_diff_key($findings, array_flip(ELSEWHERE));
    ksort($findings);
    ksort($expected);
    same("$name: findings", $expected, $findings);
    follow($tree);
}
same('all of them', array_keys($trees), array_map('basename', glob(dirname(__DIR__) . '/trees/stock-*')));
?>
done
--EXPECT--
done
