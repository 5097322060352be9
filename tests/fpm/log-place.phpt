--TEST--
Where php.ini's log may be: root opens or creates nothing where another user decides which file that is
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$base = sys_get_temp_dir() . '/fps-place-' . bin2hex(random_bytes(6));
register_shutdown_function(fn () => exec("rm -rf $base"));

/** Whether somebody but root has had root change or make a file: what is in root's own folder is as it was. */
function untouched(string $name): void
{
    global $base;
    clearstatcache();
    same("$name: root's folder", ['passwd', 'records.jsonl'],
        array_values(array_diff(scandir("$base/etc"), ['.', '..'])));
    same("$name: root's files", ["root:x\n", "secret\n"],
        array_map(fn ($file) => file_get_contents("$base/etc/$file", length: 20), ['passwd', 'records.jsonl']));
}

/** Two deaths; the pid of the first worker, after a change when FPM runs. */
function deaths(Server $server, callable $meanwhile): void
{
    $server->script('die.php', 'crashme("null-read");');
    $meanwhile();
    foreach ([1, 2] as $n) {
        [$pid] = $server->until(fn () => $server->workers(), 10, 'a worker');
        same('status', 502, $server->get("/die.php?$n")->status);
        same('exit', 'exited on signal 11 (SIGSEGV)', $server->childExit($pid));
    }
}

/** What is at the log's place: refused, for this reason, at the start and (`later`) when it was changed. */
function refused(string $name, string $log, string $why, ?callable $prepare = null, ?callable $later = null): void
{
    global $base;
    exec("rm -rf $base; mkdir -p $base/etc $base/root; echo root:x >$base/etc/passwd; "
        . "echo secret >$base/etc/records.jsonl");
    exec("mkdir $base/theirs && chown www-data $base/theirs && mkdir -m 1777 $base/sticky && mkdir -m 775 $base/adm && "
        . "chgrp adm $base/adm"
        . " && chmod 1777 $base/sticky && chmod 775 $base/adm");
    $prepare && $prepare();
    $server = new Server(['ini' => ['fpmsentinel.log' => "$base/$log"]]);
    deaths($server, $later ?? fn () => null);
    untouched($name);
    $records = fn () => preg_match_all('~^\{"@timestamp".*"cause":"segfault"~m', $server->fpmLog()) === 2;
    $server->until($records, 10, "$name: records on standard error");
    $warning = "~fpmsentinel\.log = \"$base/$log\": $why; "
        . "set a file in a directory where only root can rename entries, such as /var/log/fpmsentinel\.jsonl, ~";
    same("$name: warnings at the start", $later ? 0 : 1, preg_match_all($warning, $server->fpmLog()));
    same("$name: said with the records", 1, preg_match_all(
        "~^fpmsentinel: $base/$log: $why; its records follow here$~m", $server->fpmLog()));
    exec(implode(' ', array_map('escapeshellarg', [...$server->php(), '-t', '-y', "$server->dir/fpm.conf"])) . ' 2>&1',
        $output, $status);
    same("$name: php-fpm -t", [0, 1], [$status, count(preg_grep($warning, $output))]);
    untouched("$name: php-fpm -t");
    same("$name: processes left", [], $server->stop());
}

/** What is there is used, also after the log was moved away. */
function accepted(string $name, string $log, callable $prepare, callable $rotate, array $options = []): void
{
    global $base;
    exec("rm -rf $base; mkdir $base; cd $base; mkdir etc root; mkdir -m 1777 sticky; mkdir -m 775 adm; chgrp adm adm; "
        . "chmod 1777 sticky; chmod 775 adm");
    $prepare();
    $server = new Server(['ini' => ['fpmsentinel.log' => "$base/$log"]] + $options);
    deaths($server, fn () => null);
    $server->records(2);
    rename("$base/$log", "$base/$log.1");
    $rotate("$base/$log");
    deaths($server, fn () => null);
    $server->records(2);
    same("$name: said", 0, substr_count($server->fpmLog(), 'fpmsentinel'));
    same("$name: processes left", [], $server->stop());
}

$as = fn (string $command) => exec("setpriv --reuid=www-data --regid=www-data --clear-groups sh -c '$command' 2>&1",
    $output, $status) !== false
    && $status === 0 || print "cannot: $command\n";

// A folder that another user owns, as RHEL's /var/log/php-fpm

$theirs = "$base/theirs belongs to uid 33";
refused('nothing planted', 'theirs/records.jsonl', $theirs);
refused('a link', 'theirs/records.jsonl', $theirs, fn () =>
    $as("ln -s ../etc/records.jsonl $base/theirs/records.jsonl"));
refused('a link on the way', 'theirs/php/records.jsonl', $theirs, fn () => $as("ln -s ../etc $base/theirs/php"));
refused('a link on the way, to a folder without it', 'theirs/php/new.jsonl', $theirs,
    fn () => $as("ln -s ../etc $base/theirs/php"));
refused('a hard link', 'theirs/records.jsonl', $theirs,
    fn () => link("$base/etc/records.jsonl", "$base/theirs/records.jsonl"));
refused('a FIFO', 'theirs/records.jsonl', $theirs, fn () => $as("mkfifo -m 666 $base/theirs/records.jsonl"));
refused('a file of theirs', 'theirs/records.jsonl', $theirs, fn () => $as("touch $base/theirs/records.jsonl"));

// A sticky folder, as /tmp, and one that adm may write to, as syslog Ubuntu's /var/log: what is there must be root's

refused('planted in a sticky folder', 'sticky/records.jsonl', "$base/sticky/records.jsonl belongs to uid 33",
    fn () => $as("touch $base/sticky/records.jsonl"));
refused('a folder planted in a sticky one', 'sticky/php/records.jsonl', "$base/sticky/php belongs to uid 33",
    fn () => $as("ln -s ../etc $base/sticky/php"));
refused('a sticky folder without it', 'sticky/records.jsonl',
    "$base/sticky/records.jsonl does not exist, and others could create it");
refused('a folder of adm without it', 'adm/records.jsonl',
    "$base/adm/records.jsonl does not exist, and others could create it");
refused('a link in a folder of adm', 'adm/php/records.jsonl',
    "$base/adm/php is a symbolic link that others could have put there",
    fn () => symlink('../etc', "$base/adm/php"));

// Good at the start, and not when a record comes: the log is looked at each time

refused('given away later', 'root/php/records.jsonl', "$base/root belongs to uid 33", function () use ($base) {
    mkdir("$base/root/php");
}, function () use ($base, $as) {
    chown("$base/root", 'www-data');
    $as("cd $base/root && mv php moved && ln -s ../etc php");
});
refused('a hard link later', 'root/records.jsonl', "$base/root/records.jsonl has another hard link", null,
    function () use ($base) {
    unlink("$base/root/records.jsonl"); // which the start has made
    link("$base/etc/records.jsonl", "$base/root/records.jsonl");
});

// What is accepted

$create = function (string $file): void {
    touch($file);
    chmod($file, 0640);
};
accepted('root alone', 'root/records.jsonl', fn () => null, fn () => null);
accepted('a link of root\'s on the way', 'root/php/records.jsonl', fn () => symlink('../etc', "$base/root/php"),
    fn () => null);
accepted('a sticky folder', 'sticky/records.jsonl', fn () => $create("$base/sticky/records.jsonl"), $create);
accepted('a folder in a sticky one', 'sticky/php/records.jsonl', fn () => mkdir("$base/sticky/php"), fn () => null);
accepted('a folder of adm', 'adm/records.jsonl', fn () => $create("$base/adm/records.jsonl"), $create);
accepted('a folder in one of adm', 'adm/php/records.jsonl', fn () => mkdir("$base/adm/php"), fn () => null);

// FPM as an ordinary user: its own files are what root's are to root

$unprivileged = ['upstream' => 'tcp', 'wrapper' => ['sh', '-c',
    'touch fpm.pid && chown www-data fpm.pid log/fpm.log && exec setpriv --reuid=www-data '
    . '--regid=www-data --clear-groups "$@"', 'sh'], 'fpm' => ['error_log' => '/proc/self/fd/2']];
accepted('an ordinary user', 'own/records.jsonl', function () use ($base) {
    mkdir("$base/own");
    chown("$base/own", 'www-data');
}, fn () => null, $unprivileged);
?>
done
--EXPECT--
done
