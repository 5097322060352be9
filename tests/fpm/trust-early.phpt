--TEST--
Native code of a request comes after the worker's hello; what FPM's configuration loads before can be nobody else's
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

const EVIL = ['user' => 'nobody', 'group' => 'nogroup'];

/** A copy of early.so that does that, in a directory where it may leave word. */
function early(string $what): string
{
    global $early;
    copy(dirname(Server::path('TEST_CRASHME_SO')) . '/early.so', "$early/$what.so");
    return "$early/$what.so";
}

/** What it has found, once that matches. */
function said(Server $server, string $pattern): array
{
    global $early;
    $match = [];
    $server->until(function () use ($early, $pattern, &$match) {
        return preg_match($pattern, (string) @file_get_contents("$early/early.out"), $match);
    }, 10, "word that matches $pattern");
    unlink("$early/early.out");
    return $match;
}

function scripts(Server $server): Server
{
    $server->script('hello.php', 'echo getmypid();');
    foreach (['shop', 'evil'] as $pool) {
        $server->script("$pool/die.php", 'crashme("null-read");');
        $server->script("$pool/sleep.php", 'sleep(60);');
        $server->script("$pool/hello.php", 'echo getmypid();');
    }
    return $server;
}

$early = sys_get_temp_dir() . '/fps-early-' . bin2hex(random_bytes(6));
mkdir($early);
chmod($early, 0777);
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($early)));

// A request of whoever can connect to the pool's socket: the line is gone, and so is the page of forks

$pages = []; // that the master and a fresh worker have in common
$by = ['pools' => ['shop' => [], 'evil' => EVIL], 'nginx' =>
    'fastcgi_param PHP_VALUE "$arg_value"; fastcgi_param PHP_ADMIN_VALUE "$arg_admin";'];
foreach ([false, true] as $extension) {
    $server = scripts(new Server(['extension' => $extension] + $by));
    same('look', 200, $server->get('/evil/hello.php?admin=extension=' . early('look'))->status);
    $pages[] = (int) said($server, '~^look\.so: line: no, shared: (\d+)\n$~')[1];
}
same('pages in common: that of complaints', 1, $pages[1] - $pages[0]);
same('another pool: status', 502, $server->get('/evil/die.php')->status);
[$record] = $server->records(1);
same('another pool: who', ['evil', "$server->dir/evil.sock"],
    [$record['fpmsentinel']['pool'], $record['fpmsentinel']['listen']]);
$n = 1;
foreach (['value' => 'shop', 'admin' => 'master'] as $parameter => $what) {
    $server->childExit($record['process']['pid']);
    $answer = $server->get("/evil/hello.php?$parameter=extension=" . early($what));
    same("$what: status", $what === 'shop' ? 502 : 200, $answer->status);
    said($server, $what === 'shop' ? '~^shop\.so: line: no, ~' : '~^master\.so: line: no, .*\n(word \d: no\n){3}$~');
    same("$what: own death", 502, $server->get('/evil/die.php')->status);
    $record = $server->records(++$n)[$n - 1];
    same("$what: who", 'evil', $record['fpmsentinel']['pool']);
}

// Nor does a request choose where its worker's records go

$server->childExit($record['process']['pid']);
$server->get("/evil/hello.php?admin=fpmsentinel.log=$early/chosen.jsonl");
same('log: status', 502, $server->get('/evil/die.php')->status);
$server->records($n + 1);
same('log', false, is_file("$early/chosen.jsonl"));

// What FPM's configuration has a pool load runs before the hello: memory that is cut while the coroner reads it, and
// words of the master's

foreach (['memory', 'shm', 'file', 'master'] as $what) {
    $server = scripts(new Server(['pools' => ['shop' => [],
        'evil' => EVIL + ['php_admin_value[extension]' => early($what)]]]));
    said($server, "~^$what\\.so: line: yes, .*\n(hello: yes\ncut: yes|(word \\d: yes\n){3})$~");
    $what === 'master' || $server->until(fn () => str_contains($server->fpmLog(), 'exited on signal 9'), 10,
        "$what: its end");
    $coroner = $server->coroner();
    $sleep = $server->start('/shop/sleep.php');
    foreach ($server->workers() as $pid) {
        if (str_contains((string) @file_get_contents("/proc/$pid/cmdline"), 'pool shop')) {
            untilAsleep($server, $pid);
            Server::kill($pid, 'KILL');
            same("$what: status", 502, $server->finish($sleep)->status);
            $server->until(fn () => preg_grep("~\"code\":\"killed\".*\"pid\":$pid,~", $server->rawRecords()), 10,
                "$what: the record of another pool");
        }
    }
    same("$what: the coroner", $coroner, $server->coroner());
    same("$what: nothing about it", false, str_contains($server->fpmLog(), 'the coroner was ended'));
    same("$what: the master", [], preg_grep('~"action":"master"~', file($server->log)));
    same("$what: left", [], $server->stop());
}
?>
done
--EXPECT--
done
