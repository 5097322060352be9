--TEST--
Black box in a file: no name before the first worker's hello, none after the end; a reload leaves a live one alone
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/blackbox.inc';

// What is no server leaves no file

$directory = boxDirectory();
$server = boxServer($directory);
foreach (['-t', '-tt', '-i', '-m'] as $option) {
    $command = [Server::path('TEST_PHP_FPM'), '-n', '-y', "$server->dir/fpm.conf", '-d', 'extension=' . Server::path('TEST_FPMSENTINEL_SO'),
        '-d', "fpmsentinel.blackbox=$directory", '-d', "fpmsentinel.log=$server->log", $option];
    exec(implode(' ', array_map('escapeshellarg', $command)) . ' 2>&1', $output, $status);
    same("$option: status", 0, $status);
    same("$option: boxes", [], boxes($directory));
}
same('warnings', [], preg_grep('~fpmsentinel.*blackbox.*: ~', $output));

// Nor does a server without a request; the first one gives it a name

same('boxes without a request', [], boxes($directory));
same('directory', '0700', substr(sprintf('%o', fileperms($directory)), -4));
$server->get('/hello.php');
$box = box($server, $directory);
same('name', 'blackbox-', substr(basename($box), 0, 9));
$status = stat($box);
same('mode and owner', ['100600', 0, 0, 1], [decoct($status['mode']), $status['uid'], $status['gid'], $status['nlink']]);
same('allocated', true, $status['size'] > 16 * 32768 && $status['blocks'] * 512 >= $status['size']);
same('header', true, str_contains(file_get_contents($box, length: 4096), trim(file_get_contents('/proc/sys/kernel/random/boot_id'))));

/** @return list<int> bytes of that file that a process has mapped, and of descriptors of it */
function holds(int $pid, string $box): array
{
    preg_match_all('~^(\w+)-(\w+) rw-s .*blackbox-|^(\w+)-(\w+) rw-s .*/#\d+ \(deleted\)~m', file_get_contents("/proc/$pid/maps"), $maps, PREG_SET_ORDER);
    $bytes = array_sum(array_map(fn ($map) => hexdec($map[4] ?? $map[2]) - hexdec($map[3] ?? $map[1]), $maps));
    $ofBox = fn ($fd) => (int) exec("stat -L -c %i $fd 2>&1") === stat($box)['ino']; // stat() in a thread-safe PHP follows the link by name
    return [$bytes, count(array_filter(glob("/proc/$pid/fd/*"), $ofBox))];
}

[$worker] = $server->workers();
[$bytes, $descriptors] = holds($worker, $box);
same('a worker has its slot', true, $bytes > 4096 && $bytes <= 131072);
same('descriptors of the box', [0, 0, 1], [$descriptors, holds($server->masterPid, $box)[1], holds($server->coroner(), $box)[1]]);

// Released slots are zeroed and stay allocated

$server->script('die.php', 'crashme("null-read");');
for ($i = 1; $i <= 3; $i++) {
    $server->get('/die.php');
    same('records', $i, count($server->records($i)));
}
clearstatcache();
same('still allocated', true, stat($box)['blocks'] * 512 >= $status['size']);
$isZeroed = fn () => !str_contains(file_get_contents($box), 'die.php');
$server->until($isZeroed, 10, 'the slots to be released');

// A reload has its own, and the old one is its coroner's as long as that lives

$old = $server->coroner();
[$worker] = $server->workers();
$server->get('/hello.php');
Server::kill($old, 'STOP');
$server->signalMaster('USR2');
[$next] = $server->until(fn () => array_diff($server->workers(), [$worker]), 30, 'a new worker') + [null];
$server->until(fn () => !in_array($worker, $server->workers()), 10, 'the old worker to go');
same('status', 200, $server->get('/hello.php')->status);
$server->until(fn () => count(boxes($directory)) === 2, 10, 'the new box');
same('the old one', true, is_file($box));
Server::kill($old, 'CONT');
$server->until(fn () => !in_array(basename($box), boxes($directory)), 10, 'the old coroner to end');
same('the new one', 1, count(boxes($directory)));
$server->records(3);

// A clean stop

$server->signalMaster('QUIT');
$server->until(fn () => !$server->running(), 10, 'FPM to stop');
$server->until(fn () => !boxes($directory), 10, 'its box to go');
same('records at the end', 3, count($server->rawRecords()));

// No place for a name

$server->stop();
$server = boxServer($directory);
rmdir($directory);
same('status', 200, $server->get('/hello.php')->status);
$said = fn () => str_contains($server->fpmLog(), "fpmsentinel.blackbox: no name for its file: no such directory\n");
$server->until($said, 10, 'a word of that');
$server->script('die.php', 'crashme("null-read");');
$server->get('/die.php');
same('written by', 'coroner', $server->records(1)[0]['fpmsentinel']['written_by']);
same('processes left', [], $server->stop());
?>
done
--EXPECT--
done
