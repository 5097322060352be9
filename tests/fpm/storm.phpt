--TEST--
Deaths of mixed kinds under load in two pools of different users: one record each, none lost, none twice
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$deaths = (int) (getenv('TEST_DEATHS') ?: 120);
const KINDS = ['hello', 'null-read', 'hello', 'abort', 'c-recursion', 'hello', 'kill', 'exit', 'hello', '_exit', 'term',
    'hello', 'fatal'];
const CAUSES = ['null-read' => 'segfault', 'abort' => 'abort', 'c-recursion' => 'stack_overflow', 'kill' => 'killed',
    'exit' => 'exit_in_request', '_exit' => 'exit_in_request', 'term' => 'terminated', 'fatal' => 'uncaught_exception'];

// The load's own clients hang up when it is stopped, which on a busy machine is noticed in a request
$server = new Server(['pool' => ['pm.max_children' => 6], 'ini' => ['fpmsentinel.peer_closed' => 0],
    'pools' => ['two' => ['user' => 'nobody', 'group' => 'nogroup', 'pm.max_children' => 6,
    'php_admin_value[fpmsentinel.log]' => sys_get_temp_dir() . '/fps-two-' . bin2hex(random_bytes(6))
        . '/records.jsonl']]]);
$second = dirname(preg_match('~^php_admin_value\[fpmsentinel\.log\] = (.*)$~m',
    file_get_contents("$server->dir/fpm.conf"), $match) ? $match[1] : '');
mkdir($second);
chown($second, 'nobody');
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($second)));
$code = 'switch ($_GET["what"]) {
    case "hello": usleep(1000); echo "hello"; break;
    case "kill": crashme("kill-self", 9); break;
    case "term": crashme("kill-self", 15); break;
    case "fatal": undefined(); break;
    default: crashme($_GET["what"], 3);
}';
$server->script('storm.php', $code);
$server->script('two/storm.php', $code);
$coroner = $server->coroner();
foreach (['', '/two'] as $i => $pool) {
    $server->script("$pool/hello.php", 'echo "hello";');
    $load[] = proc_open(['wrk', '--threads=1', '--connections=2', '--duration=1h',
        "http://$server->address$pool/hello.php"],
        [['file', '/dev/null', 'r'], ['file', "$server->dir/log/wrk$i", 'w']], $pipes);
}
$open = fn () => count(glob("/proc/$coroner/fd/*"));

// Eight requests at a time, and whatever else the machine can do

$wanted = [];
$running = [];
for ($sent = 0, $died = 0; $died < $deaths; $sent++) {
    $what = KINDS[$sent % count(KINDS)];
    $path = ($sent % 2 ? '/two' : '') . "/storm.php?what=$what&n=$sent";
    $running[] = [$server->start($path), $what];
    $died += isset(CAUSES[$what]);
    if (count($running) >= 8) {
        [$request, $what] = array_shift($running);
        same($what, $what === 'hello' ? 200 : ($what === 'fatal' ? 500 : 502), $server->finish($request)->status);
    }
}
foreach ($running as [$request]) {
    $server->finish($request);
}
foreach ($load as $i => $wrk) {
    proc_terminate($wrk, 2);
    proc_close($wrk);
    matches('load', '~^ *[1-9]\d+ requests in (?!.*Non-2xx)~ms', file_get_contents("$server->dir/log/wrk$i"));
}

// Each request that died has its record, in the log of its pool, and no other has one

$accessLog = array_map(fn ($line) => json_decode($line, true),
    preg_grep('~/storm\.php~', file("$server->dir/log/access.log")));
$byId = [];
foreach ([$server->log => 'www', "$second/records.jsonl" => 'two'] as $log => $pool) {
    $server->log = $log;
    $ofPool = array_filter($accessLog, fn ($line) => str_starts_with($line['uri'], '/two/') === ($pool === 'two')
        && isset(CAUSES[preg_replace('~.*what=([^&]*).*~', '$1', $line['uri'])]));
    foreach ($server->records(count($ofPool)) as $record) {
        same('pool', $pool, $record['fpmsentinel']['pool']);
        same('twice', false, isset($byId[$record['http']['request']['id']]));
        $byId[$record['http']['request']['id']] = $record['fpmsentinel']['cause'];
    }
    same("$pool: user", $pool === 'two' ? 'nobody' : 'root', trim(shell_exec("stat -c %U $log")));
}
foreach ($accessLog as $line) {
    $what = preg_replace('~.*what=([^&]*).*~', '$1', $line['uri']);
    same($line['uri'], CAUSES[$what] ?? null, $byId[$line['request_id']] ?? null);
}

// Nothing is left over

$server->until(fn () => count($server->workers()) === 12, 10, 'the workers');
// its own, and a pidfd and a bell for each worker
$server->until(fn () => $open() <= 2 * 12 + 10, 10, 'the coroner to close what it does not need');
same('left', [], $server->stop());
?>
done
--EXPECT--
done
