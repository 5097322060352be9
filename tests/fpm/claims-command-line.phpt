--TEST--
php-fpm -t, -i, -m and -v do what they do without the extension, and leave no process
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

$dir = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
mkdir($dir);
register_shutdown_function(fn () => exec("rm -rf $dir"));
file_put_contents("$dir/fpm.conf", str_replace("$dir/fpm.log", '/dev/stderr', smallFpm($dir)));

/** What the command does: [exit status, stdout, stderr] */
function run(string $option, array $ini): array
{
    global $dir;
    $command = [Server::path('TEST_PHP_FPM'), '-n', '-y', "$dir/fpm.conf", ...$ini, $option];
    // Into files, for a pipe would wait for whoever is left.
    $descriptors = [['file', '/dev/null', 'r'], ['file', "$dir/out", 'w'], ['file', "$dir/err", 'w']];
    $status = proc_close(proc_open($command, $descriptors, $pipes, env_vars: ['FPMSENTINEL_TEST' => $dir]));
    $isOurs = fn (string $file) => str_contains((string) @file_get_contents($file), $dir);
    eventually("$option: all processes to end", fn () => !array_filter(glob('/proc/[0-9]*/environ'), $isOurs));
    [$output, $errors] = array_map('file_get_contents', ["$dir/out", "$dir/err"]);
    return [$status, preg_replace('~^(\S*(REQUEST_TIME|argv|argc)|Interned Strings (Used|Free) memory|Start time).*~m',
        '', $output), preg_replace('~^\[.*?\] ~m', '', $errors)];
}

$load = ['-d', 'extension=' . Server::path('TEST_FPMSENTINEL_SO')];
foreach (['-t', '-i', '-m', '-v'] as $option) {
    [$status, $output, $errors] = run($option, $load);
    [$expectedStatus, $expectedOutput, $expectedErrors] = run($option, []);
    same("$option: status", $expectedStatus, $status);
    if ($option === '-i') {
        same('-i: our section', 1, preg_match('~^This process => not watched$~m', $output));
        $output = preg_replace('~^fpmsentinel\n\n.*?(?=^\S+\n\n)~ms', '', $output);
    }
    $output = preg_replace('~^fpmsentinel\n~m', '', $output);
    [$expectedLines, $lines] = [explode("\n", $expectedOutput), explode("\n", $output)];
    same("$option: output", [[], [], count($expectedLines)],
        [array_diff($expectedLines, $lines), array_diff($lines, $expectedLines), count($lines)]);

    $notice = '~^(NOTICE: PHP message: )?fpmsentinel: fpmsentinel\.log is not set.*\n~m';
    same("$option: notices", true, preg_match_all($notice, $errors) <= 1);
    same("$option: errors", $expectedErrors, preg_replace($notice, '', $errors));

    [, , $errors] = run($option, [...$load, '-d', 'fpmsentinel.log=/var/log/fpmsentinel.jsonl']);
    same("$option: errors with a log", $expectedErrors, $errors);
}
?>
done
--EXPECT--
done
