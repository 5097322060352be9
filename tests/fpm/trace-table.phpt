--TEST--
fpmsentinel trace: the rest of what requests die of, or do not: each with its verdict, or no line at all
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';

function isIdle(int $pid): bool
{
    return (bool) preg_match('~accept|wait_for_more_packets~', (string) @file_get_contents("/proc/$pid/wchan"));
}

/** GET, or POST with a body, and what is done to the worker meanwhile. */
function play_(Server $server, string $path, ?callable $meanwhile = null, ?string $body = null): object
{
    $pid = $server->until(fn () => current(array_filter($server->workers(), isIdle(...))), 20, 'an idle worker');
    $request = $server->start($path, [], $body);
    $meanwhile && $meanwhile($server, $pid);
    return $server->finish($request);
}

$signal = fn (string $name) => function (Server $server, int $pid) use ($name) {
    untilAsleep($server, $pid);
    Server::kill($pid, $name);
};
$nap = 'crashme("nap", 30_000);'; // which no signal ends
$part = 'echo str_repeat("x", 100_000); flush(); ';
$limit = fn (Server $server, int $pid) => exec("setpriv --reuid=www-data --regid=www-data --clear-groups prlimit "
    . "--pid=$pid --as=" . (512 << 20));

$rows = [ // path => [verdict, or null for no line, status, code, what is done meanwhile, what is posted]
    'exit' => [null, 200, 'echo "some"; exit(3);'],
    // 8.5 and 8.6 crash where they make a backtrace of this error, https://github.com/php/php-src/issues/22521
    'recursion' => ['memory_limit', 500, 'ini_set("fatal_error_backtraces", 0); function f($x) { '
        . 'return f($x . "x") . $x; } f("x");'],
    'sleep' => [...(Server::builtWith('Zend Max Execution Timers') ? ['max_execution_time', 500] : [null, 200]),
        'set_time_limit(1); usleep(1_200_000); echo "slept";'],
    'parse' => ['compile_error', 500, '<?php if ('],
    'undefined' => ['uncaught_exception', 500, 'missing();'],
    'part-memory' => ['memory_limit', 200, "$part str_repeat('x', 1 << 30);"],
    'part-killed' => ['killed', 200, "$part sleep(30);", $signal('KILL')],
    'part-exit' => ['exit_in_request', 200, "$part crashme('_exit', 7);"],
    'finished' => [null, 200, 'echo "page"; fastcgi_finish_request(); crashme("null-read");'],
    'too-much' => [null, 200, 'echo "page";', null, str_repeat('x', 2 << 20)],
    'posted' => ['segfault', 502, 'crashme("null-read");', null, str_repeat('x', 100_000)],
    'term' => ['terminated', 502, $nap, $signal('TERM')],
    'int' => ['terminated', 502, $nap, $signal('INT')],
    'hup' => ['terminated', 502, $nap, $signal('HUP')],
    'usr1' => ['terminated', 502, $nap, $signal('USR1')],
    'alrm' => ['terminated', 502, $nap, $signal('ALRM')],
    'segv' => ['segfault', 502, $nap, $signal('SEGV')],
    'quit' => [null, 200, 'sleep(30); echo "cut short";', $signal('QUIT')],
    'pipe' => [null, 200, 'crashme("raise", 13); echo "ignored";'],
    'wild' => ['segfault', 502, 'crashme("wild-read");'],
    'non-canonical' => ['segfault', 502, 'crashme("non-canonical");'],
    'c-recursion' => ['stack_overflow', 502, 'crashme("c-recursion");'],
    'thread' => ['segfault', 502, 'crashme("thread-segv");'],
    'double-free' => ['abort', 502, 'crashme("double-free");'],
    'zend-heap' => ['abort', 502, 'crashme("zend-heap");'],
    'trap' => ['trap', 502, 'crashme("breakpoint");'],
    'cpu' => ['cpu_limit', 502, 'crashme("raise", 24);'],
    'file' => ['file_size_limit', 502, 'crashme("raise", 25);'],
    'exit-0' => ['exit_in_request', 502, 'crashme("exit", 0);'],
    '_exit-0' => ['exit_in_request', 502, 'crashme("_exit", 0);'],
    'refused' => [...(Server::leavesWithoutMemory() ? ['exit_in_request', 502] : ['fatal_error', 500]),
        'ini_set("memory_limit", -1); while (!is_file(__DIR__ . "/go")) { usleep(1000); clearstatcache(); } '
        . 'str_repeat("x", 2 << 30);',
        function (Server $server, int $pid) use ($limit) {
            $limit($server, $pid);
            touch("$server->dir/docroot/go");
        }],
    'hangs' => ['killed', 502, 'crashme("hang");', function (Server $server, int $pid) {
        $server->until(fn () => preg_match('~^SigBlk:\s+f{7}~m', (string) @file_get_contents("/proc/$pid/status")), 20,
            'it to block all signals');
        Server::kill($pid, 'TERM'); // as FPM would, for ever
        Server::kill($pid, 'KILL');
    }],
    'function' => ['segfault', 502, 'register_shutdown_function("crashme", "null-read"); echo "answer";'],
    'destructor' => ['segfault', 502, 'class D { function __destruct() { crashme("null-read"); } } $d = new D; '
        . 'echo "answer";'],
    'rshutdown' => ['segfault', 502, 'crashme_arm(); echo "answer";'],
];

foreach (['unix, parameters', 'tcp, neither'] as $way) {
    ob_start();
    $server = serverFor($way, ['ini' => ['crashme.at' => 'rshutdown', 'post_max_size' => '1M'],
        'nginx' => 'client_max_body_size 8m;']);
    foreach ($rows as $name => [$cause, $status, $code]) {
        $server->script("$name.php", $code);
        same("$name: status", $status, play_($server, "/$name.php", $rows[$name][3] ?? null, $rows[$name][4] ?? null)
            ->status);
    }
    $idle = $server->until(fn () => current(array_filter($server->workers(), isIdle(...))), 20, 'an idle worker');
    Server::kill($idle, 'KILL');
    $server->childExit($idle);
    same('after an idle one', 200, $server->get('/exit.php')->status);

    $records = array_filter($rows, fn ($row) => $row[0]);
    $server->records(count($records) + 1); // and `finished`, of which nginx has no line
    $incidents = trace($server);
    same('incidents', [], array_diff(array_column(array_column($incidents, 'request'), 'path'),
        array_map(fn ($name) => "/$name.php", array_keys($records))));
    foreach ($records as $name => [$cause]) {
        verdict($server, $incidents, "/$name.php", $cause);
    }
    same('unexplained', 0, tool(['trace', '--unexplained', ...logsOf($server, 'nginx', 'records')])->status);
    $server->stop();
    $said = ob_get_clean();
    echo "--- $way\n$said"; // something, or it is taken for stuck
}

// Ends of FPM's and the engine's, with a part of the answer sent; none after the answer

foreach (['unix, parameters', 'tcp, neither'] as $way) {
    ob_start();
    if (!PHP_ZTS) { // which has no hard_timeout
        $server = serverFor($way, ['ini' => ['hard_timeout' => 1]]);
        $server->script('part-hard.php', "$part set_time_limit(1); hash_pbkdf2('sha256', 'x', 'y', 1 << 30);");
        same('part-hard: error', 'cut', $server->get('/part-hard.php')->error);
        $server->records(1);
        verdict($server, trace($server), '/part-hard.php', 'hard_timeout');
    }

    $server = serverFor($way, ['pool' => ['request_terminate_timeout' => '2s'],
        'fpm' => ['process_control_timeout' => '0']]);
    $server->script('part-late.php', "$part sleep(30);");
    $server->script('answered.php', 'echo "page"; fastcgi_finish_request(); usleep(2_700_000); '
        . 'file_put_contents(__DIR__ . "/../log/done", "yes");');
    $server->script('part-reload.php', "$part for (;;) { sleep(30); }"); // SIGQUIT, which comes first, ends one
    $hurry = fn (Server $server, int $pid) => [untilAsleep($server, $pid), $server->signalMaster('USR2')];
    $causes = ['part-late' => 'request_terminate_timeout', 'answered' => null, 'part-reload' => 'fpm_reload'];
    foreach ($causes as $name => $cause) {
        same("$name: error", $cause ? 'cut' : null, play_($server, "/$name.php",
            $name === 'part-reload' ? $hurry : null)->error);
        $cause || $server->until(fn () => is_file("$server->dir/log/done"), 20, 'it to go on');
    }
    $server->records(2);
    $incidents = trace($server);
    same('incidents', 2, count($incidents));
    foreach (array_filter($causes) as $name => $cause) {
        verdict($server, $incidents, "/$name.php", $cause);
    }
    $said = ob_get_clean();
    echo "--- a part sent, $way\n$said"; // something, or it is taken for stuck
}

// Nothing unread: the end of the connection and no 104, and with the header sent no line but last words, if there are
// any

foreach (['unix', 'tcp'] as $upstream) {
    ob_start();
    $server = new Server(['upstream' => $upstream, 'nginx' => 'fastcgi_request_buffering off;',
        'ini' => ['enable_post_data_reading' => 0]]);
    $read = '$in = fopen("php://input", "r"); while (strlen($all = ($all ?? "") . fread($in, 8192)) < 49_152); '
        . 'touch(__DIR__ . "/../log/read-$name"); ';
    $scripts = ['header' => ['killed', 'sleep(30);'], 'body' =>
        [null, 'echo str_repeat("x", 10_000); flush(); sleep(30);'],
        'words' => ['segfault', 'echo str_repeat("x", 10_000); flush(); ' . untilReleased() . 'crashme("null-read");']];
    foreach ($scripts as $name => [$cause, $code]) {
        $server->script("$name.php", "\$name = '$name'; $read $code");
        [$pid] = $server->until(fn () => $server->workers(), 20, 'a worker');
        $request = $server->start("/$name.php", ['Content-Length' => 100_000], str_repeat('x', 49_152));
        $server->until(fn () => is_file("$server->dir/log/read-$name"), 20, 'it to have read all that there is');
        untilAsleep($server, $pid);
        if ($name === 'words') {
            fread($request->stream, 1); // so nginx has the answer
            release($server);
        } else {
            Server::kill($pid, 'KILL');
        }
        $server->until(fn () => isGone($pid), 20, 'its end');
        $server->finish($request); // it stays until nginx has noted that
        $server->records(array_search($name, array_keys($scripts)) + 1);
    }
    access($server, '/words.php');
    $incidents = array_filter(trace($server, 'nginx', 'records'),
        fn ($incident) => $incident['cause'] !== 'client_abort');
    same('unread', ['/header.php' => 'killed', '/words.php' => 'segfault'],
        array_combine(array_column(array_column($incidents, 'request'), 'path'), array_column($incidents, 'cause')));
    $header = array_values($incidents)[0];
    matches('unread', '~prematurely closed connection~', $header['nginx']['message']);
    $said = ob_get_clean();
    echo "--- nothing unread, $upstream\n$said"; // something, or it is taken for stuck
}

// The client has gone, and then the worker dies: nginx has closed the connection or, told to ignore that, goes on to
// the 104

foreach ([[false, 'unix'], [true, 'unix'], [true, 'tcp']] as [$ignores, $upstream]) {
    ob_start();
    $server = new Server(['upstream' => $upstream, 'nginx' => $ignores ? 'fastcgi_ignore_client_abort on;' : '',
        'ini' => ['fpmsentinel.peer_closed' => 0]]);
    $server->script('gone.php', 'sleep(30);');
    [$pid] = $server->workers();
    $request = $server->start('/gone.php');
    untilAsleep($server, $pid);
    fclose($request->stream);
    $ignores || $server->until(fn () => str_contains(file_get_contents("$server->dir/log/nginx.log"),
        'client prematurely closed'), 20, 'nginx to note it');
    Server::kill($pid, 'KILL');
    $server->records(1);
    access($server, '/gone.php');
    verdict($server, trace($server), '/gone.php', $ignores ? 'killed' : 'client_abort');
    $said = ob_get_clean();
    echo "--- the client has gone, $upstream\n$said"; // something, or it is taken for stuck
}

// A stopped worker; a header that nginx rejects; a worker in MSHUTDOWN; workers without a master

foreach (['unix', 'tcp'] as $upstream) {
    ob_start();
    $server = new Server(['upstream' => $upstream,
        'nginx' => 'location = /stopped.php { fastcgi_pass @UPSTREAM@; fastcgi_read_timeout 1s; }',
        'pool' => ['pm.max_requests' => 2], 'ini' => ['crashme.at' => 'mshutdown',
        'fpmsentinel.peer_closed' => 0]]);
    $server->script('invalid.php', 'header("X Y: z"); echo "hello";');
    $server->script('arm.php', 'crashme_arm(); echo "answer";');
    $server->script('stopped.php', untilReleased() . 'echo "late";');
    same('invalid', 502, $server->get('/invalid.php')->status);
    [$pid] = $server->workers();
    same('MSHUTDOWN', 200, $server->get('/arm.php')->status);
    $server->childExit($pid);
    [$pid] = $server->until(fn () => $server->workers(), 20, 'a worker');
    $request = $server->start('/stopped.php');
    untilAsleep($server, $pid);
    Server::kill($pid, 'STOP');
    same('stopped', 504, $server->finish($request)->status);
    release($server);
    Server::kill($pid, 'CONT');
    untilIdle($server, $pid);
    $server->signalMaster('KILL');
    $server->until(fn () => !$server->running(), 20, 'the master to end');
    same('without a master', 200, $server->get('/arm.php')->status);
    $incidents = trace($server);
    same('incidents', 2, count($incidents));
    verdict($server, $incidents, '/invalid.php', 'response_rejected', false, 'certain');
    verdict($server, $incidents, '/stopped.php', 'nginx_timeout', false, 'certain');
    $said = ob_get_clean();
    echo "--- no deaths, $upstream\n$said"; // something, or it is taken for stuck
}
?>
done
--EXPECT--
--- unix, parameters
--- tcp, neither
--- a part sent, unix, parameters
--- a part sent, tcp, neither
--- nothing unread, unix
--- nothing unread, tcp
--- the client has gone, unix
--- the client has gone, unix
--- the client has gone, tcp
--- no deaths, unix
--- no deaths, tcp
done
