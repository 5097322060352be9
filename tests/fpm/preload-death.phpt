--TEST--
A death in opcache.preload, with which PHP-FPM does not start, is said on standard error; nothing is left of that later
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$preload = tempnam(sys_get_temp_dir(), 'fps-');
chmod($preload, 0644);
register_shutdown_function('unlink', $preload);

/** What FPM writes whose start ends. */
function start(array $ini): string
{
    try {
        (new Server(['opcache' => true, 'ini' => $ini]))->stop();
        return 'it has started';
    } catch (RuntimeException $e) {
        return $e->getMessage();
    }
}

$deaths = [ // code on line 2 => what is said
    'function boom() { crashme("null-read"); } boom();' => "segfault in crashme() called at $preload:2",
    'function boom() { crashme("abort"); } boom();' => "abort in crashme() called at $preload:2",
    'function boom() { crashme("c-recursion"); } boom();' => "stack_overflow in crashme() called at $preload:2",
];
foreach ($deaths as $code => $says) { // in a child of FPM's, which has the user
    file_put_contents($preload, "<?php\n$code");
    matches($says, '~^fpmsentinel: ' . preg_quote($says) . ', while opcache\.preload ran: PHP-FPM does not start$~m',
        start(['opcache.preload' => $preload, 'opcache.preload_user' => 'www-data']));
}

/** The same in FPM itself, which has no other user: what it writes, and the signals that master and worker catch. */
function startUnprivileged(string $code, string $preload, array $options = []): array
{
    $server = new Server(['opcache' => true] + $options); // for its command line
    file_put_contents($preload, "<?php\n$code");
    mkdir($dir = "$server->dir/own");
    chown($dir, 'www-data');
    file_put_contents("$dir/fpm.conf", "[global]\npid = $dir/pid\nerror_log = $dir/fpm.log\n[www]\n"
        . "listen = $dir/sock\npm = static\npm.max_children = 1\n");
    $fpm = proc_open(['setpriv', '--reuid=www-data', '--regid=www-data', '--clear-groups', ...$server->php(),
        '-d', "opcache.preload=$preload", '-F', '-O', '-y', "$dir/fpm.conf"],
        [['file', '/dev/null', 'r'], ['file', "$dir/out", 'w'], ['file', "$dir/out", 'w']], $pipes);
    $workers = fn ($pid) => preg_split('~ ~', @file_get_contents("/proc/$pid/task/$pid/children"), 0,
        PREG_SPLIT_NO_EMPTY);
    $server->until(fn () => !($status = proc_get_status($fpm))['running']
        || (is_file("$dir/pid") && $workers($status['pid'])), 10, 'FPM to start or to end');
    $caught = [];
    if (($status = proc_get_status($fpm))['running']) {
        array_map(fn ($pid) => untilIdle($server, (int) $pid), $workers($status['pid']));
        foreach ([$status['pid'], ...$workers($status['pid'])] as $pid) {
            preg_match('~^SigCgt:.*$~m', file_get_contents("/proc/$pid/status"), $match);
            $caught[] = $match[0];
        }
        proc_terminate($fpm);
    }
    proc_close($fpm);
    $output = file_get_contents("$dir/out");
    $server->stop();
    return [$output, $caught];
}

matches('in FPM itself', "~^fpmsentinel: segfault in crashme\(\) called at $preload:2, while opcache\.preload ran~m",
    startUnprivileged('crashme("null-read");', $preload)[0]);

// Afterwards the handlers are gone
[, $with] = startUnprivileged('class Preloaded {}', $preload);
[, $without] = startUnprivileged('class Preloaded {}', $preload, ['extension' => false]);
same('handlers', $without, $with);
same('processes', 2, count($with));
?>
done
--EXPECT--
done
