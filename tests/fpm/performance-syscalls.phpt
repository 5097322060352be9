--TEST--
A request of a busy worker makes the same system calls with and without the extension
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; needs('strace'); ?>
--FILE--
<?php
require 'server.inc';

/** @return array<string, int> name => how often a worker made it, over 20 requests that follow upon another */
function systemCalls(bool $extension): array
{
    $server = new Server(['extension' => $extension, 'opcache' => true,
        'ini' => ['opcache.file_update_protection' => 0, 'opcache.validate_timestamps' => 0]]);
    $server->script('hello.php', 'echo "hello, world";');
    $server->get('/hello.php');
    [$worker] = $server->workers();

    $trace = "$server->dir/trace";
    $strace = proc_open(['strace', '-qq', '-o', $trace, '-p', $worker], [], $pipes);
    $traced = fn () => !str_contains(file_get_contents("/proc/$worker/status"), "TracerPid:\t0\n");
    $server->until($traced, 10, 'strace');
    $idle = fn () => preg_match('~accept|wait_for_more_packets~', (string) file_get_contents("/proc/$worker/wchan"));
    for ($i = 0; $i < 21; $i++) {
        if ($server->get('/hello.php')->body !== 'hello, world') {
            throw new RuntimeException('not the page');
        }
        if ($i === 0) { // while strace came the watcher may have parked
            $server->until($idle, 10, 'the worker to wait');
            $before = substr_count(file_get_contents($trace), "\n");
        }
    }
    // It waits for a connection again when it has done all that belongs to the last request.
    $server->until($idle, 10, 'the worker to wait');
    proc_terminate($strace);
    proc_close($strace);
    preg_match_all('~^(\w+)\(.* = ~m', implode(array_slice(file($trace), $before)), $matches);
    $server->stop();
    $counts = array_count_values($matches[1]);
    ksort($counts);
    return $counts;
}

$without = systemCalls(false);
$tries = 10;
do { // Where this machine stands still between two requests the watcher parks, and the next request wakes it.
    $with = systemCalls(true);
} while (isset($with['futex']) && --$tries);
if (!PHP_ZTS && (!Server::builtWith('Zend Signal Handling') || Server::builtWith('Zend Max Execution Timers'))) {
    // The engine registers its handler of the timeout anew each time, so ours is put around it: asked and set.
    $with['rt_sigaction'] -= 2 * 20;
}
echo array_sum($without) >= 400 ? "traced\n" : 'only ' . array_sum($without) . " system calls?\n";
var_dump(array_diff_assoc($with, $without), array_diff_assoc($without, $with));
?>
--EXPECT--
traced
array(0) {
}
array(0) {
}
