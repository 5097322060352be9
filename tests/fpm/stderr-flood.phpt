--TEST--
Standard error that nobody reads: FPM's master answers, spawns, reloads and stops, and what is lost is counted
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

/** FPM's standard error: a pipe that the test alone holds open. */
final class Pipe
{
    public readonly string $path;
    private mixed $stream;

    public function __construct()
    {
        $this->path = sys_get_temp_dir() . '/fps-pipe-' . bin2hex(random_bytes(6));
        exec('mkfifo ' . escapeshellarg($this->path));
        $this->stream = fopen($this->path, 'r+e');
        stream_set_blocking($this->stream, false);
        register_shutdown_function(fn () => unlink($this->path));
    }

    public function fill(): void
    {
        foreach ([4096, 1] as $size) {
            while (@fwrite($this->stream, str_repeat("\n", $size)));
        }
    }

    public function read(): string
    {
        return (string) stream_get_contents($this->stream);
    }
}

/**
 * FPM with that pipe as standard error and a log of its own, and a pool for each setting of catch_workers_output.
 * Without -O, which has FPM's master itself write to standard error, and so wait, whatever a pool says.
 */
function flooded(Pipe $pipe, array $options = []): Server
{
    $pipe->fill();
    // at its start FPM itself writes what it logs to both
    $server = new Server($options + ['fpm' => ['error_log' => 'log/fpm.log', 'log_level' => 'warning'],
        'pool' => ['pm.max_children' => 2],
        'wrapper' => ['sh', '-c', 'for word; do shift; [ "$word" = -O ] || set -- "$@" "$word"; done; '
            . 'exec "$@" -p "$PWD" 2>' . $pipe->path, 'sh'],
        'pools' => ['loud' => ['pm.max_children' => 2], 'mute' =>
            ['pm.max_children' => 2, 'catch_workers_output' => 'no']]]);
    foreach (['loud/', 'mute/', ''] as $pool) {
        $server->script("{$pool}hello.php", 'echo "hello";');
        $server->script("{$pool}die.php", 'crashme($_GET["how"], (int) ($_GET["arg"] ?? 0));');
        $server->script("{$pool}stream.php", '$stderr = fopen("php://stderr", "w"); for ($i = 0; $i < 64; $i++) { '
            . 'fwrite($stderr, str_repeat("x", 8191) . "\n"); } echo "written";');
        $server->script("{$pool}log.php", 'for ($i = 0; $i < 64; $i++) { '
            . 'error_log(str_repeat("x", 8191) . "\n", 3, "php://stderr"); error_log("short"); } echo "written";');
        $server->script("{$pool}native.php", 'crashme("fill-stderr"); echo "written";');
    }
    $server->until(fn () => count($server->workers()) === 6, 10, 'six workers');
    return $server;
}

/**
 * @return list<int> how often each worker has the pipe open: FPM keeps it for its reloads, and does not close it in
 * workers
 */
function opened(Server $server, Pipe $pipe): array
{
    $isIt = fn ($link) => @readlink($link) === $pipe->path;
    return array_map(fn ($pid) => count(array_filter(glob("/proc/$pid/fd/*"), $isIt)), $server->workers());
}

/** Each pool answers, and a worker that dies is replaced. */
function works(string $when, Server $server): void
{
    foreach (['/loud', '/mute', ''] as $pool) {
        same("$when: $pool: answer", 'hello', $server->get("$pool/hello.php")->body);
        foreach (['null-read', '_exit'] as $how) {
            same("$when: $pool: $how", 502, $server->get("$pool/die.php?how=$how")->status);
        }
    }
    $server->until(fn () => count($server->workers()) === 6, 10, "$when: six workers");
}

function reload(Server $server): void
{
    $before = $server->workers();
    $server->signalMaster('USR2');
    $server->until(fn () => count(array_diff($server->workers(), $before)) === 6, 10, 'six new workers');
}

// Floods of pools, while records go to a file

$pipe = new Pipe;
$server = flooded($pipe);
works('before', $server);
same('how often the workers have it open, as without the extension',
    opened($without = flooded($pipe, ['extension' => false]), $pipe), opened($server, $pipe));
same('left', [], $without->stop());
foreach (['/loud', '/mute', ''] as $pool) {
    foreach (['stream', 'log', ...($pool === '/mute' ? [] : ['native'])] as $how) { // /dev/null never takes no more
        same("$pool: $how", 'written', $server->get("$pool/$how.php")->body);
    }
}
works('flooded', $server);
reload($server);
works('reloaded', $server);
$server->records(3 * 3 * 2);
$server->signalMaster('TERM');
$server->until(fn () => !$server->running(), 10, 'FPM to stop');
same('left', [], $server->stop());

// Records go there as well, more than are kept for a reader

const DEATHS = 240;

$server = flooded($pipe, ['ini' => ['fpmsentinel.log' => 'stderr']]);
// each of another fingerprint, since those of a storm are short
$server->script('die.php', 'eval("function f$_GET[n]() { crashme(\'null-read\'); } f$_GET[n]();");');
$pipe->read();
$pipe->fill();
$open = [];
for ($n = 0; $n < DEATHS || $open; $n++) {
    $n < DEATHS && $open[] = $server->start("/die.php?n=$n");
    if ($n >= DEATHS || count($open) >= 6) {
        same('status', 502, $server->finish(array_shift($open))->status);
    }
}
same('answer', 'hello', $server->get('/hello.php')->body);
$text = '';
$lost = function () use (&$text) {
    return preg_match_all('~^fpmsentinel: (\d+) records were lost: standard error was full$~m', $text, $match)
        ? array_sum($match[1]) : 0;
};
$kept = function () use (&$text) {
    return preg_match_all('~^\{"@timestamp".*\}$~m', $text);
};
$server->until(function () use ($pipe, $lost, $kept, &$text) {
    $text .= $pipe->read();
    return $lost() > 0 && $kept() + $lost() >= DEATHS;
}, 30, 'the records, and how many were lost');
same('kept and lost', DEATHS, $kept() + $lost());
same('some of both', [true, true], [$kept() > 10, $lost() > 10]);

$pipe->fill();
$server->script('die.php', 'crashme($_GET["how"], (int) ($_GET["arg"] ?? 0));');
works('full again', $server);
reload($server);
works('reloaded', $server);
$server->signalMaster('TERM');
$server->until(fn () => !$server->running(), 10, 'FPM to stop');
same('left', [], $server->stop());
?>
done
--EXPECT--
done
