--TEST--
fpmsentinel doctor: of processes that call themselves FPM's master root uses its own only
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/stranger.inc';

file_put_contents("$dir/fpm.conf", $conf = smallFpm($dir));
file_put_contents("$dir/theirs/x.conf", $conf);
trap("$dir/theirs/php-fpm", $mark = "$dir/mark");
$stranger = titled("php-fpm: master process ($dir/theirs/x.conf)", "$dir/theirs/php-fpm");
$fpm = escapeshellarg(Server::path('TEST_PHP_FPM'));
$master = "$fpm -n -F -y $dir/fpm.conf 2>/dev/null & " . untilTitled('php-fpm: master');

/** The configuration that was looked at, and the masters that were passed over, with their titles' files. */
function seen(string $processes): array
{
    $run = toolAmong($processes, 'doctor', '--format=json');
    same('errors', '', str_replace("fpmsentinel: no nginx\n", '', $run->errors));
    $conf = array_column(json_decode($run->output, true)['findings'] ?? [], 'places',
        'rule')['process-control-timeout'][0]['file'] ?? null;
    same('run by root', false, file_exists("$GLOBALS[dir]/mark"));
    return [$conf, array_map(fn ($text) => preg_replace('~^/proc/(\d+): process \1, ~', '', $text),
        foundOf($run, 'master-passed-over'))];
}

$title = "\"php-fpm: master process ($dir/theirs/x.conf)\"";
$installed = glob('/usr/sbin/php-fpm[0-9]*'); // not necessarily what is tested
natsort($installed);
$usual = '/etc/php/' . str_replace('/usr/sbin/php-fpm', '', end($installed)) . '/fpm/php-fpm.conf';

// a stranger's, with a lower pid than FPM's own; and alone

same('before it', ["$dir/fpm.conf", ["$title: it belongs to www-data"]], seen($stranger . $master));
same('behind it', ["$dir/fpm.conf", ["$title: it belongs to www-data"]], seen($master . $stranger));
same('alone', [$usual, ["$title: it belongs to www-data"]], seen($stranger));
same('of that configuration', 1, count(foundOf(toolAmong($stranger, 'doctor', '--format=json', '--php',
    Server::path('TEST_PHP_FPM'), '--fpm-conf', "$dir/theirs/x.conf"), 'master-passed-over')));

// it is not told by the owner of its folder in /proc, which is root's where a process may not be read

chown("$dir/theirs/php-fpm", 'root');
chmod("$dir/theirs/php-fpm", 0711);
same('not dumpable', ["$dir/fpm.conf", ["$title: it belongs to www-data"]], seen($stranger . $master));

chown("$dir/theirs/php-fpm", 'www-data');

// root's own, but its program, its configuration or a directory above them is somebody else's

$roots = fn (string $conf, string $program) => titled("php-fpm: master process ($conf)", $program, '');
trap("$dir/php-fpm", $mark);
chown("$dir/php-fpm", 'root');
mkdir("$dir/open");
chmod("$dir/open", 0777);
copy("$dir/fpm.conf", "$dir/open/fpm.conf");
copy("$dir/fpm.conf", "$dir/writable.conf");
chmod("$dir/writable.conf", 0666);
symlink("$dir/fpm.conf", "$dir/open/link.conf");
$usable = Server::path('TEST_PHP_FPM');
foreach ([
    'program' => ["$dir/fpm.conf", "$dir/theirs/php-fpm", "$dir/theirs belongs to www-data"],
    'configuration' => ["$dir/theirs/x.conf", "$dir/php-fpm", "$dir/theirs belongs to www-data"],
    'directory' => ["$dir/open/fpm.conf", "$dir/php-fpm", "everybody may write to $dir/open"],
    'link' => ["$dir/open/link.conf", "$dir/php-fpm", "everybody may write to $dir/open"],
    'mode' => ["$dir/writable.conf", "$dir/php-fpm", "everybody may write to $dir/writable.conf"],
    'missing' => ["$dir/none.conf", "$dir/php-fpm", "$dir/none.conf is not here: it runs in a container or a root "
        . "directory of its own"],
] as $case => [$named, $program, $why]) {
    same($case, ["$dir/fpm.conf", ["\"php-fpm: master process ($named)\": $why"]],
        seen($roots($named, $program) . $master));
}

// in a container the same name is another file

mkdir("$dir/other");
file_put_contents("$dir/other.conf", $conf);
$propagation = mountPropagation();
$inside = "unshare --mount $propagation sh -c 'mount --bind $dir/other.conf $dir/fpm.conf && exec $fpm -n -F "
    . "-y $dir/fpm.conf 2>/dev/null' & " . untilTitled('php-fpm: master');
// In a chroot (dev/fresh) the kernel gives no name as seen from there to files of another mount namespace: then the
// program is not here
$sleep = trim((string) shell_exec("unshare --mount $propagation sleep 60 & " . untilTitled('sleep')
    . "readlink /proc/$!/exe; kill $!"));
$named = $sleep === realpath(trim((string) shell_exec('command -v sleep')));
$outside = fn (array $seen) => $named ? $seen : [$seen[0],
    preg_replace('~: \S+/php-fpm\S* is not here: .*~', ': not here', $seen[1])];
$passed = fn (string $why) => [$usual, ["\"php-fpm: master process ($dir/fpm.conf)\": $why"]];
$another = "$dir/fpm.conf is another file where it runs, in a container or a root directory of its own";
same('container', $passed($named ? $another : 'not here'), $outside(seen($inside)));

// a service of systemd's with a /tmp of its own has another namespace, and the same files

$private = str_replace("mount --bind $dir/other.conf $dir/fpm.conf", 'mount -t tmpfs none /var/tmp', $inside);
same('PrivateTmp', $named ? ["$dir/fpm.conf", []] : $passed('not here'), $outside(seen($private)));

// an upgraded package: the program that runs is deleted, and the new one has its place

copy($usable, "$dir/php-fpm-upgraded");
chmod("$dir/php-fpm-upgraded", 0755);
$upgraded = str_replace($fpm, "$dir/php-fpm-upgraded", $master)
    . "cp $dir/php-fpm-upgraded $dir/new && mv $dir/new $dir/php-fpm-upgraded; ";
same('upgraded', ["$dir/fpm.conf", []], seen($upgraded));

// a name as of the directory that the master was started in, and not of the caller's

same('relative', ["$dir/fpm.conf", []], seen("cd $dir; " . str_replace("-y $dir/fpm.conf", '-y fpm.conf', $master)
    . 'cd /; '));
?>
done
--EXPECT--
done
