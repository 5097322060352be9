--TEST--
fpmsentinel setup: the reload that it says kills requests does, and with the value that it gives the next one does not
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/setup.inc';

$server = new Server(['fpm' => ['process_control_timeout' => 0, 'log_level' => 'debug']]);
$server->script('nap.php', untilReleased() . 'echo "rested";');

/** What setup says process_control_timeout must be, so that a reload kills nothing; '' if it kills nothing. */
$advised = function () use ($server, $dir): string {
    $setup = fn (string $what) => tool(['setup', $what, '--php', "$dir/php-fpm", '--fpm-conf', "$server->dir/fpm.conf",
        '--etc', "$dir/etc"]);
    $run = $setup('--write');
    same('written, undone', [0, 0], [$run->status, $setup('--undo')->status]);
    $kills = '~^The reload kills every request that is running then: process_control_timeout is 0\.\n'
        . 'Before the reload:\n  \S.*:  process_control_timeout = (\d+s)$~m';
    return preg_match($kills, $run->output, $match) ? $match[1] : '';
};
$reload = function (int $nth) use ($server): void {
    $server->signalMaster('USR2');
    $server->until(fn () => substr_count($server->fpmLog(), 'Reloading in progress') === $nth, 10,
        'the reload to begin');
};
$started = function () use ($server): object {
    [$pid] = $server->until(fn () => $server->workers(), 10, 'a worker');
    $request = $server->start('/nap.php');
    untilAsleep($server, $pid);
    return $request;
};

$request = $started();
$advice = $advised();
matches('the advice', '~^\d+s$~', $advice);
file_put_contents("$server->dir/fpm.conf", preg_replace('~^process_control_timeout = 0$~m',
    "process_control_timeout = $advice", file_get_contents("$server->dir/fpm.conf"), -1, $count));
same('put in', 1, $count);
$workers = $server->workers();
$reload(1);
same('killed', 502, $server->finish($request)->status);
$server->until(fn () => $server->workers() && !array_intersect($workers, $server->workers()), 10, 'a new worker');

$request = $started();
same('no advice', '', $advised());
$reload(2);
release($server);
$answer = $server->finish($request);
same('not killed', [200, 'rested'], [$answer->status, $answer->body]);
?>
done
--EXPECT--
done
