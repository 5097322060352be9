--TEST--
fpmsentinel doctor: a log that grows on, and is rotated by the file that fpmsentinel setup writes; no record is lost or doubled
--SKIPIF--
<?php
require __DIR__ . '/skipif.inc';
function_exists('gzfile') || die('skip PHP has no zlib');
is_file('/usr/sbin/logrotate') || die('skip no logrotate');
?>
--FILE--
<?php
require __DIR__ . '/setup.inc';
require __DIR__ . '/doctor.inc';

// logrotate's own folder and log files are this test's, for whoever is started behind these mounts

$log = "$dir/log/fpmsentinel/www.jsonl";
file_put_contents("$dir/etc/logrotate.conf", "include /etc/logrotate.d\n");
const MOUNTS = 'mount --bind %1$s/etc/logrotate.d /etc/logrotate.d && mount --bind %1$s/etc/logrotate.conf /etc/logrotate.conf && mount --bind %1$s/log /var/log';
$mounts = sprintf(MOUNTS, $dir);
$behind = ['unshare', '--mount', mountPropagation(), 'sh', '-c', "$mounts && exec \"\$@\"", 'sh'];

/** logrotate, as its timer runs it, two weeks after it has looked at the log last. */
function rotate(string $dir, array $behind): void
{
    file_put_contents("$dir/state", "logrotate state -- version 2\n\"/var/log/fpmsentinel/www.jsonl\" " . date('Y-n-j-G:i:s', time() - 14 * 86400) . "\n");
    chmod("$dir/state", 0640);
    exec(implode(' ', array_map('escapeshellarg', [...$behind, '/usr/sbin/logrotate', '--state', "$dir/state", '/etc/logrotate.conf'])) . ' 2>&1', $output, $status);
    same('logrotate', [0, []], [$status, $output]);
}

/** The requests that records in these files tell of, in order. */
function recorded(array $files): array
{
    $ids = [];
    foreach ($files as $file) {
        foreach (preg_grep('~"action":"master"~', is_file($file) ? gzfile($file) : [], PREG_GREP_INVERT) as $line) {
            $ids[] = json_decode($line, true, flags: JSON_THROW_ON_ERROR)['http']['request']['id'];
        }
    }
    sort($ids);
    return $ids;
}

/** So many requests that kill their worker, at once; meanwhile something may happen. */
function deaths(Server $server, int $count, ?callable $meanwhile = null): void
{
    $requests = array_map(fn ($n) => $server->start("/die.php?$n"), range(1, $count));
    $meanwhile && $meanwhile();
    array_map(fn ($request) => same('death', 502, $server->finish($request)->status), $requests);
}

foreach (['php.ini' => ['ini' => ['fpmsentinel.log' => '/var/log/fpmsentinel/www.jsonl', 'fpmsentinel.max_per_minute' => 0]],
    'the pool' => ['ini' => ['fpmsentinel.max_per_minute' => 0], 'pool' => ['pm.max_children' => 4, 'php_admin_value[fpmsentinel.log]' => '/var/log/fpmsentinel/www.jsonl']]] as $whose => $options) {
    exec("rm -rf $dir/log && mkdir -p $dir/log/fpmsentinel && chown www-data:adm $dir/log/fpmsentinel && chmod 0750 $dir/log/fpmsentinel");
    $server = new Server($options + ['pool' => ['pm.max_children' => 4], 'wrapper' => $behind]);
    $server->script('die.php', 'usleep(random_int(0, 300_000)); crashme("null-read");');
    $all = function () use ($server) {
        $ids = array_column(accessLog($server), 'request_id');
        sort($ids);
        return $ids;
    };

    // without our file it grows

    deaths($server, 3);
    $server->until(fn () => recorded([$log]) === $all(), 10);
    $size = filesize($log);
    rotate($dir, $behind);
    deaths($server, 3);
    $server->until(fn () => recorded([$log]) === $all(), 10);
    clearstatcache();
    same("$whose, without", [true, [$log], $all()], [filesize($log) > $size, glob("$log*"), recorded([$log])]);
    same("$whose, without", true, isset(doctorWhere($server, $mounts)['log-not-rotated']));

    // with it, in the middle of deaths, twice, so that one is compressed

    same("$whose, setup", 0, $setup('--write')->status);
    same("$whose, with", false, isset(doctorWhere($server, $mounts)['log-not-rotated']));
    deaths($server, 20, fn () => rotate($dir, $behind));
    $server->until(fn () => recorded([$log, "$log.1"]) === $all(), 10);
    same("$whose, once", $all(), recorded([$log, "$log.1"]));
    deaths($server, 20, fn () => rotate($dir, $behind));
    deaths($server, 2);
    $files = [$log, "$log.1", "$log.2.gz"];
    $server->until(fn () => recorded($files) === $all(), 10);
    same("$whose, twice", [$files, $all()], [glob("$log*"), recorded($files)]);
    same("$whose, undo", 0, $setup('--undo')->status);
    $server->stop();
}

// what names it, but is none of logrotate's files, or none of its lines

$server = new Server(['ini' => ['fpmsentinel.log' => '/var/log/fpmsentinel/www.jsonl'], 'wrapper' => $behind]);
$text = file_get_contents(__DIR__ . '/../../conf/fpmsentinel.logrotate');
foreach (['fpmsentinel' => [$text, false], 'fpmsentinel~' => [$text, true], 'fpmsentinel.disabled' => [$text, true], 'fpmsentinel.dpkg-old' => [$text, true],
    'off' => [preg_replace('~^~m', '#', $text), true], 'other' => ["\"/var/log/*/*.jsonl\" # all\n{\n}\n", false]] as $name => [$text, $found]) {
    file_put_contents("$dir/etc/logrotate.d/$name", $text);
    same($name, $found, isset(doctorWhere($server, $mounts)['log-not-rotated']));
    unlink("$dir/etc/logrotate.d/$name");
}
?>
done
--EXPECT--
done
