<?php
/* What dev/promises prints; it runs from a build's own tree. */
require __DIR__ . '/../tests/fpm/promises.inc';

/** "3 × 200, 1 × 502" */
function counts(array $statuses): string
{
    $texts = [];
    foreach (array_count_values($statuses) as $status => $count) {
        $texts[] = "$count × " . ($status < 0 ? -$status . ', done twice' : $status);
    }
    return implode(', ', $texts);
}

$format = "%-31s  %-23s  %-19s  %s\n";
printf($format, 'rule or plan', 'requests', 'before', 'after');
$failed = false;
foreach (promises() as $name => [$server, $load, $ends]) {
    if (isset($argv[1]) && !in_array($name, array_slice($argv, 1))) {
        continue;
    }
    ob_start();
    $outcome = promise($name, $server(), $load, $ends);
    $wrong = ob_get_clean();
    getenv('SHOW_DIFF') && print $outcome['diff'];
    foreach ($outcome['before'] as $requests => $statuses) {
        // the sign takes two bytes
        printf($format, $name, $requests, counts($statuses) . ' ', counts($outcome['after'][$requests]));
    }
    echo $wrong;
    $failed = $failed || $wrong !== '';
}
exit($failed ? 1 : 0);
