--TEST--
fpmsentinel doctor, setup: what others may change is neither run nor read by root, whatever names it
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/stranger.inc';

$tool = Server::path('TEST_FPMSENTINEL');
$fpm = Server::path('TEST_PHP_FPM');
$mark = "$dir/mark";
$secret = 'root:' . bin2hex(random_bytes(8));
file_put_contents("$dir/secret", "$secret = x;\n"); // which both nginx and FPM cite when they do not know it
chmod("$dir/secret", 0600);
$write = fn (string ...$more) => file_put_contents("$dir/fpm.conf", smallFpm($dir, 'www-data', ...$more));
$write();

/** The tool, which has to end by itself; `hangs` where it does not. */
function runs(array $arguments, array $environment = [], array $before = []): object
{
    global $dir;
    $process = proc_open([...$before, 'timeout', '-k', '1', '20', Server::path('TEST_FPMSENTINEL'), ...$arguments],
        [['file', '/dev/null', 'r'],
        ['file', "$dir/output", 'w'], ['file', "$dir/errors", 'w']], $pipes, null, $environment + getenv());
    $status = proc_close($process);
    return (object) ['hangs' => $status === 124, 'status' => $status, 'output' => file_get_contents("$dir/output"),
        'errors' => file_get_contents("$dir/errors")];
}

/** What doctor says is not trusted. */
function refused(array $environment = [], string ...$arguments): array
{
    global $dir, $mark, $secret;
    $run = runs(['doctor', '--format=json', '--php', Server::path('TEST_PHP_FPM'), '--fpm-conf', "$dir/fpm.conf",
        ...$arguments], $environment);
    same('run by root, hangs, shown', [false, false, false],
        [file_exists($mark), $run->hangs, str_contains($run->output . $run->errors, $secret)]);
    file_exists($mark) && unlink($mark);
    return foundOf($run, 'not-trusted');
}

$theirs = "$dir/theirs belongs to www-data";

// PATH: a program of somebody else's, and one of the current directory

// with --fpm-conf no unit is asked about, but nor is systemctl run
foreach (['nginx' => ["$dir/theirs/nginx: $theirs"], 'systemctl' => []] as $name => $found) {
    trap("$dir/theirs/$name", $mark);
    same("$name of PATH", $found, refused(['PATH' => "$dir/theirs:$dir/bin:/usr/bin:/bin"]));
    unlink("$dir/theirs/$name");
}
chdir("$dir/theirs");
trap("$dir/theirs/nginx", $mark);
same('the current directory', [], refused(['PATH' => ".::$dir/bin:/usr/bin:/bin"]));
unlink("$dir/theirs/nginx");
chdir('/');
trap("$dir/theirs/php-fpm", $mark);
$run = runs(['doctor', '--format=json'], ['PATH' => "$dir/theirs:$dir/bin:/usr/bin:/bin"],
    ['unshare', '--mount', '--pid', '--fork', '--kill-child', mountPropagation(), '--mount-proc',
    // as process 1 timeout(1) of coreutils 9.10 runs nothing
    'sh', '-c', "mkdir $dir/none; mount --bind $dir/none /usr/sbin && \"\$@\"; exit \$?", 'sh']);
same('php-fpm of PATH', [false, ["$dir/theirs/php-fpm is not trusted: $theirs"]],
    [file_exists($mark), preg_match_all('~^fpmsentinel: (\S+ is not trusted: .*)~m', $run->errors, $m) ? $m[1] : []]);

// ini files that the environment names: PHP loads what they say

file_put_contents("$dir/evil.c", "#include <fcntl.h>\n#include <unistd.h>\n__attribute__((constructor)) static void "
    . "start(void) { if (geteuid() == 0) close(open(\"$mark\", O_CREAT | O_WRONLY, 0644)); }\n");
exec("cc -shared -fPIC -o $dir/theirs/evil.so $dir/evil.c", $lines, $status);
same('cc', 0, $status);
mkdir("$dir/theirs/ini");
file_put_contents("$dir/theirs/ini/evil.ini", "extension = $dir/theirs/evil.so\n");
copy("$dir/theirs/ini/evil.ini", "$dir/theirs/ini/php.ini");
foreach (['PHP_INI_SCAN_DIR' => ":$dir/theirs/ini", 'PHPRC' => "$dir/theirs/ini"] as $variable => $value) {
    same($variable, ["$variable=$dir/theirs/ini: $theirs"], refused([$variable => $value]));
}

// what php-fpm.conf includes: somebody else's file, a link, one that others may write, and a place where others can put
// one

file_put_contents("$dir/theirs/pool.conf", "[theirs]\nuser = root\n");
symlink("$dir/secret", "$dir/theirs/link.conf");
mkdir("$dir/theirs/none");
mkdir("$dir/pools");
file_put_contents("$dir/pools/open.conf", '');
chmod("$dir/pools/open.conf", 0666);
foreach (["$dir/theirs/pool.conf" => "$dir/theirs/pool.conf: $theirs",
    "$dir/theirs/link.conf" => "$dir/theirs/link.conf: $theirs",
    "$dir/theirs/none/*.conf" => "$dir/theirs/none/*.conf: $theirs",
    "$dir/pools/*.conf" => "$dir/pools/open.conf: everybody may write to $dir/pools/open.conf"] as $include => $why) {
    file_put_contents("$dir/fpm.conf", template('stranger.fpm.conf', ['DIR' => $dir, 'INCLUDE' => $include]));
    $run = runs(['doctor', '--php', $fpm, '--fpm-conf', "$dir/fpm.conf"]);
    same("$include: status, shown", [2, false], [$run->status, str_contains($run->output . $run->errors, $secret)]);
    same($include, true, str_contains($run->errors, 'it includes a file that others can change'));
    same($include, true, str_contains($run->errors, "fpmsentinel: " . str_replace(": ", " is not trusted: ", $why)
        . "\n"));
}

// a configuration that the caller names is used, whoever's it is, with what its owner makes it include

mkdir("$dir/theirs/named");
file_put_contents("$dir/theirs/named/fpm.conf", template('stranger.fpm.conf',
    ['DIR' => $dir, 'INCLUDE' => "$dir/theirs/named/pool.d/*.conf"]));
mkdir("$dir/theirs/named/pool.d");
file_put_contents("$dir/theirs/named/pool.d/www.conf", strstr(smallFpm($dir), '[www]'));
foreach (['', '/fpm.conf', '/pool.d', '/pool.d/www.conf'] as $name) {
    chown("$dir/theirs/named$name", 'www-data');
}
$run = runs(['doctor', '--format=json', '--php', $fpm, '--fpm-conf', "$dir/theirs/named/fpm.conf"]);
same('named', [true, []], [str_contains($run->output, 'process-control-timeout'), foundOf($run, 'not-trusted')]);

// logs: a FIFO, a device, links, also one that is swapped behind the back of who looks

mkdir("$dir/logs");
chown("$dir/logs", 'www-data');
exec("mkfifo -m 0666 $dir/logs/fifo");
symlink("$dir/secret", "$dir/logs/link");
link("$dir/secret", "$dir/logs/second");
symlink('/dev/zero', "$dir/logs/device");
file_put_contents("$dir/logs/log", '');
$ini = fn (string $log) => "php_admin_value[fpmsentinel.log] = $log\n";
$php = "$dir/php-fpm";
program($php, "exec $fpm -n -d extension=" . Server::path('TEST_FPMSENTINEL_SO') . ' "$@"');
foreach (['fifo' => 'is not a regular file', 'link' => 'is a link where others can put one',
    'second' => 'has another name, and others can give it one', 'device' => 'is a link where others can put one',
    'log' => null] as $name => $why) {
    $why = $why ? ["$dir/logs/$name: $dir/logs/$name $why"] : [];
    $write("error_log = $dir/logs/$name\n");
    same("error_log, $name", $why, refused());
    $write('', $ini("$dir/logs/$name"));
    same("fpmsentinel.log, $name", $why, refused([], '--php', $php));
}
$write();

// the default logs of trace, where their folder is somebody else's

foreach (['fifo' => 2, 'link' => 2, 'log' => 0] as $name => $status) {
    $run = runs(['trace'], [], ['unshare', '--mount', mountPropagation(), 'sh', '-c',
        "mv $dir/logs/$name $dir/logs/error.log && mount --bind $dir/logs /var/log/nginx && exec \"\$@\"", 'sh']);
    rename("$dir/logs/error.log", "$dir/logs/$name");
    same("trace, $name", [false, $status, false], [$run->hangs, $run->status,
        str_contains($run->output . $run->errors, $secret)]);
}
foreach (['fifo' => 2, 'log' => 0] as $name => $status) { // named by the caller: used, as is <(zcat …)
    exec("timeout 60 sh -c 'printf \"\" >$dir/logs/$name & exec $tool trace $dir/logs/$name 2>/dev/null'", $lines,
        $named);
    same("named, $name", 0, $named);
}

// nginx cites what it does not understand; a link in a folder of somebody else's would show what only root may read

program("$dir/bin/nginx", "exec " . Server::path('TEST_NGINX')
    . " -p $dir -e $dir/nginx.log -c $dir/nginx.conf \"\$@\"");
$nginx = fn (string $more) => file_put_contents("$dir/nginx.conf",
    template('stranger.nginx.conf', ['DIR' => $dir, 'HTTP' => $more]));
$nginx("include $dir/theirs/link.conf;");
$refused = refused();
same('nginx', ["$dir/theirs/link.conf: $theirs"], $refused);
file_put_contents("$dir/theirs/site.conf", "server { listen unix:$dir/http.sock; }\n");
$nginx("include $dir/theirs/site.conf;");
same('nginx reads it', ["$dir/theirs/site.conf: $theirs"], refused());
$nginx('');
same('nginx', [], refused());

// a record names a module, which libdw is not to look into

$module = "$dir/theirs/module.so";
exec("cc -g -shared -fPIC -Wl,--build-id -o $module $dir/evil.c && chown www-data $module && readelf -n $module | sed "
    . "-n 's/.*Build ID: //p'", $lines, $status);
$record = ['@timestamp' => '2026-11-22T06:50:57.123456Z',
    'event' => ['dataset' => 'fpmsentinel', 'id' => str_repeat('a', 32), 'action' => 'worker-death',
    'code' => 'segfault'], 'message' => 'x', 'fpmsentinel' =>
    ['version' => '1', 'cause' => 'segfault', 'confidence' => 'certain',
    'native' => ['stack' => [['ip' => '0x1', 'module' => $module, 'build_id' => end($lines),
        'offset' => trim(shell_exec("nm $module | sed -n 's/ t start$//p' | sed 's/^0*/0x/'"))]]]]];
file_put_contents("$dir/record", json_encode($record, JSON_UNESCAPED_SLASHES) . "\n");
$hasSource = fn () => isset(json_decode(runs(['show', '--json', "$dir/record"])->output,
    true)['fpmsentinel']['native']['stack'][0]['source']);
same('their module', false, $hasSource());
if (str_contains(shell_exec("$tool --version"), 'with libdw')) {
    rename($module, "$dir/module.so");
    chown("$dir/module.so", 'root');
    file_put_contents("$dir/record", str_replace($module, "$dir/module.so", file_get_contents("$dir/record")));
    same("root's module", true, $hasSource());
}

// setup writes in no folder in which others can change names

copy(Server::path('TEST_FPMSENTINEL_SO'), "$dir/fpmsentinel.so");
program($php, "PHP_INI_SCAN_DIR=$dir/theirs/ini2 exec $fpm -d extension_dir=$dir \"\$@\"");
mkdir("$dir/theirs/ini2");
$run = runs(['setup', '--write', '--php', $php, '--fpm-conf', "$dir/fpm.conf", '--etc', $dir]);
same('setup', [2, []], [$run->status, glob("$dir/theirs/ini2/*")]);
matches('why', "~^fpmsentinel: $dir/theirs/ini2/\S* is not trusted: $theirs$~m", $run->errors);
?>
done
--EXPECT--
done
