--TEST--
A fatal signal that somebody sent, rather than the kernel, says who it was
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$signals = ['SEGV' => [11, 'segfault'], 'BUS' => [7, 'bus_error'], 'FPE' => [8, 'floating_point_error'],
    'ILL' => [4, 'illegal_instruction'], 'ABRT' => [6, 'abort'], 'SYS' => [31, 'bad_syscall'], 'TRAP' => [5, 'trap']];
$ways = ['raise' => 'SI_TKILL', 'kill-self' => 'SI_USER', 'sigqueue-self' => 'SI_QUEUE', 'outside' => 'SI_USER'];

$deaths = new Deaths;
$deaths->script('nap.php', 'crashme("nap", 30000);');
$senders = [];
foreach ($signals as $signal => [$number, $cause]) {
    $fromOutside = function (Server $server, int $pid) use ($signal, &$senders, &$kept) {
        untilAsleep($server, $pid);
        // The sender stays until it has been looked at: it reads until its input is closed.
        $sender = proc_open(['sh', '-c', "kill -$signal $pid; read end"], [['pipe', 'r']], $pipes);
        $senders[$pid] = proc_get_status($sender)['pid'];
        $kept = [$sender, $pipes];
    };
    foreach ($ways as $way => $code) {
        $way === 'outside' ? $deaths->inflict("$signal $way", $cause, '/nap.php', $fromOutside)
            : $deaths->inflict("$signal $way", $cause, "/die.php?what=$way&arg=$number");
    }
}
foreach ($deaths->records() as $name => ['fpmsentinel' => $ours, 'error' => $error, 'process' => ['pid' => $pid]]) {
    [$signal, $way] = explode(' ', $name);
    $sender = ['pid' => $pid, 'uid' => fileowner("{$deaths->server->dir}/log"), 'role' => 'self'];
    if ($way === 'outside') {
        $sender = ['pid' => $senders[$pid], 'uid' => 0, 'role' => 'other', 'command' => 'sh'];
    }
    same($name, ['number' => $signals[$signal][0], 'name' => "SIG$signal", 'code' => $ways[$way], 'sender' => $sender],
        $ours['signal']);
    same("$name: type", "SIG$signal", $error['type']);
    same("$name: message", $name === 'ABRT raise' ? 'abort() was called'
        : ($way === 'outside' ? "SIG$signal was sent by process {$sender['pid']}"
        : "the worker sent itself SIG$signal"), $error['message']);
    same("$name: evidence", ['the signal was sent, no instruction faulted'], $ours['evidence']);
}
?>
done
--EXPECT--
done
