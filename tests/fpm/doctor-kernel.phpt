--TEST--
fpmsentinel doctor: a kernel that forgets, and one that kills all of FPM at once
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';
require __DIR__ . '/blackbox.inc';

// Debian 12's kernel, and the first one that remembers

$server = new Server;
foreach (['6.1.0-39-amd64' => true, '6.14.11' => true, '6.15.0' => false, '7.0.1' => false] as $release => $found) {
    file_put_contents("$server->dir/osrelease", "$release\n");
    $finding = doctorWhere($server, "mount --bind $server->dir/osrelease /proc/sys/kernel/osrelease")[
        'kernel-exit-info'][0] ?? null;
    same($release, $found, $finding !== null);
    $finding && same($release, preg_replace('~^(\d+\.\d+).*~', '$1', $release), $finding['places'][0]['text']);
}
same('without the extension', false, isset(doctorWhere($other = new Server(['extension' => false]),
    'true')['kernel-exit-info']));
$other->stop();
$server->stop();

// What is lost without: how a worker ended that FPM has reaped before the coroner could look

$remembers = version_compare(php_uname('r'), '6.15', '>=');
foreach ([true, ...($remembers ? [false] : [])] as $old) {
    $server = new Server($old ? ['wrapper' => [Server::path('TEST_PYTHON'), __DIR__ . '/forbid.py', 'exit_info', '--']]
        : []);
    $server->script('nap.php', 'crashme("nap", 60_000);');
    $server->script('leave.php', 'crashme("_exit", 7);');
    $told = [];
    foreach (['_exit' => '/leave.php', 'SIGKILL' => '/nap.php'] as $end => $path) {
        if ($end === 'SIGKILL') {
            [$pid, $request] = sleeper($server, $path);
        } else {
            $pid = $server->until(fn () => current($server->workers()), 10, 'a worker');
        }
        Server::kill($server->coroner(), 'STOP');
        $end === 'SIGKILL' ? Server::kill($pid, 'KILL') : $request = $server->start($path);
        same("$end: status", 502, $server->finish($request)->status);
        $server->childExit($pid);
        Server::kill($server->coroner(), 'CONT');
        $ours = $server->records(count($told) + 1)[count($told)]['fpmsentinel'];
        $told[$end] = "$ours[cause], $ours[confidence]";
    }
    same($old ? 'told of by an old kernel' : 'told of', $old
        ? ['_exit' => 'killed, probable', 'SIGKILL' => 'killed, probable']
        : ['_exit' => 'exit_in_request, certain', 'SIGKILL' => 'killed, certain'], $told);
    $server->stop();
}

// a memory.oom.group of FPM's group, or above it, and all of FPM killed at once: nobody tells of it, or the next start
// does

$directory = boxDirectory();
foreach ([false, true] as $box) {
    $options = ['ini' => ['fpmsentinel.sample_interval' => 0] + ($box ? ['fpmsentinel.blackbox' => $directory] : [])];
    $server = new Server($options);
    $server->script('nap.php', 'crashme("nap", 60_000);');
    preg_match('~^0::(/.*)$~m', file_get_contents("/proc/$server->masterPid/cgroup"), $match)
        || print("no cgroup v2\n");
    $group = '/sys/fs/cgroup' . rtrim($match[1], '/');
    foreach ([1, 0] as $value) {
        $findings = doctorWhere($server, "mount -t tmpfs none /sys/fs/cgroup && mkdir -p $group && echo $value "
            . ">$group/memory.oom.group");
        same("group $value, box " . (int) $box, $value && !$box, isset($findings['oom-group']));
        $value && !$box && same('where', ['file' => "$group/memory.oom.group", 'text' => '1'],
            $findings['oom-group'][0]['places'][0]);
    }
    [$pid, $request] = sleeper($server, '/nap.php');
    $box && slotFile($server, $directory, $pid);
    killAll($server, $pid);
    same('killed', 502, $server->finish($request)->status);
    same('nobody is left to tell', [], $server->rawRecords());
    $server->stop();
    if ($box) {
        same('told', 'unknown_death', scavenge($directory, 1)[0]['fpmsentinel']['cause']);
    } else {
        $next = new Server($options);
        $next->coroner();
        same('never told', [], $next->records(0));
    }
}
?>
done
--EXPECT--
done
