<?php
/* What dev/demo shows; it runs from a build's own tree. */

require __DIR__ . '/../tests/fpm/server.inc';
require __DIR__ . '/../tests/fpm/cgroup.inc';

$deaths = [
    'a request that is fine' => [
        'script' => "echo 'fine';",
        'status' => 200,
        'cause' => null,
    ],
    'more than memory_limit: PHP ends the request with a 500, the worker lives, and there is no 104' => [
        'script' => "\$basket = 'x';\nwhile (true) {\n    \$basket .= \$basket;\n}",
        'status' => 500,
        'cause' => 'memory_limit',
    ],
    'a C function that runs on past max_execution_time and hard_timeout' => [
        'script' => "set_time_limit(1);\nhash_pbkdf2('sha256', 'password', 'salt', 1_000_000_000);",
        'status' => 502,
        'cause' => 'hard_timeout',
    ],
    'an object that turns itself into a string, for ever' => [
        'script' => "class Price {\n    function __toString() {\n        return \"EUR \$this\";\n    }\n}\n"
            . "echo new Price;",
        'status' => 502,
        'cause' => 'stack_overflow',
    ],
    'a C library that calls exit(): no signal, no fault, and the worker is gone all the same' => [
        'script' => "function resize() {\n    FFI::cdef('void exit(int);')->exit(3);\n}\nresize();",
        'status' => 502,
        'cause' => 'exit_in_request',
    ],
    'a wait longer than request_terminate_timeout' => [
        'script' => "function pay() {\n    sleep(30);\n}\npay();",
        'status' => 502,
        'cause' => 'request_terminate_timeout',
    ],
    'an FPM reload while the request runs' => [
        // SIGQUIT, which comes first, ends one usleep()
        'script' => "touch(__DIR__ . '/../log/running');\nfor (;;) { usleep(30_000_000); }",
        'status' => 502,
        'cause' => 'fpm_reload',
        'while' => fn (Server $server) => $server->signalMaster('USR2'),
    ],
    'kill -9: no code of the worker can tell of it, so the coroner does' => [
        'script' => "touch(__DIR__ . '/../log/running');\nusleep(30_000_000);",
        'status' => 502,
        'cause' => 'killed',
        'while' => fn (Server $server) => Server::kill(current($server->workers()), 'KILL'),
    ],
    'systemctl stop, as FPM sees it: SIGTERM, and SIGKILL 50 microseconds later' => [
        'script' => "touch(__DIR__ . '/../log/running');\nusleep(30_000_000);",
        'status' => 502,
        'cause' => 'fpm_stop',
        'while' => fn (Server $server) => $server->signalMaster('TERM'),
    ],
];
$outOfMemory = [
    'more memory than the cgroup has: the OOM killer' => [
        'script' => "for (;;) {\n    \$basket[] = str_repeat('x', 1 << 20);\n}",
        'status' => 502,
        'cause' => 'oom_kill',
    ],
];

function show(string $label, string $text): void
{
    printf("  %-8s%s\n", $label, $text);
}

function frame(array $frame): string
{
    $name = ($frame['class'] ?? '') . ($frame['type'] ?? '') . $frame['function']
        . ($frame['function'][0] === '{' ? '' : '()');
    return $name . (isset($frame['file']) ? "  $frame[file]:$frame[line]" : '');
}

function showRecord(array $record): void
{
    $own = $record['fpmsentinel'];
    show('cause', "$own[cause] ($own[confidence]): " . implode('; ', $own['evidence']));
    show('message', $record['message']);
    $frames = $own['php']['stack'] ?? [];
    $omitted = $own['php']['frames_omitted'] ?? 0;
    foreach ($frames as $i => $frame) {
        if ($i < 3 || $i === array_key_last($frames)) {
            show($i === 0 ? 'php' : '', frame($frame));
        } elseif ($i === 3) {
            show('', sprintf('... %d more frames', count($frames) - 4 + $omitted));
        }
    }
    foreach (array_slice($own['native']['stack'] ?? [], 0, 2) as $i => $frame) {
        show($i === 0 ? 'native' : '',
            ($frame['symbol'] ?? $frame['offset'] ?? $frame['ip']) . '  ' . ($frame['module'] ?? '?'));
    }
}

/** Inflicts them one after the other and shows what came of each; gives how many went wrong. */
function inflict(Server $server, array $deaths, string $prefix): int
{
    $wrong = 0;
    $records = [];
    foreach (array_keys($deaths) as $n => $what) {
        $death = $deaths[$what];
        $server->script("$prefix$n.php", "<?php\n$death[script]\n");
        $linesBefore = count($server->nginxErrors());
        @unlink("$server->dir/log/running");

        $request = $server->start("/$prefix$n.php");
        if (isset($death['while'])) {
            $server->until(fn () => is_file("$server->dir/log/running"), 10, 'the request to run');
            $ranSince = hrtime(true);
            $server->until(fn () => hrtime(true) > $ranSince + 3e8, 10, 'the watcher to look at it');
            $death['while']($server);
        }
        $answer = $server->finish($request);

        $known = count($records);
        $records = $server->records($known + ($death['cause'] === null ? 0 : 1));
        $record = $records[$known] ?? null;

        echo "\n$what\n";
        show('HTTP', (string) $answer->status);
        foreach (array_slice($server->nginxErrors(), $linesBefore) as $error) {
            show('nginx', "*$error->connection $error->message");
        }
        $record === null ? show('record', 'none') : showRecord($record);
        if ($answer->status !== $death['status'] || ($record['event']['code'] ?? null) !== $death['cause']) {
            $wrong++;
            show('WRONG', "expected HTTP $death[status] and " . ($death['cause'] ?? 'no record'));
        }
    }
    return $wrong;
}

$server = new Server([
    'fpm' => ['process_control_timeout' => 0],
    'pool' => ['request_terminate_timeout' => '4s'],
    'ini' => ['hard_timeout' => 1]
        + ['extension' => 'ffi', 'ffi.enable' => 1] // how a script gets at C's exit()
        // From 8.3 on PHP ends the recursion itself, unless it is told not to.
        + (PHP_VERSION_ID >= 80300 ? ['zend.max_allowed_stack_size' => -1] : []),
]);
$wrong = inflict($server, $deaths, 'demo');
$left = $server->stop();

$group = memoryGroup(96 << 20);
if ($group) {
    $server = new Server(['wrapper' => inGroup($group), 'ini' => ['memory_limit' => -1]]);
    $wrong += inflict($server, $outOfMemory, 'oom');
    $left = [...$left, ...$server->stop()];
} else {
    echo "\nnot shown: the OOM killer, since no memory cgroup can be made here\n";
}

echo "\n", $wrong ? "$wrong went wrong\n" : "each nginx line above is traced to its cause\n";
exit($wrong || $left ? 1 : 0);
