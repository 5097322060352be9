--TEST--
Black box in a file: a worker that has outlived its master and its coroner is not told as dead before it is
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/blackbox.inc';

function orphans(string $directory): array
{
    $server = boxServer($directory, ['pool' => ['pm.max_children' => 2]]);
    $server->script('other.php', 'sleep(60);');
    [$living] = sleeper($server, '/nap.php');
    [$dead] = sleeper($server, '/other.php');
    $box = box($server, $directory);
    killTogether($server, $server->masterPid, $server->coroner(), $dead);
    return [$server, $living, $dead, $box];
}

$directory = boxDirectory();
[$server, $living, $dead, $box] = orphans($directory);
[$record] = scavenge($directory, 1);
told($server, $record, 'unknown_death', '/other.php');
same('who died', $dead, $record['process']['pid']);
same('who lives', 'S', processState($living));
same('boxes', [basename($box)], boxes($directory));

// Again, and there is nothing new

scavenge($directory, 0);
same('boxes', [basename($box)], boxes($directory));

killTogether($server, $living);
[$record] = scavenge($directory, 1);
told($server, $record, 'unknown_death', '/nap.php');
same('who died', $living, $record['process']['pid']);
same('boxes', [], boxes($directory));
$server->stop();

/** Writes other bytes into the one place of a file where these stand. */
function edit(string $file, string $from, string $to, ?int $at = null): void
{
    $bytes = file_get_contents($file);
    $at ??= strpos($bytes, $from);
    same("place in $file", $from, substr($bytes, $at, strlen($from)));
    $handle = fopen($file, 'r+');
    fseek($handle, $at);
    fwrite($handle, $to);
}

// A pid that is another process's by now: the slot has the ticks when its worker started

[$server, $living, $dead, $box] = orphans($directory);
preg_match('~\) \S(?: \S+){18} (\d+)~', file_get_contents("/proc/$living/stat"), $match);
edit($box, pack('P', $match[1]), pack('P', $match[1] - 1));
$records = scavenge($directory, 2);
same('who died', true, in_array($living, array_column(array_column($records, 'process'), 'pid')));
same('boxes', [], boxes($directory));
$server->stop();

// After a reboot pids mean nothing, nor does the monotonic clock

[$server, $living, $dead, $box] = orphans($directory);
edit($box, trim(file_get_contents('/proc/sys/kernel/random/boot_id')), '00000000-0000-0000-0000-000000000000');
$records = scavenge($directory, 2);
foreach ($records as $record) {
    same('evidence', 'the machine was started anew since', end($record['fpmsentinel']['evidence']));
}
same('boxes', [], boxes($directory));
$server->stop();

// The coroner alone is killed, then a worker; the next one leaves its slot for the coroner that a reload brings

$server = boxServer($directory);
[$dead, $request] = sleeper($server, '/nap.php');
$box = box($server, $directory);
killTogether($server, $server->coroner());
killTogether($server, $dead);
same('status', [502, 200, 200], [$server->finish($request)->status, $server->get('/hello.php')->status, $server->get('/hello.php')->status]);
[$next] = $server->workers();
$server->signalMaster('USR2');
$new = $server->until(fn () => array_diff($server->workers(), [$next]), 10, 'a new worker');
same('status', 200, $server->get('/hello.php')->status);
[$record] = $server->records(1);
told($server, $record, 'unknown_death', '/nap.php');
same('who died', $dead, $record['process']['pid']);
$server->until(fn () => !in_array(basename($box), $now = boxes($directory)) && count($now) === 1, 10, 'the old box to go');
same('processes left', [], $server->stop());
?>
done
--EXPECT--
done
