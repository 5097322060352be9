--TEST--
A pool in a chroot that has nothing in it but the scripts and a log: no /proc, no libraries, and all the same a record
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$jail = sys_get_temp_dir() . '/fps-jail-' . bin2hex(random_bytes(6));
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($jail)));
mkdir($jail);
chmod($jail, 0755);
mkdir("$jail/log");
$script = '<?php function work($what, $arg) { crashme($what, $arg); } work($_GET["what"], (int) ($_GET["arg"] ?? 0));';
file_put_contents("$jail/die.php", $script);
file_put_contents("$jail/nap.php", '<?php crashme("nap", 30_000);');
file_put_contents("$jail/hello.php", '<?php echo "hello";');

$deaths = new Deaths(['pool' => ['chroot' => $jail, 'chdir' => '/'],
    'ini' => ['fpmsentinel.log' => "$jail/log/records.jsonl"],
    'nginx' => 'fastcgi_param SCRIPT_FILENAME $fastcgi_script_name;']);
$deaths->server->log = "$jail/log/records.jsonl";
$causes = ['null-read' => 'segfault', 'abort' => 'abort', 'c-recursion' => 'stack_overflow',
    'exit&arg=7' => 'exit_in_request',
    'raise&arg=15' => 'terminated'];
foreach ($causes as $what => $cause) {
    // or it is gone when the coroner looks for it in /proc
    same('hello', 'hello', $deaths->server->get('/hello.php')->body);
    $coroner = $deaths->server->coroner();
    $deaths->server->until(fn () => str_contains((string) file_get_contents("/proc/$coroner/wchan"), 'poll'), 10,
        'the coroner to have seen it');
    $deaths->inflict($what, $cause);
}
$deaths->inflict('outside', 'terminated', '/nap.php', function (Server $server, int $pid) use (&$sender, &$kept) {
    untilAsleep($server, $pid);
    $sender = proc_open(['sh', '-c', "kill -TERM $pid; read end"], [['pipe', 'r']], $pipes);
    $kept[] = [$sender, $pipes];
});
foreach ($deaths->records() as $name => ['fpmsentinel' => $ours, 'process' => $process]) {
    $stack = [['function' => 'crashme'], ['function' => 'work', 'file' => '/die.php', 'line' => 1],
        ['function' => '{main}', 'file' => '/die.php', 'line' => 1]];
    $name === 'outside' || same("$name: stack", $stack, $ours['php']['stack']);
    same("$name: pool", 'www', $ours['pool']);
    same("$name: script", $name === 'outside' ? '/nap.php' : '/die.php', $ours['request']['script']);
    same("$name: incomplete", $name === 'c-recursion' ? ['native.stack'] : [], $ours['incomplete']); // it has no end
    $program = realpath(Server::path('TEST_PHP_FPM'));
    $name === 'c-recursion' || same("$name: program", true,
        in_array($program, array_column($ours['native']['stack'], 'module'), true));
    // What only /proc tells is left out, but for what the coroner sees there.
    same("$name: known", [true, false], [isset($process['uptime']), isset($ours['memory']['rss'])]);
    $name === 'outside' && same("$name: sender", [proc_get_status($sender)['pid'], 0, 'other', null],
        array_map(fn ($key) => $ours['signal']['sender'][$key] ?? null, ['pid', 'uid', 'role', 'command']));
}
?>
done
--EXPECT--
done
