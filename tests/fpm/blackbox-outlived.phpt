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
    array_map(fn ($pid) => slotFile($server, $directory, $pid), [$living, $dead]);
    killAll($server, $dead);
    return [$server, $living, $dead, $box];
}

$directory = boxDirectory();
[$server, $living, $dead, $box] = orphans($directory);
[$record] = scavenge($directory, 1);
recordIs($server, $record, 'unknown_death', '/other.php');
same('who died', $dead, $record['process']['pid']);
same('who lives', 'S', processState($living));
same('boxes', [basename($box)], boxes($directory));

// Again, and there is nothing new

scavenge($directory, 0);
same('boxes', [basename($box)], boxes($directory));

killTogether($server, $living);
[$record] = scavenge($directory, 1);
recordIs($server, $record, 'unknown_death', '/nap.php');
same('who died', $living, $record['process']['pid']);
same('files', [], files($directory));
$server->stop();

/** Writes other bytes wherever these stand in a file. */
function edit(string $file, string $from, string $to): void
{
    $bytes = str_replace($from, $to, file_get_contents($file), $count);
    same("found in $file", true, $count > 0);
    $handle = fopen($file, 'r+');
    fwrite($handle, $bytes);
}

// A pid that is another process's by now: the header has the ticks when the worker started

[$server, $living, $dead, $box] = orphans($directory);
preg_match('~\) \S(?: \S+){18} (\d+)~', file_get_contents("/proc/$living/stat"), $match);
edit($box, pack('P', $match[1]), pack('P', $match[1] - 1));
$records = scavenge($directory, 2);
same('who died', true, in_array($living, array_column(array_column($records, 'process'), 'pid')));
same('files', [], files($directory));
$server->stop();

// After a reboot pids mean nothing, nor does the monotonic clock

[$server, $living, $dead, $box] = orphans($directory);
edit($box, trim(file_get_contents('/proc/sys/kernel/random/boot_id')), '00000000-0000-0000-0000-000000000000');
$records = scavenge($directory, 2);
foreach ($records as $record) {
    same('evidence', 'the machine has been rebooted since', end($record['fpmsentinel']['evidence']));
}
same('files', [], files($directory));
$server->stop();

// The coroner alone is killed, then a worker: the next coroner goes on with the same box

$server = boxServer($directory);
[$dead, $request] = sleeper($server, '/nap.php');
$slot = slotFile($server, $directory, $dead);
$first = $server->coroner();
Server::kill($server->supervisor(), 'STOP'); // until it goes on nobody is there
killTogether($server, $first);
killTogether($server, $dead);
same('status', 502, $server->finish($request)->status);
same('still there', true, is_file($slot));
Server::kill($server->supervisor(), 'CONT');
[$record] = $server->records(1);
recordIs($server, $record, 'killed', '/nap.php');
same('written by', 'coroner', $record['fpmsentinel']['written_by']);
$server->until(fn () => !file_exists($slot), 10, 'its slot to go');

// The supervisor alone is killed: the box is the coroner's, also for the one that a reload brings

$server->script('again.php', 'crashme("nap", 60_000);');
[$dead, $request] = sleeper($server, '/again.php');
$box = box($server, $directory);
$slot = slotFile($server, $directory, $dead);
$coroner = $server->coroner($first);
killTogether($server, $server->supervisor());
Server::kill($coroner, 'STOP');
killTogether($server, $dead);
same('status', 502, $server->finish($request)->status);
$pids = $server->until(fn () => array_diff($server->workers(), [$dead]), 20, 'its replacement');
$server->signalMaster('USR2');
$server->until(fn () => array_diff($server->workers(), $pids), 20, 'a new worker');
same('status', 200, $server->get('/hello.php')->status);
$server->until(fn () => count(boxes($directory)) === 2, 10, 'the new box');
same('left alone', [true, true], [is_file($box), is_file($slot)]);
Server::kill($coroner, 'CONT');
$record = $server->records(2)[1];
// killed; as near to a reload it may be taken for a part of that
recordIs($server, $record, $record['fpmsentinel']['cause'], '/again.php');
same('written by', 'coroner', $record['fpmsentinel']['written_by']);
$server->until(fn () => !file_exists($box) && !file_exists($slot), 20, 'the old box to go');
same('processes left', [], $server->stop());

// Both are killed, then a worker: the coroner that a reload brings finds its slot

$server = boxServer($directory);
[$dead, $request] = sleeper($server, '/nap.php');
$box = box($server, $directory);
slotFile($server, $directory, $dead);
killTogether($server, $server->supervisor(), $server->coroner());
killTogether($server, $dead);
same('status', [502, 200, 200], [$server->finish($request)->status, $server->get('/hello.php')->status,
    $server->get('/hello.php')->status]);
$pids = $server->until(fn () => array_diff($server->workers(), [$dead]), 20, 'its replacement');
$server->signalMaster('USR2');
$server->until(fn () => array_diff($server->workers(), $pids), 20, 'a new worker');
same('status', 200, $server->get('/hello.php')->status);
[$record] = $server->records(1);
recordIs($server, $record, 'unknown_death', '/nap.php');
same('who died', $dead, $record['process']['pid']);
same('written by', 'scavenger', $record['fpmsentinel']['written_by']);
$server->until(fn () => !in_array(basename($box), $now = boxes($directory)) && count($now) === 1, 10,
    'the old box to go');
same('processes left', [], $server->stop());
?>
done
--EXPECT--
done
