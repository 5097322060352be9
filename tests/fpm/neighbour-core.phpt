--TEST--
A core dump is written as without the extension, with the faulting instruction in its innermost frame
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$causes = ['null-write' => 'segfault', 'abort' => 'abort', 'divide-by-zero' => 'floating_point_error'];
foreach ($causes as $what => $cause) {
    $server = play(function (Server $server) use ($what) {
        $server->script('die.php', "crashme('$what');");
        chmod("$server->dir/docroot", 0777); // where the worker is when it dies
        [$pid] = $server->workers();
        $status = $server->get('/die.php')->status;
        return [$status, $server->childExit($pid), count(glob("$server->dir/docroot/core*"))];
    }, ['pool' => ['rlimit_core' => 'unlimited', 'process.dumpable' => 'yes']]);
    recordIs($server, $server->records(1)[0], $cause, '/die.php');
    $ip = $server->records(1)[0]['fpmsentinel']['native']['stack'][0]['ip'];
    // Elsewhere core_pattern may hand it to a program: then there is none to look into.
    foreach (glob("$server->dir/docroot/core*") as $core) {
        $command = ['gdb', '-batch', '-nx', '-ex', 'printf "%#lx\n", $pc', Server::path('TEST_PHP_FPM'), $core];
        exec(implode(' ', array_map('escapeshellarg', $command)) . ' 2>/dev/null', $lines);
        same("$what: program counter", $ip, end($lines));
    }
}

// A seccomp filter kills PHP's thread alone: it is the only one by then, so that the core is of that one

$server = play(function (Server $server) {
    $server->script('die.php', 'crashme("kill-thread", 2);
        do { usleep(1000); } while (!str_contains(file_get_contents("/proc/self/status"), "\nThreads:\t1\n"));
        crashme("kill-thread", 3);');
    chmod("$server->dir/docroot", 0777);
    [$pid] = $server->workers();
    $outcome = [$server->get('/die.php')->status, $server->childExit($pid)];
    foreach (glob("$server->dir/docroot/core*") as $core) {
        $command = ['gdb', '-batch', '-nx', '-ex', 'info threads', '-ex', 'backtrace 2', Server::path('TEST_PHP_FPM'),
            $core];
        exec(implode(' ', array_map('escapeshellarg', $command)) . ' 2>/dev/null', $lines);
        $text = implode("\n", $lines);
        $outcome[] = [preg_match_all('~^\*? +\d+ +(Thread|LWP)~m', $text),
            preg_match('~^#1 .* in zif_crashme \(~m', $text)];
    }
    return $outcome;
}, ['pool' => ['rlimit_core' => 'unlimited', 'process.dumpable' => 'yes']]);
recordIs($server, $server->records(1)[0], 'bad_syscall', '/die.php');
?>
done
--EXPECT--
done
