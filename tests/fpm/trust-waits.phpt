--TEST--
What waits when it is closed, written to or read, and a worker has a hand in, keeps nobody waiting but that worker
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

// Memory that is never there takes a file system of the user's own, or userfaultfd(): here the user is root, which may
// have that.
const EVIL = ['user' => 'root', 'group' => 'root'];

function server(array $evil = []): Server
{
    $server = new Server(['pools' => ['shop' => ['pm.max_children' => 2], 'evil' => EVIL + $evil],
        'wrapper' => ['sh', '-c', 'exec "$@" -R', 'sh']]);
    $server->script('shop/die.php', 'crashme("null-read");');
    $server->script('shop/hello.php', 'echo getmypid();');
    $server->script('shop/sleep.php', 'sleep(60);');
    $server->script('evil/hold.php', 'file_put_contents(__DIR__ . "/held", crashme($_GET["how"])); '
        . 'sleep((int) $_GET["s"]);');
    $server->script('evil/hello.php', 'echo getmypid();');
    $server->script('evil/die.php', 'crashme("null-read");');
    return $server;
}

/** Deaths of another pool, by a fault and by SIGKILL: recorded, and the workers do end. */
function others(Server $server, string $when, int $times = 2): void
{
    for ($n = 1; $n <= $times; $n++) {
        $before = count(preg_grep('~"pool":"shop"~', $server->rawRecords()));
        same("$when: death $n", 502, $server->get('/shop/die.php')->status);
        $pid = (int) $server->get('/shop/hello.php')->body;
        $sleep = $server->start('/shop/sleep.php');
        $server->until(fn () => array_filter(shop($server),
            fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/wchan"), 'nanosleep')), 10,
            'a worker to sleep');
        foreach (shop($server) as $pid) {
            if (str_contains((string) @file_get_contents("/proc/$pid/wchan"), 'nanosleep')) {
                Server::kill($pid, 'KILL');
                break;
            }
        }
        same("$when: killed $n", 502, $server->finish($sleep)->status);
        $server->childExit($pid);
        $server->until(fn () => count(preg_grep('~"pool":"shop"~', $server->rawRecords())) >= $before + 2, 10,
            "$when: records of another pool");
    }
}

function shop(Server $server): array
{
    return array_filter($server->workers(), fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/cmdline"),
        'pool shop'));
}

/** Pids of what workers of this server have forked. */
function orphans(Server $server): array
{
    $isOne = fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/cmdline"), 'pool evil')
        && str_contains((string) @readlink("/proc/$pid/cwd"), $server->dir)
            && !in_array($pid, $server->workers(), true);
    return array_filter(array_map(fn ($path) => (int) basename($path), glob('/proc/[0-9]*')), $isOne);
}

function finish(Server $server, string $when): void
{
    array_map(fn ($pid) => Server::kill($pid, 'KILL'), orphans($server));
    same("$when: nothing about the coroner", false, str_contains($server->fpmLog(), 'the coroner was ended'));
    same("$when: left", [], $server->stop());
}

// A worker writes to all that it has from memory that is never there: what others have as well would be locked for ever

$server = server();
$hold = $server->start('/evil/hold.php?how=hold-pipes&s=60');
$held = $server->until(fn () => (int) @file_get_contents("$server->dir/docroot/evil/held"), 10, 'it to wait');
same('pipes: held', true, $held > 1);
others($server, 'pipes');
finish($server, 'pipes');

// Its doorbell cannot be closed, whoever does it

$server = server();
same('bell: status', 200, $server->get('/evil/hold.php?how=hold-bell&s=0')->status);
same('bell: held', true, (int) file_get_contents("$server->dir/docroot/evil/held") > 1);
same('bell: own death', 502, $server->get('/evil/die.php')->status);
$server->until(fn () => preg_grep('~"pool":"evil"~', $server->rawRecords()), 10, 'the record of its own death');
usleep(300_000); // until the bell is to be closed
others($server, 'bell');
same('bell: the next worker of the same pool', 502, $server->get('/evil/die.php')->status);
$server->until(fn () => count(preg_grep('~"pool":"evil"~', $server->rawRecords())) >= 2, 10,
    'the record of its next death');
finish($server, 'bell');

// Code before the hello sends sockets that linger, as many as it can, and bells that cannot be closed

$early = sys_get_temp_dir() . '/fps-early-' . bin2hex(random_bytes(6));
mkdir($early);
chmod($early, 0777);
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($early)));
foreach (['linger', 'held'] as $what) {
    copy(dirname(Server::path('TEST_CRASHME_SO')) . '/early.so', "$early/$what.so");
    $server = server(['php_admin_value[extension]' => "$early/$what.so", 'pm' => 'ondemand']);
    Server::kill($server->coroner(), 'STOP'); // so that it is the last one to have what was sent
    same("$what: status", 200, $server->get('/evil/hello.php')->status); // by the next worker
    $server->until(fn () => str_contains($server->fpmLog(), 'exited on signal 9'), 10, "$what: its end");
    Server::kill($server->coroner(), 'CONT');
    matches("$what: hello", '~hello: yes~', (string) file_get_contents("$early/early.out"));
    others($server, $what);
    finish($server, $what);
}
?>
done
--EXPECT--
done
