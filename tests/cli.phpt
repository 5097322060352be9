--TEST--
On the command line it works without nginx and pools: faults and PHP's own errors, but not what a user sends
--FILE--
<?php
$so = realpath(getenv('TEST_FPMSENTINEL_SO') ?: __DIR__ . '/../modules/fpmsentinel.so');
$log = tempnam(sys_get_temp_dir(), 'fps-');

/** Runs code: what it printed, how it ended, and the records. */
function run(string $code): array
{
    global $so, $log;
    file_put_contents($log, '');
    $ini = ['display_errors=0', "extension=$so", "fpmsentinel.log=$log"];
    if (PHP_VERSION_ID >= 80300) {
        $ini[] = 'zend.max_allowed_stack_size=-1'; // or PHP ends the recursion itself
    }
    $options = implode(' ', array_map(fn ($directive) => '-d ' . escapeshellarg($directive), $ini));
    exec('exec 2>&1; ' . escapeshellarg(PHP_BINARY) . " -n $options -r " . escapeshellarg($code), $lines, $status);
    return [implode("\n", $lines), $status, array_map(fn ($line) => json_decode($line, true), file($log))];
}

function show(array $run): void
{
    [$printed, $status, $records] = $run;
    echo "printed <$printed>, status $status\n";
    foreach ($records as $record) {
        $stack = $record['fpmsentinel']['php']['stack'];
        echo "  {$record['event']['action']} {$record['event']['code']}, phase {$record['fpmsentinel']['phase']}: ",
            implode(', ', array_unique(array_column($stack, 'function'))), "\n";
    }
}

show(run('echo "fine"; exit(3);'));
$overflow = run('class Price { function __toString() { return "$this"; } } echo new Price;');
show([preg_replace('~.*~s', '', $overflow[0]), ...array_slice($overflow, 1)]); // the shell speaks of it
show(run('function f() { throw new Exception("no"); } f();'));
$terminated = run('exec("kill -TERM " . getmypid()); for (;;);');
show([preg_replace('~.*~s', '', $terminated[0]), ...array_slice($terminated, 1)]);

// pcntl, where there is any: handlers and alarms are the script's, and of a child only a fault is told, as the child's
$pcntl = [
    'pcntl_async_signals(true); pcntl_signal(SIGTERM, fn () => print("handled")); exec("kill -TERM " . getmypid());' =>
        ['handled', 0],
    'pcntl_async_signals(true); pcntl_signal(SIGALRM, fn () => print("alarm")); pcntl_alarm(1); sleep(9);' =>
        ['alarm', 0],
    'pcntl_alarm(1); for (;;);' => [null, 142], // the shell speaks of it
    'if (pcntl_fork() === 0) { exec("kill -SEGV " . getmypid()); sleep(9); } pcntl_wait($status); '
        . 'echo pcntl_wtermsig($status);' => ['11', 0],
    'if (pcntl_fork() === 0) { if (pcntl_fork() === 0) { exec("kill -SEGV " . getmypid()); sleep(9); } '
        . 'pcntl_wait($status); exit(pcntl_wtermsig($status)); } '
        . 'pcntl_wait($status); echo pcntl_wexitstatus($status);' => ['11', 0],
    'if (pcntl_fork() === 0) { exec("kill -TERM " . getmypid()); sleep(9); } pcntl_wait($status); '
        . 'echo pcntl_wtermsig($status);' => ['15', 0],
];
$ofChildren = [];
foreach (function_exists('pcntl_fork') ? $pcntl : [] as $code => [$printed, $status]) {
    $found = run($code);
    $actions = array_map(fn ($record) => $record['event']['action'], $found[2]);
    if ([$printed ?? $found[0], $status, str_contains($code, 'SEGV') ? ['child-death'] : []] !==
        [$found[0], $found[1], $actions]) {
        echo "$code\n";
        show($found);
    }
    array_push($ofChildren, ...$found[2]);
}

show(run('echo json_encode(fpmsentinel_annotate("job", 1)), fpmsentinel_status()["watched"];'));

$validate = [getenv('TEST_PYTHON') ?: '/usr/bin/python3', __DIR__ . '/validate.py',
    __DIR__ . '/../conf/fpmsentinel.schema.json', $log];
file_put_contents($log, array_map(fn ($record) => json_encode($record, JSON_UNESCAPED_SLASHES) . "\n",
    [$overflow[2][0], ...$ofChildren]));
passthru(implode(' ', array_map('escapeshellarg', $validate)));
unlink($log);
?>
--EXPECT--
printed <fine>, status 3
printed <>, status 139
  worker-death stack_overflow, phase execute: __toString, {main}
printed <>, status 255
  request-killed uncaught_exception, phase execute: f, {main}
printed <>, status 143
printed <true1>, status 0
