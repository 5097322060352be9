--TEST--
A death in opcache.preload, with which PHP-FPM does not start, is said on standard error; nothing is left of that later
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

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
foreach ($deaths as $code => $says) {
    file_put_contents($preload, "<?php\n$code");
    foreach (['www-data', 'root'] as $user) { // in a child of FPM's, and in FPM itself
        matches("$says as $user", '~^fpmsentinel: ' . preg_quote($says)
            . ', while opcache\.preload ran: PHP-FPM does not start$~m',
            start(['opcache.preload' => $preload, 'opcache.preload_user' => $user]));
    }
}

// Afterwards the handlers are gone, from the master and from a worker that has not had a request
file_put_contents($preload, "<?php\nclass Preloaded {}");
foreach (['www-data', 'root'] as $user) {
    $caught = [];
    foreach ([true, false] as $extension) {
        $server = new Server(['opcache' => true, 'extension' => $extension,
            'ini' => ['opcache.preload' => $preload, 'opcache.preload_user' => $user]]);
        foreach ([$server->masterPid, ...$server->workers()] as $pid) {
            preg_match('~^SigCgt:.*$~m', file_get_contents("/proc/$pid/status"), $match);
            $caught[(int) $extension][] = $match[0];
        }
        $server->stop();
    }
    same("handlers, $user", $caught[0], $caught[1]);
}
?>
done
--EXPECT--
done
