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
    $command = [Server::path('TEST_PHP_FPM'), '-n', '-y', "$server->dir/fpm.conf", '-d',
        'extension=' . Server::path('TEST_FPMSENTINEL_SO'),
        '-d', "fpmsentinel.blackbox=$directory", '-d', "fpmsentinel.log=$server->log", $option];
    exec(implode(' ', array_map('escapeshellarg', $command)) . ' 2>&1', $output, $status);
    same("$option: status", 0, $status);
    same("$option: files", [], files($directory));
}
same('warnings', [], preg_grep('~fpmsentinel.*blackbox.*: ~', $output));

// Nor does a server without a request; the first one gives it a name

same('files without a request', [], files($directory));
same('directory', '0700', substr(sprintf('%o', fileperms($directory)), -4));
$server->get('/hello.php');
$box = box($server, $directory);
same('name', 'blackbox-', substr(basename($box), 0, 9));
same('header', true, str_contains(file_get_contents($box, length: 4096),
    trim(file_get_contents('/proc/sys/kernel/random/boot_id'))));
[$worker] = $server->workers();
$slot = slotFile($server, $directory, $worker);
same('name', str_replace('blackbox-', 'slot-', $box), preg_replace('~-\d+$~', '', $slot));
foreach ([$box, $slot] as $file) {
    $status = stat($file);
    same("$file: mode and owner", ['100600', 0, 0, 1], [decoct($status['mode']), $status['uid'], $status['gid'],
        $status['nlink']]);
}
same('a slot is allocated', true, $status['size'] >= 32768 && $status['size'] <= 196608
    && $status['blocks'] * 512 >= $status['size']);

/** @return list<int> how often a process has mapped that file, and how many descriptors of it it has */
function holds(int $pid, string $file): array
{
    $inode = stat($file)['ino'];
    // stat() in a thread-safe PHP follows the link by name
    $ofFile = fn ($fd) => (int) exec("stat -L -c %i $fd 2>&1") === $inode;
    $maps = preg_match_all("~ $inode +/~", file_get_contents("/proc/$pid/maps"));
    return [$maps, count(array_filter(glob("/proc/$pid/fd/*"), $ofFile))];
}

$holders = ['worker' => $worker, 'master' => $server->masterPid, 'supervisor' => $server->supervisor(),
    'coroner' => $server->coroner()];
$server->until(fn () => holds($holders['supervisor'], $slot)[0] === 1, 10, 'the supervisor to have the slot');
same('who holds the slot', ['worker' => [1, 0], 'master' => [0, 0], 'supervisor' => [1, 0], 'coroner' => [1, 0]],
    array_map(fn ($pid) => holds($pid, $slot), $holders));
same('who holds the header', ['worker' => [0, 0], 'master' => [1, 0], 'supervisor' => [1, 1], 'coroner' => [1, 1]],
    array_map(fn ($pid) => holds($pid, $box), $holders));

// A slot goes with what there was to tell of it

$server->script('die.php', 'crashme("null-read");');
for ($i = 1; $i <= 3; $i++) {
    $server->get('/die.php');
    same('records', $i, count($server->records($i)));
}
$server->until(fn () => !slotFiles($directory), 10, 'the slots to go');

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
$server->until(fn () => !in_array(basename($box), boxes($directory)), 20, 'the old coroner to end');
same('the new one', [1, ['slot-' . substr(boxes($directory)[0], strlen('blackbox-')) . '-0']],
    [count(boxes($directory)), slotFiles($directory)]);
$server->records(3);

// A clean stop, with a coroner that has named nothing

$killed = $server->coroner();
Server::kill($killed, 'KILL');
$server->coroner($killed);
$server->signalMaster('QUIT');
$server->until(fn () => !$server->running(), 10, 'FPM to stop');
$server->until(fn () => !files($directory), 10, 'its files to go');
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
