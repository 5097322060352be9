--TEST--
fpmsentinel doctor: a log that grows; setup's file rotates it, and no record is lost or doubled
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

$logs = ['php.ini' => '/var/log/fpmsentinel.jsonl', 'the pool' => '/var/log/fpmsentinel/www.jsonl'];
file_put_contents("$dir/etc/logrotate.conf", "include /etc/logrotate.d\n");
const MOUNTS = 'mount --bind %1$s/etc/logrotate.d /etc/logrotate.d && mount --bind %1$s/etc/logrotate.conf '
    . '/etc/logrotate.conf && mount --bind %1$s/log /var/log';
$mounts = sprintf(MOUNTS, $dir);
$behind = ['unshare', '--mount', mountPropagation(), 'sh', '-c', "$mounts && exec \"\$@\"", 'sh'];

/** logrotate, as its timer runs it, so many days after it has looked at the logs last; gives what it says. */
function rotate(string $dir, array $behind, int $days = 14, string ...$options): array
{
    global $logs;
    $seen = array_map(fn ($log) => "\"$log\" " . date('Y-n-j-G:i:s', time() - $days * 86400) . "\n", $logs);
    file_put_contents("$dir/state", "logrotate state -- version 2\n" . implode('', $seen));
    chmod("$dir/state", 0640);
    exec(implode(' ', array_map('escapeshellarg', [...$behind, '/usr/sbin/logrotate', ...$options, '--state',
        "$dir/state", '/etc/logrotate.conf'])) . ' 2>&1', $output, $status);
    same('logrotate', [0, []], [$status, $options ? preg_grep('~^error~', $output) : $output]);
    return $output;
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

// for the pool's user, whom setup takes from the configuration
file_put_contents("$dir/fpm.conf", str_replace('user = nobody', 'user = www-data', file_get_contents("$dir/fpm.conf")));

/** /var/log, with a folder that is the pool's user's. */
$fresh = fn () => exec("rm -rf $dir/log && mkdir -p $dir/log/fpmsentinel && chown www-data:adm $dir/log/fpmsentinel && "
    . "chmod 0750 $dir/log/fpmsentinel");

foreach (['php.ini' => ['ini' => ['fpmsentinel.log' => $logs['php.ini'], 'fpmsentinel.max_per_minute' => 0]],
    'the pool' => ['ini' => ['fpmsentinel.max_per_minute' => 0],
        'pool' => ['pm.max_children' => 4, 'php_admin_value[fpmsentinel.log]' => $logs['the pool']]]] as $whose =>
        $options) {
    $fresh();
    $log = $dir . substr($logs[$whose], strlen('/var'));
    $server = new Server($options + ['pool' => ['pm.max_children' => 4], 'wrapper' => $behind]);
    $server->script('die.php', 'usleep(random_int(0, 300_000)); crashme("null-read");');
    $all = function () use ($server) {
        $ids = array_column(accessLog($server), 'request_id');
        sort($ids);
        return $ids;
    };

    // without our file it grows

    deaths($server, 3);
    $server->until(fn () => recorded([$log]) === $all(), 60);
    $size = filesize($log);
    rotate($dir, $behind);
    deaths($server, 3);
    $server->until(fn () => recorded([$log]) === $all(), 60);
    clearstatcache();
    same("$whose, without", [true, [$log], $all()], [filesize($log) > $size, glob("$log*"), recorded([$log])]);
    same("$whose, without", true, isset(doctorWhere($server, $mounts)['log-not-rotated']));

    // with it, in the middle of deaths, twice, so that one is compressed

    same("$whose, setup", 0, $setup('--write')->status);
    same("$whose, with", false, isset(doctorWhere($server, $mounts)['log-not-rotated']));
    deaths($server, 20, fn () => rotate($dir, $behind));
    $server->until(fn () => recorded([$log, "$log.1"]) === $all(), 60);
    same("$whose, once", $all(), recorded([$log, "$log.1"]));
    deaths($server, 20, fn () => rotate($dir, $behind));
    deaths($server, 2);
    $files = [$log, "$log.1", "$log.2.gz"];
    $server->until(fn () => recorded($files) === $all(), 60);
    same("$whose, twice", [$files, $all()], [glob("$log*"), recorded($files)]);
    same("$whose, owner", [$whose === 'the pool' ? 'www-data' : 'root'],
        array_values(array_unique(array_map(fn ($file) => trim(shell_exec("stat -c %U $file")), $files))));
    same("$whose, undo", 0, $setup('--undo')->status);
    $server->stop();
}

// a limit of size, and by whom: a pool's as the pool's user, so that nothing is done there that the user could not do

same('setup', 0, $setup('--write')->status);
$fresh();
$sizes = fn () => array_map(fn ($file) => substr($file, strlen("$dir/log/")),
    [...glob("$dir/log/*.jsonl.1"), ...glob("$dir/log/fpmsentinel/*.1")]);
foreach (['fpmsentinel.jsonl' => 'root', 'fpmsentinel/www.jsonl' => 'www-data',
    'fpmsentinel/theirs.jsonl' => 'www-data'] as $file => $owner) {
    exec("truncate -s 60M $dir/log/$file && chown $owner $dir/log/$file && chmod 640 $dir/log/$file");
}
rotate($dir, $behind, 0);
same('60 MiB', [], $sizes());
exec("truncate -s 65M $dir/log/fpmsentinel.jsonl $dir/log/fpmsentinel/www.jsonl");
// it must not be followed
exec("rm $dir/log/fpmsentinel/theirs.jsonl; ln -s ../fpmsentinel.jsonl $dir/log/fpmsentinel/theirs.jsonl");
$output = rotate($dir, $behind, 0, '--verbose');
same('65 MiB', ['fpmsentinel.jsonl.1', 'fpmsentinel/www.jsonl.1'], $sizes());
[$of, $uid] = ['', []];
foreach ($output as $line) {
    $of = preg_match('~^rotating pattern: (\S+)~', $line, $match) ? $match[1] : $of;
    // and back
    preg_match('~^switching euid from 0 to (\d+) and egid from \d+ to (\d+)~', $line, $match)
        && $uid[$of] ??= "$match[1]:$match[2]";
}
same('as', ['/var/log/fpmsentinel.jsonl' => '0:4', '/var/log/fpmsentinel/*.jsonl' => '33:33'], $uid);
clearstatcache();
same('made again', [0, 0100640], [filesize("$dir/log/fpmsentinel.jsonl"), fileperms("$dir/log/fpmsentinel.jsonl")]);

// a /var/log that a group may write to, as Ubuntu's: the log is there again after a rotation, and is used

$fresh();
exec("chgrp adm $dir/log && chmod 775 $dir/log && install -m 640 /dev/null $dir/log/fpmsentinel.jsonl");
$server = new Server(['ini' => ['fpmsentinel.log' => $logs['php.ini'], 'fpmsentinel.max_per_minute' => 0],
    'wrapper' => $behind]);
$server->script('die.php', 'crashme("null-read");');
$server->log = "$dir/log/fpmsentinel.jsonl";
foreach ([1, 2] as $n) {
    deaths($server, 1);
    $server->records(1);
    rotate($dir, $behind);
}
same('a group\'s folder', 0, substr_count($server->fpmLog(), 'fpmsentinel'));
$server->stop();
same('undo', 0, $setup('--undo')->status);

// what names it, but is none of logrotate's files, or none of its lines

$fresh();
$server = new Server(['ini' => ['fpmsentinel.log' => $logs['php.ini']], 'wrapper' => $behind]);
$text = file_get_contents(__DIR__ . '/../../conf/fpmsentinel.logrotate');
foreach (['fpmsentinel' => [$text, false], 'fpmsentinel~' => [$text, true], 'fpmsentinel.disabled' => [$text, true],
    'fpmsentinel.dpkg-old' => [$text, true],
    'off' => [preg_replace('~^~m', '#', $text), true], 'other' =>
        ["\"/var/log/*.jsonl\" # all\n{\n}\n", false]] as $name => [$text, $found]) {
    file_put_contents("$dir/etc/logrotate.d/$name", $text);
    same($name, $found, isset(doctorWhere($server, $mounts)['log-not-rotated']));
    unlink("$dir/etc/logrotate.d/$name");
}
?>
done
--EXPECT--
done
