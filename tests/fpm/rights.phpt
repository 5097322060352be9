--TEST--
The coroner and its supervisor have given up capabilities and system calls; only children become another user
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

const CODE = 'function work() { crashme("null-read"); } work();';

/** @return array<string, string> of /proc/PID/status what says which rights a process has */
function rights(int $pid): array
{
    preg_match_all('~^(Cap\w+|NoNewPrivs|Seccomp):\t(\w+)$~m', file_get_contents("/proc/$pid/status"), $match);
    return array_combine($match[1], $match[2]);
}

function names(array $record): array
{
    return array_filter(array_column($record['fpmsentinel']['native']['stack'] ?? [], 'symbol'));
}

/**
 * @return list<int|string> what a process gets that makes these calls, by a debugger: as if its code had been taken
 * over.
 */
function calls(int $pid, array $calls): array
{
    $command = ['gdb', '-batch', '-nx', '-p', $pid];
    foreach ($calls as $call) {
        array_push($command, '-ex', "print (long) syscall($call)", '-ex', 'print *(int *) __errno_location()');
    }
    exec(implode(' ', array_map('escapeshellarg', $command)) . ' 2>/dev/null', $lines);
    preg_match_all('~^\$\d+ = (-?\d+)$~m', implode("\n", $lines), $match);
    return array_map(fn ($pair) => $pair[0] === '-1' ? "error $pair[1]" : (int) $pair[0], array_chunk($match[1], 2));
}

// What they keep

$server = new Server;
$server->script('die.php', CODE);
$filtered = in_array(php_uname('m'), ['x86_64', 'aarch64'], true) ? '2' : '0';
$none = str_repeat('0', 16);
$given = ['CapInh' => $none, 'CapPrm' => $none, 'CapEff' => $none, 'CapBnd' => $none, 'CapAmb' => $none,
    'NoNewPrivs' => '1', 'Seccomp' => $filtered];
$helps = sprintf('%016x', 1 << 5 | 1 << 6 | 1 << 7 | 1 << 18); // to kill, to become another user, chroot
// before Linux 6.15 to see how a worker ended takes that
$traces = rights($server->coroner())['CapEff'] === sprintf('%016x', 1 << 19);
if ($traces) {
    $given['CapPrm'] = $given['CapEff'] = sprintf('%016x', 1 << 19);
    $helps = sprintf('%016x', hexdec($helps) | 1 << 19);
}
same('Linux 6.15', version_compare(php_uname('r'), '6.15', '<'), $traces);
same('coroner', $given, rights($server->coroner()));
same('supervisor', array_replace($given, ['CapPrm' => $helps, 'CapEff' => $helps]), rights($server->supervisor()));

// What a coroner could do whose code somebody has taken over, and its supervisor: execute, connect, trace, write into
// others' memory, get new namespaces

if (php_uname('m') === 'x86_64') {
    $attacks = ['execve' => '59, 0, 0, 0', 'socket' => '41, 2, 1, 0', 'ptrace' => '101, 16, 1, 0, 0',
        'process_vm_writev' => '311, 1, 0, 0, 0, 0, 0',
        'unshare' => '272, 0x10000000', 'bpf' => '321, 0, 0, 0', 'executable memory' => '9, 0, 4096, 7, 0x22, -1, 0',
        'x32' => '0x40000000 + 39',
        'clone' => '56, 0x10000000 + 17, 0, 0, 0, 0'];
    $others = ['fork' => '57', 'kill' => '62, ' . $server->masterPid . ', 10', 'setuid' => '105, 33',
        'chroot' => '161, 0', 'prctl' => '157, 4, 1, 0, 0, 0'];
    same('what the coroner gets', array_fill_keys(array_keys($attacks + $others), 'error 38'),
        array_combine(array_keys($attacks + $others), calls($server->coroner(), $attacks + $others)));
    same('what its supervisor gets', array_fill_keys(array_keys($attacks), 'error 38'),
        array_combine(array_keys($attacks), calls($server->supervisor(), $attacks)));
    same('what there is', [$server->coroner(), 0], calls($server->coroner(),
        ['39', '62, ' . $server->masterPid . ', 0']));
    // by others of its user; so is what it forks
    same('may be traced', [0], calls($server->supervisor(), ['157, 3, 0, 0, 0']));
}
$server->get('/die.php');
[$record] = $server->records(1);
recordIs($server, $record, 'segfault', '/die.php');
$hasNames = (bool) names($record);
same('left', [], $server->stop());

// php.ini's log has a mode that keeps out root without rights: on standard error, with the reason

$server = new Server;
$server->script('die.php', CODE);
touch($server->log);
chmod($server->log, 0400);
$server->get('/die.php');
$server->until(fn () => preg_match('~^\{.*"segfault"~m', $server->fpmLog(), $match), 10,
    'the record on standard error');
same('said', 1, substr_count($server->fpmLog(), "fpmsentinel: $server->log: permission denied"));
same('names', $hasNames, preg_match('~^\{.*"symbol":"\w~m', $server->fpmLog()) === 1);
same('log', '', file_get_contents($server->log));

// A supervisor that is stopped keeps back only what a pool's user has to write itself, and is no reason for FPM to wait

$dir = sys_get_temp_dir() . '/fps-log-' . bin2hex(random_bytes(6));
mkdir($dir);
chown($dir, 'www-data');
register_shutdown_function(fn () => exec("rm -r $dir"));
$options = ['pools' => ['own' => ['php_admin_value[fpmsentinel.log]' => "$dir/own.jsonl"]]];

$server = new Server($options);
chmod("$server->dir/log", 0755);
chown("$server->dir/log", 'root');
mkdir("$server->dir/docroot/own");
$server->script('die.php', CODE);
$server->script('own/die.php', CODE);
$server->coroner();
Server::kill($supervisor = $server->supervisor(), 'STOP');
foreach (range(1, 6) as $n) {
    same("own, $n", 502, $server->get('/own/die.php')->status);
    same("php.ini's, $n", 502, $server->get('/die.php')->status);
    $record = $server->records($n)[$n - 1];
    same("php.ini's, $n", ['www', []], [$record['fpmsentinel']['pool'], names($record)]);
}
same('own', '', file_get_contents("$dir/own.jsonl")); // the worker has seen whether it can write it
$server->signalMaster('TERM');
$server->until(fn () => !$server->running(), 10, 'FPM to stop');
same('own', '', file_get_contents("$dir/own.jsonl")); // the worker has seen whether it can write it
Server::kill($supervisor, 'CONT');
$server->until(fn () => count(file("$dir/own.jsonl")) === 6, 10, 'the records of its own');
same('on standard error', 0, substr_count($server->fpmLog(), '"worker-death"'));
same('left', [], $server->stop());
unlink("$dir/own.jsonl");

// One that is gone: what a pool's user has to write is on standard error

$server = new Server($options);
chmod("$server->dir/log", 0755);
chown("$server->dir/log", 'root');
mkdir("$server->dir/docroot/own");
$server->script('die.php', CODE);
$server->script('own/die.php', CODE);
$server->coroner();
Server::kill($server->supervisor(), 'KILL');
$server->get('/die.php');
same('pool', 'www', $server->records(1)[0]['fpmsentinel']['pool']);
$server->get('/own/die.php');
$server->until(fn () => preg_match('~^\{.*"pool":"own"~m', $server->fpmLog()), 10, 'the record on standard error');
matches('said', "~fpmsentinel: $dir/own.jsonl: the coroner's supervisor.* is gone; its records follow here~",
    $server->fpmLog());
same('own', '', file_get_contents("$dir/own.jsonl")); // the worker has seen whether it can write it
$server->stop();

// Where a container refuses to let them give up anything, they work with what they have

foreach ([['prctl'], ['capget'], ['capset'], ['prctl', 'capset', 'exit_info', 'pidfd_open']] as $forbidden) {
    $what = implode(' ', $forbidden);
    $server = new Server(['wrapper' => [Server::path('TEST_PYTHON'), __DIR__ . '/forbid.py', ...$forbidden, '--']]
        + $options);
    $server->script('die.php', CODE);
    mkdir("$server->dir/docroot/own");
    $server->script('own/die.php', CODE);
    same("$what: status", [502, 502], [$server->get('/die.php')->status, $server->get('/own/die.php')->status]);
    same("$what: written by", 'coroner', $server->records(1)[0]['fpmsentinel']['written_by']);
    $server->until(fn () => filesize("$dir/own.jsonl") > 0 || clearstatcache(), 10, "$what: own record");
    same("$what: own log", 'www-data', trim(shell_exec("stat -c %U $dir/own.jsonl")));
    unlink("$dir/own.jsonl");
    same("$what: left", [], $server->stop());
}
?>
done
--EXPECT--
done
