--TEST--
A compromised worker: what it writes into its slot is believed of itself only, and takes nobody's turn
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$server = new Server(['pools' => ['shop' => [], 'evil' => []], 'ini' => ['fpmsentinel.max_per_minute' => 60]]);
$server->script('shop/sleep.php', 'sleep(60);');
$server->script('evil/forge.php', 'crashme("forge", (int) $_GET["pid"]);');
$server->script('evil/noise.php', 'crashme("noise", (int) $_GET["how"]);');
$server->script('evil/flood.php', 'echo crashme("flood", 3000);');
$server->script('hello.php', 'echo "hello";');
$pidOf = fn (string $pool) => current($server->until(fn () => array_filter($server->workers(),
    fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/cmdline"), "pool $pool")), 10,
    "a worker of $pool"));

// Another pool's name, address, process, and a log of root's

$shop = $pidOf('shop');
$sleep = $server->start('/shop/sleep.php');
untilAsleep($server, $shop);
$evil = $pidOf('evil');
$passwd = file_get_contents('/etc/passwd');
same('forged: status', 502, $server->get("/evil/forge.php?pid=$shop")->status);
[$record] = $server->records(1);
$ours = $record['fpmsentinel'];
same('forged: who', [$evil, $server->masterPid, 'evil', "$server->dir/evil.sock", 'segfault'],
    [$record['process']['pid'], $record['process']['parent']['pid'], $ours['pool'], $ours['listen'], $ours['cause']]);
same('forged: id', false, str_contains($record['event']['id'], '000000000000002a'));
same('forged: time', true, abs(strtotime($record['@timestamp']) - time()) < 60);
same('forged: log', $passwd, file_get_contents('/etc/passwd'));

// Noise: what the kernel and the hello say

foreach ([1 => 'segfault', 2 => 'segfault', 3 => 'killed'] as $how => $cause) {
    $evil = $pidOf('evil');
    $before = count($server->rawRecords());
    same("noise $how: status", 502, $server->get("/evil/noise.php?how=$how")->status);
    $server->childExit($evil);
    $record = $server->records($before + 1)[$before]; // valid by the schema
    same("noise $how: who", [$evil, 'evil', "$server->dir/evil.sock"],
        [$record['process']['pid'], $record['fpmsentinel']['pool'], $record['fpmsentinel']['listen']]);
    same("noise $how: cause", $cause, $record['fpmsentinel']['cause']);
}

// More events than anybody may have, and another pool's death meanwhile

$before = count($server->rawRecords());
$flood = $server->start('/evil/flood.php');
$server->until(fn () => count($server->rawRecords()) > $before, 10, 'the flood');
Server::kill($shop, 'KILL');
same('killed', 502, $server->finish($sleep)->status);
same('flood', '3000', $server->finish($flood)->body);
$server->until(fn () => preg_grep('~"code":"killed".*"pool":"shop"~', $server->rawRecords()), 10,
    'the record of the other pool');
$events = preg_grep('~"code":"peer_closed"~', $server->rawRecords());
same('events', true, count($events) >= 60 && count($events) <= 240); // in two minutes, if one ends meanwhile
$server->signalMaster('TERM'); // what is dropped is said once a minute, and at the end
$dropped = fn () => preg_match_all('~fpmsentinel: (\d+) events of user \d+ \(pool evil\) were dropped within a minute~',
    $server->fpmLog(), $match) ? array_sum($match[1]) : 0;
$server->until(fn () => $dropped() >= 2000, 10, 'word of what was dropped');
same('processes left', [], $server->stop());
?>
done
--EXPECT--
done
