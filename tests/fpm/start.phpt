--TEST--
A start that says what is wrong: on standard error and in FPM's log, once in each, whatever PHP's configuration is
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

const REFUSED = 'fpmsentinel.max_frames = "0" is not valid: set a whole number from 10 to 128; until then it is "64"';
const WRONG = ['fpmsentinel.max_frames' => '0', 'fpmsentinel.log' => '/nope/x', 'fpmsentinel.blackbox' => '/nope/y/z'];
const SAID = [REFUSED, 'fpmsentinel.log = "/nope/x": no such directory; set a file, in a directory that exists',
    'fpmsentinel.blackbox = "/nope/y/z": no such directory; set a directory that belongs to the user who starts FPM'];
const ONCE = [1, 1, 1];
const NEVER = [0, 0, 0];

$dir = sys_get_temp_dir() . '/fps-start-' . bin2hex(random_bytes(6));
mkdir($dir);
register_shutdown_function(fn () => exec("rm -rf $dir"));

/** @return list<int> how often each warning is in that file */
function said(string $file): array
{
    $text = (string) @file_get_contents($file);
    return array_map(fn ($warning) => substr_count($text, $warning), SAID);
}

/** @return list<string> php-fpm with wrong values, and what is in FPM's configuration */
function fpm(array $ini, array $global, array $pool = []): array
{
    global $dir;
    $sections = ['global' => $global + ['error_log' => "$dir/fpm.log", 'pid' => "$dir/fpm.pid", 'daemonize' => 'no'],
        'www' => $pool + ['user' => 'www-data', 'listen' => "$dir/www.sock", 'pm' => 'static', 'pm.max_children' => 3]];
    file_put_contents("$dir/fpm.conf", fpmSections($sections));
    $command = [Server::path('TEST_PHP_FPM'), '-n', '-d', 'extension=' . Server::path('TEST_FPMSENTINEL_SO'), '-y',
        "$dir/fpm.conf"];
    foreach ($ini + WRONG as $name => $value) {
        array_push($command, '-d', "$name=$value");
    }
    return $command;
}

/** Its standard error is a file, as a pipe's reader would wait for the coroner as well. */
function start(array $command, string $errors)
{
    global $dir;
    array_map(fn ($file) => @unlink("$dir/$file"), ['out', 'err', 'fpm.log', 'fpm.pid', 'php.log']);
    return proc_open($command, [['file', '/dev/null', 'r'], ['file', "$dir/out", 'a'], ['file', $errors, 'a']], $pipes);
}

function run(array $command, string $errors): int
{
    return proc_close(start($command, $errors));
}

// -t and -i with each configuration of PHP

$configurations = [
    [],
    ['display_startup_errors' => 0],
    ['display_errors' => 0, 'display_startup_errors' => 0, 'log_errors' => 1],
    ['display_errors' => 1, 'display_startup_errors' => 1, 'log_errors' => 1, 'html_errors' => 1],
    ['display_errors' => 'stderr', 'log_errors' => 1, 'error_log' => "$dir/php.log"],
    ['log_errors' => 1, 'error_log' => 'syslog'],
    ['error_reporting' => 0],
];
foreach ($configurations as $ini) {
    $name = http_build_query($ini);
    same("-t $name: status", 0, run([...fpm($ini, []), '-t'], "$dir/err"));
    same("-t $name: standard error", ONCE, said("$dir/err"));
    same("-t $name: FPM's log", ONCE, said("$dir/fpm.log"));
    same("-t $name: test is successful", 1, substr_count(file_get_contents("$dir/err"), 'test is successful'));
    same("-t $name: elsewhere", [NEVER, NEVER], [said("$dir/out"), said("$dir/php.log")]);
    same("-i $name: status", 0, run([...fpm($ini, []), '-i'], "$dir/err"));
    same("-i $name: standard error", ONCE, said("$dir/err"));
    same("-i $name: elsewhere", [NEVER, NEVER], [said("$dir/out"), said("$dir/php.log")]);
    matches("-i $name: the default", '~^fpmsentinel\.max_frames => 64 => 64$~m', file_get_contents("$dir/out"));
}

// One stream: what FPM says twice itself, this says once

foreach (['/proc/self/fd/2', '/dev/stderr', "$dir/err"] as $log) {
    run([...fpm([], ['error_log' => $log]), '-t'], "$dir/err");
    same("-t, error_log = $log", ONCE, said("$dir/err"));
}
run([...fpm([], []), '-t'], '/dev/null');
same('-t, standard error is /dev/null', ONCE, said("$dir/fpm.log"));
same('-t, a wrong configuration', 78, run([...fpm([], [], ['pm' => 'none']), '-t'], "$dir/err"));
same('-t, a wrong configuration: standard error', ONCE, said("$dir/err"));

// Running: in the foreground and as a daemon, with workers and without, after a reload

$modes = [ // arguments, FPM's [global], the pool; what standard error and FPM's log have
    'foreground' => [['-F'], [], []],
    'foreground, one stream' => [['-F'], ['error_log' => '/proc/self/fd/2'], []],
    'foreground, standard error only' => [['-F', '-O'], [], [], NEVER],
    'foreground, ondemand' => [['-F'], [], ['pm' => 'ondemand'], NEVER],
    'daemon' => [['-D'], [], []],
    'daemon, one stream' => [['-D'], ['error_log' => "$dir/err"], []],
    'daemon, ondemand' => [['-D'], [], ['pm' => 'ondemand']],
];
foreach ($modes as $name => [$arguments, $global, $pool]) {
    $log = $global ? "$dir/err" : "$dir/fpm.log";
    $fpm = start([...fpm([], $global, $pool), ...$arguments], "$dir/err");
    $ready = fn (int $times) => substr_count((string) @file_get_contents($arguments === ['-F', '-O'] ? "$dir/err"
        : $log), 'ready to handle') === $times;
    eventually("$name: start", fn () => $ready(1));
    $pid = (int) file_get_contents("$dir/fpm.pid");
    same("$name: standard error", ONCE, said("$dir/err"));
    same("$name: FPM's log", $global ? ONCE : $modes[$name][3] ?? ONCE, said($log));

    if ($name === 'daemon') { // its standard error is its log by then
        exec("kill -USR2 $pid");
        eventually("$name: reload", fn () => $ready(2));
        same("$name: reload", [[1, 1, 1], [2, 2, 2]], [said("$dir/err"), said($log)]);
        $pid = (int) file_get_contents("$dir/fpm.pid");
    }
    exec("kill $pid");
    eventually("$name: stop", fn () => !file_exists("/proc/$pid/stat")
        || preg_match('~\) Z ~', file_get_contents("/proc/$pid/stat")));
    proc_close($fpm);
    same("$name: FPM's log at the end", $arguments === ['-F', '-O'] ? NEVER : ($name === 'daemon' ? [2, 2, 2] : ONCE),
        said($log));
}

// A pool's values: php.ini's stays, and one worker of them all says so

$server = new Server(['ini' => ['fpmsentinel.max_frames' => 20],
    'pool' => ['pm.max_children' => 2, 'php_admin_value[fpmsentinel.max_frames]' => 0,
        'php_admin_flag[fpmsentinel.last_words]' => 'on'],
    'pools' => ['shop' => ['php_admin_value[fpmsentinel.handler_timeout]' => 99]]]);
$server->script('pid.php', 'usleep(20000); echo getmypid(), " ", ini_get("fpmsentinel.max_frames");');
mkdir("$server->dir/docroot/shop");
$server->script('shop/pid.php', 'echo getmypid(), " ", ini_get("fpmsentinel.handler_timeout");');
$served = [];
$server->until(function () use ($server, &$served) {
    foreach ([$server->start('/pid.php'), $server->start('/pid.php')] as $request) {
        [$pid, $value] = explode(' ', $server->finish($request)->body);
        $served[$pid] = $value;
    }
    return count($served) === 2;
}, 10, 'both workers to serve');
same('values', ['20', '20'], array_values($served));
matches('value of shop', '~^\d+ 2$~', $server->get('/shop/pid.php')->body);
$server->get('/shop/pid.php');
$warnings = ['pool www: fpmsentinel.max_frames = "0" is not valid: set a whole number from 10 to 128; '
    . 'until then it is "20"',
    'pool shop: fpmsentinel.handler_timeout = "99" is not valid: set a whole number from 1 to 60; '
        . 'until then it is "2"'];
foreach ($warnings as $warning) {
    // by a pipe, when the master has time
    $server->until(fn () => str_contains($server->fpmLog(), $warning), 10, "FPM's log: $warning");
    same($warning, 1, substr_count($server->fpmLog(), $warning));
    same($warning, 1, count(array_filter($server->nginxErrors(),
        fn ($error) => str_contains($error->message, $warning))));
}
$server->stop();
?>
done
--EXPECT--
done
