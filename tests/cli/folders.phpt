--TEST--
fpmsentinel trace: of a folder regular files are read, and neither FIFOs, devices nor the kernel's files; zero bytes
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
putenv('TZ=UTC');
mkdir($dir = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6)));
register_shutdown_function(fn () => exec("rm -rf $dir"));
$tool = realpath(__DIR__ . '/../../bin/fpmsentinel');
$log = __DIR__ . '/shop/nginx.txt';
chdir($dir);

function trace(string $arguments): string
{
    exec("$GLOBALS[tool] trace $arguments 2>&1", $lines, $status);
    $said = implode(' | ', preg_grep('~^fpmsentinel: (?!not used)~', $lines));
    return "$status " . preg_replace('~ \(not a regular file[^)]*\)~', '', $said) . "\n";
}

echo "-- what is no regular file is counted\n";
mkdir('logs/nginx', 0777, true);
copy($log, 'logs/nginx/error.log');
exec('mkfifo logs/fifo fifo');
symlink('/dev/zero', 'logs/device');
symlink('/proc/self/environ', 'logs/environment');
symlink('nowhere', 'logs/dangling');
symlink('nginx/error.log', 'logs/link');
$read = json_decode(shell_exec("$tool trace logs -f json 2>/dev/null"), true)['read'];
echo json_encode(array_map(fn ($file) => basename($file['file']), $read['files'])), ', ', $read['skipped'],
    " skipped\n";
preg_match('~skipped [^|]*~', trace('logs'), $said);
echo strtr($said[0], [realpath($dir) => '.']), "\n";

echo "-- a folder without files is not the usual places\n";
mkdir('empty');
echo trace('empty'), trace('/proc');

echo "-- a FIFO that is named has a writer, or an end\n";
$writer = popen('sleep 0.2; cat ' . escapeshellarg($log) . ' > fifo', 'r');
echo preg_match('~read 1 file: \d+ entries of nginx~', trace('fifo')), "\n";
pclose($writer);
echo trace('fifo');

echo "-- zero bytes, of a log that was copied and cut, or nothing else\n";
file_put_contents('zeros', str_repeat("\0", 3 << 20));
$hole = fopen('hole', 'w');
ftruncate($hole, 1 << 34);
echo trace('zeros'), trace('hole');
fseek($hole, 0, SEEK_END);
fwrite($hole, file_get_contents($log));
file_put_contents('zeros', file_get_contents($log), FILE_APPEND);
foreach (['hole', 'zeros'] as $cut) {
    echo trace($cut) === trace($log) ? "the same\n" : trace($cut);
}
?>
--EXPECT--
-- what is no regular file is counted
["link"], 4 skipped
skipped 4 entries of folders, such as ./logs/dangling

-- a folder without files is not the usual places
2 fpmsentinel: empty: no regular file in this folder | fpmsentinel: read 0 files: no entries
2 fpmsentinel: /proc: no regular file in this folder | fpmsentinel: read 0 files: no entries | fpmsentinel: skipped 1 entry of folders, such as /proc
-- a FIFO that is named has a writer, or an end
1
2 fpmsentinel: fifo: nobody has opened this FIFO to write to it for 5 s | fpmsentinel: read 0 files: no entries
-- zero bytes, of a log that was copied and cut, or nothing else
2 fpmsentinel: zeros: nothing but zero bytes in this file | fpmsentinel: read 1 file: no entries
2 fpmsentinel: hole: nothing but zero bytes in this file | fpmsentinel: read 1 file: no entries
the same
the same
