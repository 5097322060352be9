--TEST--
fpmsentinel show: source lines of native frames, by build id, wherever the debug information is, never hanging
--SKIPIF--
<?php
require __DIR__ . '/skipif.inc';
needs('dwz', 'objcopy', 'mkfifo');
str_contains(shell_exec(escapeshellarg(Server::path('TEST_FPMSENTINEL')) . ' --version'), 'with libdw')
    || die('skip built without libdw');
?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';

$server = new Server;
$server->script('die.php', 'crashme("wild-read");');
$server->get('/die.php');
[$record] = $server->records(1);
$dir = "$server->dir/source";
mkdir("$dir/none", recursive: true);
$so = Server::path('TEST_CRASHME_SO');
$frame = $record['fpmsentinel']['native']['stack'][0];
same('the frame', [$so, false], [$frame['module'], isset($frame['source'])]);

// What the innermost frame is to be: the function that was inlined, and the one that it was inlined into
$file = dirname($so, 2) . '/faults.c';
$line = fn (string $text) => 1 + key(preg_grep('~^\s*' . preg_quote($text) . '~', file($file)));
$expected = [
    ['function' => 'read_from', 'file' => $file, 'line' => $line('(void) *(volatile char *) address;'),
        'inlined' => true],
    ['function' => 'crashme_wild_read', 'file' => $file, 'line' =>
        $line('read_from((uintptr_t) unmapped_page() + 0x42);')],
];

/** The innermost frame, of the record with other values in that frame. */
function shown(array $values = [], string $directory = 'none', array $environment = []): array
{
    global $record, $dir;
    $changed = $record;
    $changed['fpmsentinel']['native']['stack'][0] = array_filter($values
        + $record['fpmsentinel']['native']['stack'][0]);
    file_put_contents("$dir/record", json_encode($changed, JSON_UNESCAPED_SLASHES) . "\n");
    $show = ['timeout', '60', 'env', ...$environment, Server::path('TEST_FPMSENTINEL'), 'show',
        "--debug-dir=$dir/$directory", "$dir/record"];
    exec(implode(' ', array_map('escapeshellarg', [...$show, '--json'])) . ' 2>&1', $lines, $status);
    same('status', 0, $status);
    $GLOBALS['text'] = shell_exec(implode(' ', array_map('escapeshellarg', $show)));
    $GLOBALS['shown'] = json_decode(implode("\n", $lines));
    return json_decode(implode("\n", $lines), true)['fpmsentinel']['native']['stack'][0] ?? [];
}

function run(string $command, string ...$arguments): void
{
    exec(vsprintf($command, array_map('escapeshellarg', $arguments)) . ' 2>&1', $lines, $status);
    same($command, [0, []], [$status, $lines]);
}

// The module's own file, and what people see of it
same('own file', $frame + ['source' => $expected], shown());
matches('text', '~\n    0  0x\S+  crashme_wild_read\+0x\S+  ' . preg_quote($so) . " \+ 0x.*\n"
    . "         read_from  $file:{$expected[0]['line']} \(inlined\)\n         "
        . "crashme_wild_read  $file:{$expected[1]['line']}\n~", $text);
matches('return addresses', '~\n         zif_crashme  ' . dirname($file) . '/crashme\.c:\d+\n~', $text);
file_put_contents("$dir/shown", json_encode($shown) . "\n");
run('python3 %s %s %s', dirname(__DIR__) . '/validate.py', dirname(__DIR__, 2) . '/conf/fpmsentinel.schema.json',
    "$dir/shown");
same('symbol', $frame['symbol'], shown(['symbol' => null])['symbol'] ?? null);

// A file of its own, by build id, for a module that was stripped, or is not there at all
$id = $frame['build_id'];
$path = fn (string $id, string $directory = 'debug') => "$dir/$directory/.build-id/" . substr($id, 0, 2) . '/'
    . substr($id, 2) . '.debug';
mkdir(dirname($path($id)), recursive: true);
run('objcopy --only-keep-debug %s %s', $so, $path($id));
run('objcopy --strip-debug %s %s', $so, "$dir/stripped.so");
same('stripped', false, isset(shown(['module' => "$dir/stripped.so"])['source']));
foreach (["$dir/stripped.so", "$dir/missing.so", 'crashme.so'] as $module) {
    same("debug file: $module", $expected, shown(['module' => $module], 'debug')['source'] ?? null);
}

// Another build id: no line rather than a wrong one
$other = strrev($id);
mkdir(dirname($path($other)), recursive: true);
copy($path($id), $path($other));
foreach ([$other, substr($id, 0, -2), "{$id}00", 'no', '../../../..', str_repeat('ab', 500), null, 7] as $wrong) {
    same("build id $wrong", false, isset(shown(['build_id' => $wrong], 'debug')['source']));
}
same('offset', false, isset(shown(['offset' => '0xffffffffffffffff'])['source']));
same('module', false, isset(shown(['module' => ['a']])['source']));

// Two files that share what dwz has taken out of them: without that there are no lines, and as a FIFO it is not waited
// for
foreach (['shared', 'second'] as $copy) {
    copy($so, "$dir/$copy.so");
}
mkdir("$dir/dwz/.dwz", recursive: true);
run('dwz -m %s -M %s %s %s', "$dir/supplement", '/usr/lib/debug/.dwz/crashme', "$dir/shared.so", "$dir/second.so");
same('no supplement', false, isset(shown(['module' => "$dir/shared.so"], 'dwz')['source']));
copy("$dir/supplement", "$dir/dwz/.dwz/crashme");
same('supplement', $expected, shown(['module' => "$dir/shared.so"], 'dwz')['source'] ?? null);
copy($so, "$dir/dwz/.dwz/crashme");
same('another supplement', false, isset(shown(['module' => "$dir/shared.so"], 'dwz')['source']));
unlink("$dir/dwz/.dwz/crashme");
run('mkfifo %s', "$dir/dwz/.dwz/crashme");
same('a FIFO for a supplement', false, isset(shown(['module' => "$dir/shared.so"], 'dwz')['source']));

// What is no regular file is not opened: this would wait for a writer
run('mkfifo %s %s', "$dir/fifo", "$dir/fifo.debug");
symlink("$dir/fifo", "$dir/link");
foreach (["$dir/fifo", "$dir/link", $dir, '/dev/zero', '/proc/kmsg', "$dir/record"] as $module) {
    same($module, false, isset(shown(['module' => $module])['source']));
}
mkdir(dirname($path($id, 'fifos')), recursive: true);
run('mkfifo %s', $path($id, 'fifos'));
same('a FIFO for a debug file', $expected, shown([], 'fifos')['source'] ?? null);

// A server
mkdir("$dir/server/buildid/$id", recursive: true);
copy($path($id), "$dir/server/buildid/$id/debuginfo");
[$host, $port] = explode(':', stream_socket_get_name($socket = stream_socket_server('tcp://127.0.0.1:0'), false));
fclose($socket);
$web = proc_open([PHP_BINARY, '-n', '-S', "$host:$port", '-t', "$dir/server"],
    [['file', '/dev/null', 'r'], ['file', '/dev/null', 'w'], ['file', "$dir/web.log", 'w']], $pipes);
$server->until(fn () => @fsockopen($host, (int) $port), 30, 'a web server');
$environment = ["DEBUGINFOD_URLS=http://$host:$port", "DEBUGINFOD_CACHE_PATH=$dir/cache"];
same('server', $expected, shown(['module' => "$dir/stripped.so"], 'none', $environment)['source'] ?? null);
same('server: not there', false, isset(shown(['module' => "$dir/stripped.so", 'build_id' => $other], 'none',
    $environment)['source']));
matches('it was asked', "~GET /buildid/$other/debuginfo~", file_get_contents("$dir/web.log"));
proc_terminate($web);
proc_close($web);
$server->stop();
?>
done
--EXPECT--
done
