--TEST--
A log that can't be written: the last words say why, the record goes to stderr, the worker dies as it would
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

const TMPFS = 'mount -t tmpfs -o size=8k,mode=777 tmpfs $dir';
$cases = [ // what is done, in a mount namespace of FPM's own => [why, whether it shows before a death]
    'chown www-data $dir; touch $log; chmod 600 $log' => ['permission denied', true],
    'chmod 755 $dir' => ['permission denied', true],
    'rmdir $dir' => ['no such directory', true],
    'rmdir $dir; touch $dir' => ['not a directory', true],
    'chmod 777 $dir; touch $dir/else; chmod 666 $dir/else; ln -s $dir/else $log' => ['is a symbolic link', true],
    'mkfifo -m 666 $log; chmod 755 $dir' => ['is not a regular file', true],
    'chmod 755 $dir; mkdir -m 777 $log' => ['is not a regular file', true],
    TMPFS . '; mount -o remount,ro $dir' => ['the file system is read-only', true],
    TMPFS . '; head -c 8192 /dev/zero >$dir/filler' => ['no space left', false],
    TMPFS . '; head -c 4096 /dev/zero >$dir/filler' => ['no space left', false], // there is, for a part of it
    'head -c 511000 /dev/zero >$log; chmod 666 $log; ulimit -f 1000' => ['file size limit reached', false], // of 512 bytes
];

// In a chroot that is no mount point nothing can be made private, and mounts may show outside: they are taken back below.
exec('unshare --mount true 2>&1', $_, $cannot);
$unshare = 'unshare --mount --propagation ' . ($cannot ? 'unchanged' : 'private');

foreach ($cases as $preparation => [$why, $shows]) {
    $dir = sys_get_temp_dir() . '/fps-log-' . bin2hex(random_bytes(6));
    $log = "$dir/records.jsonl";
    $cleanUp = fn () => exec("umount -l $dir 2>&1; rm -rf $dir");
    putenv("dir=$dir");
    putenv("log=$log");
    $options = ['ini' => ['fpmsentinel.log' => $log], 'wrapper' =>
        [...explode(' ', $unshare), 'sh', '-ec', "mkdir \$dir; $preparation; exec \"\$@\"", 'sh']];

    $outcome = function (Server $server) {
        $server->script('hello.php', 'echo "hello";');
        $server->script('die.php', 'function f(int $n) { $n ? f($n - 1) : crashme("null-read"); } f(60);');
        [$pid] = $server->workers();
        return [$server->get('/hello.php')->body, $server->get('/hello.php')->body, $server->get('/die.php')->status,
            $server->childExit($pid), $pid];
    };
    $without = new Server(['extension' => false] + $options);
    $expected = $outcome($without);
    $without->stop();
    $cleanUp();
    $server = new Server($options);
    $found = $outcome($server);
    $pid = array_pop($found);
    array_pop($expected);
    same("$preparation: with fpmsentinel and without it", $expected, $found);

    same("$preparation: last words", 1, count($words = lastWords($server, '/die.php')));
    matches("$preparation: last words", "~^FastCGI sent in stderr: \"fpmsentinel: segfault in .*\(not recorded: $why\)\"~", $words[0]);
    $size = fn () => (int) @filesize("/proc/$server->masterPid/root$log");
    same("$preparation: left in the log", str_contains($preparation, '511000') ? 511000 : 0, is_dir($log) ? 0 : $size());

    told($server, recordOnStderr($server, $pid), 'segfault', '/die.php');
    $warning = "~\"NOTICE: PHP message: fpmsentinel\.log: $log: $why \(pool www, uid 33\); records go to stderr~";
    same("$preparation: warnings", $shows ? 1 : 0, preg_match_all($warning, $server->fpmLog()));
    $server->get('/hello.php');
    same("$preparation: warnings of the next worker", $shows ? 1 : 0, preg_match_all('~records go to stderr~', $server->fpmLog()));
    $server->stop();
    $cleanUp();
}
?>
done
--EXPECT--
done
