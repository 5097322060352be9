--TEST--
Several threads run PHP in one worker: a record shows the request and the stack of the thread that died only
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$begin = 'ini_set("crashme.script", __DIR__ . "/thread.php"); @unlink(__DIR__ . "/../temp/begun");';
$wait = 'while (!file_exists(__DIR__ . "/../temp/begun")) usleep(1000);';
$status = 'json_encode(array_intersect_key(fpmsentinel_status(), ["watched" => 0, "several_threads" => 0, '
    . '"event_id" => 0])'
    . ' + ["annotated" => fpmsentinel_annotate("by", "it"), "info" => str_contains(info(), "several run PHP")])';
$info = 'function info() { ob_start(); phpinfo(INFO_MODULES); return ob_get_clean(); }';

$server = new Server;
chmod("$server->dir/temp", 0777);
$server->script('one.php', "$info echo $status;");
$server->script('two.php', "$info $begin echo json_encode(crashme('php-threads', 1)), ' ', $status;");
$server->script('thread.php', "$info file_put_contents(__DIR__ . '/../temp/status', $status); undefined_function();");
$id = '"event_id":"[0-9a-f]{32}","annotated":true';
matches('one thread', "~^\{\"watched\":true,\"several_threads\":false,$id,\"info\":false\}$~",
    $server->get('/one.php')->body);
if (!PHP_ZTS) { // there can't be another
    matches('without ZTS', "~^false \{\"watched\":true,\"several_threads\":false,$id,\"info\":false\}$~",
        $server->get('/two.php')->body);
    die('done');
}
matches('two threads', "~^true \{\"watched\":true,\"several_threads\":true,$id,\"info\":true\}$~",
    $server->get('/two.php')->body);
same('the second thread', '{"watched":false,"several_threads":true,"annotated":false,"info":true}',
    file_get_contents("$server->dir/temp/status"));
same('an error in the second thread', [], $server->records(0));
$server->stop();

/**
 * The request that runs second() in a thread of its own and then, once that has begun, first(); how it ends, and its
 * record.
 */
function both(string $first, string $second, ?callable $meanwhile = null): array
{
    global $begin, $wait;
    $server = play(function (Server $server) use ($first, $second, $meanwhile, $begin, $wait) {
        chmod("$server->dir/temp", 0777);
        $server->script('thread.php', "function second() {\n    touch(__DIR__ . "
            . "'/../temp/begun');\n    $second\n}\nsecond();");
        $server->script('both.php', "function first() {\n    $first\n}\n$begin crashme('php-threads'); $wait first();");
        [$pid] = $server->workers();
        $request = $server->start('/both.php');
        if ($meanwhile) {
            $server->until(fn () => file_exists("$server->dir/temp/begun"), 10, 'the second thread');
            $meanwhile($server, $pid);
        }
        $answer = $server->finish($request);
        return [$answer->status, $server->childExit($pid)];
    });
    [$record] = $server->records(1);
    return [$server, $record, $server->childExit($record['process']['pid'])];
}

$stack = fn (array $record) => implode(', ', array_column($record['fpmsentinel']['php']['stack'] ?? [], 'function'));
$sleep = 'for (;;) usleep(100_000);';

// In the second thread: its own stack, and nothing of the request that FPM serves
foreach (['segfault' => ['null-write', 0, 'signal 11 (SIGSEGV'], 'abort' => ['abort', 0, 'signal 6 (SIGABRT'],
    'exit_in_request' => ['exit', 3, 'code 3']] as $cause => [$what, $arg, $exit]) {
    [$server, $record, $found] = both($sleep, "crashme('$what', $arg);");
    $ours = $record['fpmsentinel'];
    same("second: $cause", $cause, $ours['cause']);
    same("second: $cause: died", true, str_starts_with($found, "exited on $exit")
        || str_starts_with($found, "exited with $exit"));
    same("second: $cause: request", [], array_intersect_key($record,
        ['http' => 0, 'url' => 0, 'client' => 0, 'trace' => 0]));
    same("second: $cause: ours", [], array_intersect_key($ours,
        ['request' => 0, 'nginx' => 0, 'limits' => 0, 'phase' => 0, 'requests_served' => 0]));
    same("second: $cause: stack", 'crashme, second, {main}', $stack($record));
    same("second: $cause: incomplete", ['memory'], $ours['incomplete']);
    matches("second: $cause: evidence", '~several threads run PHP in this process~', implode("\n", $ours['evidence']));
    matches("second: $cause: message", '~, in one of several PHP threads in crashme\(\) called at .*/thread\.php:3$~',
        $record['message']);
    same("second: $cause: words", [], preg_grep('~FastCGI sent in stderr: "fpmsentinel~',
        array_column($server->nginxErrors(), 'message')));
    $server->stop();
}

// In a thread that is none of PHP's: no stack at all is known to be its own
[$server, $record] = both("crashme('thread-segv');", $sleep);
same('neither: cause', 'segfault', $record['fpmsentinel']['cause']);
same('neither: stack', [false, ''], [isset($record['url']), $stack($record)]);
$server->stop();

// In the first thread, and of both at once: the request that FPM serves
[$server, $record] = both("crashme('null-write');", $sleep);
recordIs($server, $record, 'segfault', '/both.php');
same('first: stack', 'crashme, first, {main}', $stack($record));
same('first: incomplete', [], $record['fpmsentinel']['incomplete']);
$server->stop();
[$server, $record] = both("crashme('nap', 30_000);", $sleep, function (Server $server, int $pid) {
    untilSampled($server, $pid);
    Server::kill($pid, 'KILL');
});
recordIs($server, $record, 'killed', '/both.php');
same('both: stack', 'crashme, first, {main}', $stack($record));
$server->stop();

/** Runs both in php on the command line: what it printed, its exit status, and the records. */
function commandLine(string $first, string $second): array
{
    $dir = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
    mkdir($dir);
    file_put_contents("$dir/first.php", "<?php function first() {\n    $first\n}\nfirst();");
    file_put_contents("$dir/second.php", "<?php function second() {\n    $second\n}\nsecond();");
    $ini = ['extension=' . Server::path('TEST_FPMSENTINEL_SO'), 'extension=' . Server::path('TEST_CRASHME_SO'),
        "fpmsentinel.log=$dir/log",
        "crashme.script=$dir/second.php", 'display_errors=0'];
    $options = implode(' ', array_map(fn ($directive) => '-d ' . escapeshellarg($directive), $ini));
    exec('exec 2>&1; ' . escapeshellarg(PHP_BINARY) . " -n $options $dir/first.php", $lines, $status);
    $records = is_file("$dir/log") ? array_map(fn ($line) => json_decode($line, true), file("$dir/log")) : [];
    exec("rm -r $dir");
    return [implode("\n", $lines), $status, $records];
}

[, $status, [$record]] = commandLine("crashme('php-threads', 1);", "crashme('null-write');");
same('command line, second: end', [139, 'segfault', 'crashme, second, {main}', false],
    [$status, $record['fpmsentinel']['cause'], $stack($record), isset($record['fpmsentinel']['request'])]);
[, $status, [$record]] = commandLine("crashme('php-threads', 1); crashme('null-write');", '');
same('command line, first: end', [139, 'segfault', 'crashme, first, {main}', true],
    [$status, $record['fpmsentinel']['cause'], $stack($record), isset($record['fpmsentinel']['request'])]);

// Many at once, busy with all that has a hook, and each in other requests; then an end in good order
$busy = 'for ($i = 0; $i < 300; $i++) { try { eval("throw new Exception($i);"); } catch (Exception) { '
    . 'fpmsentinel_status(); @trigger_error("no"); } }';
foreach (range(1, 5) as $time) {
    $found = commandLine("for (\$n = 0; \$n < 5; \$n++) { crashme('php-threads', 8); } echo 'done';",
        "$busy undefined_function();");
    same("storm $time", ['done', 0, []], $found);
}
?>
done
--EXPECT--
done
