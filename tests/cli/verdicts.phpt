--TEST--
fpmsentinel trace: what a knowing person concludes from small inputs, most of which contradict or are ambiguous
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
require __DIR__ . '/verdicts.inc';

mkdir($dir = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6)));
register_shutdown_function(fn () => exec("rm -rf $dir"));

function trace(array $arguments, string $zone): string
{
    $process = proc_open([realpath(__DIR__ . '/../../bin/fpmsentinel'), 'trace', ...$arguments],
        [['file', '/dev/null', 'r'], ['pipe', 'w'], ['redirect', 1]], $pipes, $GLOBALS['dir'],
        ['TZ' => $zone, 'PATH' => getenv('PATH')]);
    $output = stream_get_contents($pipes[1]);
    proc_close($process);
    return $output;
}

foreach (inputs() as $title => $input) {
    [$logs, $expected, $patterns, $zone] = $input + [2 => [], 3 => 'UTC'];
    array_map(unlink(...), glob("$dir/*"));
    foreach ($logs as $name => $log) {
        file_put_contents("$dir/$name", $log);
    }
    $found = [];
    foreach (explode("\n", trace(['--format=ndjson', ...array_keys($logs)], $zone)) as $line) {
        $incident = json_decode($line, true);
        if (isset($incident['cause'])) {
            $found[] = "$incident[cause] $incident[certainty]";
        }
    }
    if (implode(' | ', $found) !== $expected) {
        echo "$title: ", implode(' | ', $found), "\n";
    }
    $text = $patterns ? preg_replace('~\s+~', ' ', trace(array_keys($logs), $zone)) : '';
    foreach ($patterns as $pattern) {
        if (preg_match('~' . ltrim($pattern, '!') . '~', $text) === (int) str_starts_with($pattern, '!')) {
            echo "$title: $pattern\n$text\n";
        }
    }
}
?>
done
--EXPECT--
done
