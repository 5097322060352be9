<?php
/*
 * Deaths of an FPM that runs under qemu-user, for dev/arm64, which says what may be loaded in the environment. Prints
 * PASS name or, after what was not so, FAIL name.
 *
 * The tests of tests/fpm want more than an emulator can: how a process ended comes from waitpid() of FPM's master
 * alone, and qemu 7.2 takes a fault that is queued to itself for one of its own, so that FPM notes exit code 127.
 */
require __DIR__ . '/../tests/fpm/server.inc';
require __DIR__ . '/../tests/fpm/assert.inc';

$kill = fn (string $signal) => function (Server $server, int $pid) use ($signal) {
    usleep(500_000); // a few samples: of SIGKILL only they know the stack
    Server::kill($pid, $signal);
};
$kinds = [ // name => [cause, error.message, path, meanwhile]
    'null-read' => ['segfault', '~^null pointer (read|access) at 0x0$~'],
    'jump-null' => ['segfault', '~^null pointer jump at 0x0$~'],
    'write-readonly' => ['segfault', '~, which is mapped but does not permit it$~'],
    'thread-segv' => ['segfault', '~^null pointer (write|access) at 0x0$~'],
    'bus-truncated-mapping' => ['bus_error', '~behind the end of a mapped file~'],
    'c-recursion' => ['stack_overflow', '~^the stack is full$~'],
    'illegal-instruction' => ['illegal_instruction', '~^illegal instruction$~'],
    'breakpoint' => ['trap', '~^breakpoint~'],
    'abort' => ['abort', '~^abort\(\) was called$~'],
    'assert' => ['abort', '~: crashme_assert: Assertion~'],
    'double-free' => ['abort', '~^free\(\): double free detected~'],
    'stack-smash' => ['abort', '~^\*\*\* stack smashing detected~'],
    'raise' => ['floating_point_error', '~^the worker sent itself SIGFPE$~', '/die.php?what=raise&arg=8'],
    'exit' => ['exit_in_request', '~^C code called exit\(7\)$~', '/die.php?what=exit&arg=7'],
    '_exit' => ['killed|exit_in_request', '~\b_exit\(~', '/_exit.php'],
    'killed' => ['killed', '~SIGKILL~', '/sleep.php', $kill('KILL')],
    'terminated' => ['terminated', '~^terminated by another process$~', '/sleep.php', $kill('TERM')],
    'timeout' => ['request_terminate_timeout', '~^terminated by the FPM master$~', '/sleep.php'],
];

$server = new Server(['pool' => ['request_terminate_timeout' => '2s']]);
$server->script('die.php', 'crashme($_GET["what"], (int) ($_GET["arg"] ?? 0));');
$server->script('_exit.php', 'crashme("nap", 500); crashme("_exit", 7);'); // seen by the watcher before
$server->script('sleep.php', 'sleep(30);');
$told = 0;
foreach ($kinds as $name => [$cause, $message]) {
    [$path, $meanwhile] = array_slice($kinds[$name], 2) + ["/die.php?what=$name", null];
    ob_start();
    try {
        [$pid] = $server->until(fn () => $server->workers(), 30, 'a worker');
        $request = $server->start($path);
        $meanwhile && $meanwhile($server, $pid);
        same('status', 502, $server->finish($request)->status);
        $server->childExit($pid);
        $record = $server->records(++$told)[$told - 1];
        same('pid', $pid, $record['process']['pid']);
        matches('cause', "~^($cause)$~", $record['fpmsentinel']['cause']);
        matches('message', $message, $record['error']['message']);
        same('written by', 'coroner', $record['fpmsentinel']['written_by']);
        $functions = array_column($record['fpmsentinel']['php']['stack'] ?? [], 'function');
        same('outermost', '{main}', end($functions));
        same('architecture', 'aarch64', $record['fpmsentinel']['native']['arch'] ?? 'aarch64');
    } catch (RuntimeException $e) {
        echo "{$e->getMessage()}\n";
    }
    $wrong = ob_get_clean();
    echo $wrong, $wrong === '' ? 'PASS' : 'FAIL', " $name\n";
}
