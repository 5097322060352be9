--TEST--
fpmsentinel: nothing of a log, record, configuration or file's name reaches a terminal as a command or unseen
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
$tool = realpath(__DIR__ . '/../../bin/fpmsentinel');
$dir = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
mkdir($dir);
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($dir)));
putenv('TZ=UTC');

/* One of each kind: a command of C0, of C1, and of C1 as a byte; directions, no width, lines, a soft hyphen, a tag */
const SHOWN = ["\e" => '?', "\u{9b}" => '?', "\u{7f}" => '?', "\u{202a}" => '\u202a', "\u{202e}" => '\u202e',
    "\u{2066}" => '\u2066', "\u{2069}" => '\u2069',
    "\u{200e}" => '\u200e', "\u{200f}" => '\u200f', "\u{61c}" => '\u061c', "\u{200b}" => '\u200b',
    "\u{200d}" => '\u200d', "\u{2060}" => '\u2060',
    "\u{feff}" => '\ufeff', "\u{2028}" => '\u2028', "\u{2029}" => '\u2029', "\u{ad}" => '\u00ad',
    "\u{e0041}" => '\U000e0041'];
$hostile = implode('', array_keys(SHOWN));
$shown = implode('', SHOWN);
$bytes = "\x9b\xff";

/** @return array{string, string} what it says, and on standard error; $sure: what has to be there */
function said(string $what, array $arguments, ?string $sure = null): array
{
    global $tool, $dir;
    $process = proc_open([$tool, ...$arguments], [['file', '/dev/null', 'r'], ['file', "$dir/.output", 'w'],
        ['file', "$dir/.errors", 'w']], $pipes);
    proc_close($process);
    $run = [file_get_contents("$dir/.output"), file_get_contents("$dir/.errors")];
    foreach ($run as $text) {
        $unseen = '[\x00-\x09\x0b-\x1f\x7f\x{80}-\x{9f}\x{ad}\x{61c}'
            . '\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{206f}\x{feff}\x{e0000}-\x{e007f}]';
        if (!preg_match('~~u', $text) || preg_match("~$unseen~u", $text, $match)) {
            echo "$what: ", json_encode($match), ' ', json_encode($text, JSON_INVALID_UTF8_SUBSTITUTE), "\n";
        }
    }
    if ($sure !== null && !str_contains($run[0] . $run[1], $sure)) {
        echo "$what: not there: $sure\n$run[0]$run[1]\n";
    }
    return $run;
}

// every text of a record

$record = json_decode(strtok(file_get_contents(__DIR__ . '/shop/records.jsonl'), "\n"), true);
$kept = ['@timestamp', 'dataset', 'id', 'action', 'confidence', 'module', 'build_id', 'offset'];
array_walk_recursive($record, function (&$value, $key) use ($hostile, $kept) {
    $value = is_string($value) && !in_array($key, $kept, true) ? "x{$hostile}y" : $value;
});
file_put_contents("$dir/records", json_encode($record) . "\n");
said('show', ['show', "$dir/records"], "x{$shown}y");
said('report', ['report', "$dir/records"], "x{$shown}y");
[$json] = said('show --json', ['show', '--json', "$dir/records"], '\u202e');
echo json_decode($json, true)['message'] === "x{$hostile}y" ? '' : "show --json: another value\n";
said('report --format=json', ['report', '--format=json', "$dir/records"], '\u202e');

// nginx's log, alone and with that record; an access log and FPM's

$log = file_get_contents(__DIR__ . '/shop/nginx.txt');
file_put_contents("$dir/nginx", str_replace(['/price.php', 'shop.example'],
    ["/{$hostile}{$bytes}price.php", "shop{$hostile}.example"], $log));
file_put_contents("$dir/access", str_replace('/price.php', "/{$hostile}{$bytes}price.php",
    file_get_contents(__DIR__ . '/shop/access.txt')));
file_put_contents("$dir/fpm", "[22-Nov-2026 06:50:57] WARNING: [pool w{$hostile}{$bytes}w] child 7445 exited on signal "
    . "9 (SIGKILL) after 1.0 seconds from start\n");
foreach (['text', 'json', 'ndjson'] as $format) {
    [$text] = said("trace, $format", ['trace', "--format=$format", '-n', "$dir/nginx", '-r', "$dir/records", '-a',
        "$dir/access", '-p', "$dir/fpm"], '\u202e');
    $format === 'json' && json_decode($text, true, 512, JSON_THROW_ON_ERROR);
}
// what sums up many incidents
file_put_contents("$dir/many", implode('', array_map(fn ($n) => preg_replace('~\*\d~', "*$n", file_get_contents(
    "$dir/nginx")), range(1, 30))));
said('trace, defects', ['trace', '-n', "$dir/many", '-r', "$dir/records"], "x{$shown}y");
said('report, by all', ['report', ...array_map(fn ($key) => "--by=$key", ['defect', 'cause', 'pool', 'host', 'url',
    'script', 'place', 'hour']), "$dir/records"], "x{$shown}y");
file_put_contents("$dir/raw", str_replace('x', "x$bytes", file_get_contents("$dir/records")));
said('bytes in a record', ['show', "$dir/raw"]);
said('bytes in a record, JSON', ['show', '--json', "$dir/raw"]);

// names of files, and words of the command line that a pattern of the shell's has made of them

$name = "$dir/n{$hostile}{$bytes}n";
file_put_contents($name, "{$hostile}no log\n");
said('a name', ['trace', $name], "n{$shown}??n");
said('a name', ['report', "$name-none"], "n{$shown}??n-none: No such file");
said('a name', ['doctor', '--nginx-conf', "$name-none"], "n{$shown}??n-none: No such file");
said('an option', ['trace', "--n{$hostile}{$bytes}n"], "n{$shown}??n");
said('an argument', ['doctor', "n{$hostile}{$bytes}n"], "n{$shown}??n");
said('a value', ['trace', "--format=n{$hostile}{$bytes}n"], "n{$shown}??n");
said('a command', ["n{$hostile}{$bytes}n"], "n{$shown}??n");

// configuration

file_put_contents("$dir/nginx.dump", str_replace('shop.example', "shop{$hostile}{$bytes}.example",
    str_replace('# configuration file /etc/nginx/sites/shop:',
    "# configuration file /etc/nginx/sites/{$hostile}{$bytes}shop:",
    str_replace('include /etc/nginx/sites/shop', "include /etc/nginx/sites/{$hostile}{$bytes}shop",
        $dump = file_get_contents(__DIR__ . '/doctor/nginx.dump')))));
foreach (['text', 'json'] as $format) {
    said("doctor, $format", ['doctor', "--format=$format", '--nginx-conf', "$dir/nginx.dump", '--php',
        __DIR__ . '/doctor/php-fpm', '--fpm-conf', __DIR__ . '/doctor/php-fpm.conf'], '\u202e');
}
file_put_contents("$dir/nginx.dump", "# configuration file /x:\n{$hostile}{$bytes} {\n");
said('broken', ['doctor', '--nginx-conf', "$dir/nginx.dump"]);
file_put_contents("$dir/php-fpm", "#!/bin/sh\nprintf '%s' '{$hostile}{$bytes}' >&2; exit 1\n");
chmod("$dir/php-fpm", 0755);
said('a program', ['doctor', '--php', "$dir/php-fpm"], $shown);
?>
done
--EXPECT--
done
