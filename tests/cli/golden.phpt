--TEST--
fpmsentinel trace over stored logs says what it said before: each folder's logs, as text and as JSON
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
/*
 * A folder holds nginx.txt and what else is given; expected.txt is the text, then the standard error, then of each
 * incident as JSON its time, path, cause and certainty. UPDATE_GOLDEN=1 in the environment writes it anew: read what
 * has changed.
 */
const OPTIONS = ['nginx.txt' => '--nginx', 'records.jsonl' => '--records', 'fpm.txt' => '--fpm-log',
    'access.txt' => '--access'];

function run(array $arguments, string $input = ''): array
{
    $environment = ['TZ' => 'UTC', 'PATH' => getenv('PATH')];
    $process = proc_open([realpath(__DIR__ . '/../../bin/fpmsentinel'), ...$arguments],
        [['pipe', 'r'], ['pipe', 'w'], ['pipe', 'w']],
        $pipes, getcwd(), $environment); // or, in a thread-safe PHP, whose chdir() is its own, where the process is
    fwrite($pipes[0], $input);
    fclose($pipes[0]);
    [, $output, $errors] = array_map(fn ($pipe) => is_resource($pipe) ? stream_get_contents($pipe) : '', $pipes);
    return [proc_close($process), $output, $errors];
}

foreach (glob(__DIR__ . '/*/nginx.txt') as $log) {
    $folder = dirname($log);
    chdir($folder);
    $arguments = ['trace'];
    foreach (OPTIONS as $file => $option) {
        is_file($file) && array_push($arguments, $option, $file);
    }
    [$status, $text, $errors] = run($arguments);
    $found = "$text--- status $status\n$errors--- JSON\n";
    [, $json] = run([...$arguments, '--format=json']);
    foreach (json_decode($json, true, flags: JSON_THROW_ON_ERROR)['incidents'] as $incident) {
        $found .= implode(' ', [$incident['time'], $incident['request']['path'] ?? '?', $incident['cause'],
            $incident['certainty']]) . "\n";
    }
    getenv('UPDATE_GOLDEN') && file_put_contents('expected.txt', $found);
    if ($found !== @file_get_contents('expected.txt')) {
        file_put_contents($actual = tempnam(sys_get_temp_dir(), 'fps'), $found);
        echo basename($folder), ":\n", shell_exec("diff -u expected.txt $actual");
        unlink($actual);
    }
    // from standard input, and compressed
    [, $same] = run(['trace', '--nginx', '-', ...array_slice($arguments, 3)], file_get_contents('nginx.txt'));
    echo $same === $text ? '' : basename($folder) . ": from standard input\n$same";
    $packed = tempnam(sys_get_temp_dir(), 'fps');
    exec("gzip -c nginx.txt > $packed");
    [, $same] = run(['trace', $packed, ...array_slice($arguments, 3)]);
    unlink($packed);
    echo $same === $text ? '' : basename($folder) . ": compressed\n$same";
}

// README shows the tool's real output
$shown = strstr(file_get_contents(__DIR__ . '/shop/expected.txt'), "\n\n", true);
echo str_contains(file_get_contents(__DIR__ . '/../../README.md'), $shown) ? '' : "README.md does not show:\n$shown\n";
?>
done
--EXPECT--
done
