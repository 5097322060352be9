--TEST--
A log that can't be written: the last words say why, the record goes to stderr, the worker dies as it would
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

const TMPFS = 'mount -t tmpfs -o size=8k,mode=777 tmpfs $dir';
// what is done, in a mount namespace of FPM's own => [why, whether it shows before a death, whether root can write]
$cases = [
    'chown www-data $dir; touch $log; chmod 600 $log' => ['permission denied', true, true],
    'chmod 755 $dir' => ['permission denied', true, true],
    'rmdir $dir' => ['no such directory', true, false],
    'rmdir $dir; touch $dir' => ['not a directory', true, false],
    'chmod 777 $dir; touch $dir/else; chmod 666 $dir/else; ln -s $dir/else $log' => ['is a symbolic link', true, false],
    'mkfifo -m 666 $log; chmod 755 $dir' => ['is not a regular file', true, false],
    'chmod 755 $dir; mkdir -m 777 $log' => ['is not a regular file', true, false],
    TMPFS . '; mount -o remount,ro $dir' => ['the file system is read-only', true, false],
    TMPFS . '; head -c 8192 /dev/zero >$dir/filler' => ['no space left', false, false],
    TMPFS . '; head -c 4096 /dev/zero >$dir/filler' => ['no space left', false, false], // there is, for a part of it
    // of 512 bytes
    'head -c 511000 /dev/zero >$log; chmod 666 $log; ulimit -f 1000' => ['file size limit reached', false, false],
];
$runs = [];
foreach ($cases as $preparation => [$why, $shows, $rootCan]) {
    $runs[] = [$preparation, $why, $shows, 'pool']; // the log of a pool, which its user can't write
    // which root writes only where nobody else can
    $rootCan || $runs[] = [str_replace('777', '755', $preparation), $why, $shows, 'ini'];
}

$propagation = mountPropagation(); // what shows outside is taken back below

foreach ($runs as [$preparation, $why, $shows, $whose]) {
    $dir = sys_get_temp_dir() . '/fps-log-' . bin2hex(random_bytes(6));
    $log = "$dir/records.jsonl";
    $cleanUp = fn () => exec("umount -l $dir 2>&1; rm -rf $dir");
    putenv("dir=$dir");
    putenv("log=$log");
    $options = $whose === 'ini' ? ['ini' => ['fpmsentinel.log' => $log]]
        : ['pool' => ['php_admin_value[fpmsentinel.log]' => $log]];
    $options += ['wrapper' => ['unshare', '--mount', $propagation, 'sh', '-ec',
        "mkdir \$dir; $preparation; exec \"\$@\"", 'sh']];

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
    $name = "$whose: $preparation";
    same("$name: with fpmsentinel and without it", $expected, $found);

    same("$name: last words", 1, count($words = lastWords($server, '/die.php')));
    // A worker does not wait for ever for the coroner, which has a child try it.
    $reason = "not recorded: $why" . ($whose === 'pool' ? '|record \w+' : '');
    matches("$name: last words", "~^FastCGI sent in stderr: \"fpmsentinel: segfault in .*\(($reason)\)\"~", $words[0]);
    $size = fn () => (int) @filesize("/proc/$server->masterPid/root$log");
    same("$name: left in the log", str_contains($preparation, '511000') ? 511000 : 0, is_dir($log) ? 0 : $size());

    recordIs($server, recordOnStderr($server), 'segfault', '/die.php');
    same("$name: says so", 1, preg_match_all("~^fpmsentinel: $log: $why; its records follow here$~m",
        $server->fpmLog()));
    $warning = $whose === 'ini' ? "~NOTICE: PHP message: fpmsentinel\.log = \"$log\": $why; set a file~"
        : "~\"NOTICE: PHP message: pool www \(uid 33\): fpmsentinel\.log = \"$log\": $why; set a file~";
    $warnings = fn () => preg_match_all($warning, $server->fpmLog());
    same("$name: warnings", $shows ? 1 : 0, $shows ? $server->until($warnings, 10, 'the warning') : $warnings());
    $server->get('/hello.php');
    same("$name: warnings of the next worker", $shows ? 1 : 0, preg_match_all('~; set a file~', $server->fpmLog()));
    $server->stop();
    $cleanUp();
}
?>
done
--EXPECT--
done
