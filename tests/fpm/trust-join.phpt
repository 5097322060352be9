--TEST--
fpmsentinel trace: a compromised worker whose records name another pool's request does not explain that request
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';

// an id in them would decide
$server = new Server(['pools' => ['shop' => [], 'evil' => []], 'ini' => ['fpmsentinel.last_words' => 0]]);
$server->script('shop/sleep.php', 'file_put_contents(__DIR__ . "/connection.tmp", $_SERVER["NGINX_CONNECTION"]);
    rename(__DIR__ . "/connection.tmp", __DIR__ . "/connection"); sleep(60);');
$server->script('evil/pose.php', 'crashme("pose", (int) $_GET["connection"]);');
chmod("$server->dir/docroot/shop", 0777);

// Another pool dies as if it were the request that shop serves; then shop dies

$sleep = $server->start('/shop/sleep.php');
$server->until(fn () => is_file("$server->dir/docroot/shop/connection"), 10, 'the request');
$connection = (int) file_get_contents("$server->dir/docroot/shop/connection");
same('pose', 502, $server->get("/evil/pose.php?connection=$connection")->status);
[$forged] = $server->records(1);
same('forged', ["$server->dir/evil.sock", $connection, '/shop/sleep.php'],
    [$forged['fpmsentinel']['listen'], $forged['fpmsentinel']['nginx']['connection'] ?? null, $forged['url']['path']]);
[$shop] = array_values(array_filter($server->workers(),
    fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/cmdline"), 'pool shop')));
Server::kill($shop, 'KILL');
same('killed', 502, $server->finish($sleep)->status);
$records = $server->records(2);

$incident = verdict($server, trace($server, 'nginx', 'records'), '/shop/sleep.php', 'killed');
same('its record', [$shop, 'shop', "$server->dir/shop.sock"],
    [$incident['record']['pid'], $incident['record']['pool'], $incident['record']['listen']]);
same('joined', true, str_starts_with($incident['why'], "its record, found by nginx's process and connection number"));

// Where the true record is missing, the forged one is no more than possible, and the reason is said

file_put_contents($server->log, json_encode($forged, JSON_UNESCAPED_SLASHES) . "\n");
[$incident] = array_values(array_filter(trace($server, 'nginx', 'records'),
    fn ($incident) => $incident['request']['path'] === '/shop/sleep.php'));
same('forged: verdict', ['segfault', 'possible'], [$incident['cause'], $incident['certainty']]);
same('both addresses', [true, true], [str_contains($incident['why'], "$server->dir/shop.sock"),
    str_contains($incident['why'], "$server->dir/evil.sock")]);

// A record of an earlier version says nothing of where its pool listens, and is not believed as one that does

[, $true] = $records;
unset($true['fpmsentinel']['listen']);
file_put_contents($server->log, json_encode($forged, JSON_UNESCAPED_SLASHES) . "\n"
    . json_encode($true, JSON_UNESCAPED_SLASHES) . "\n");
verdict($server, trace($server, 'nginx', 'records'), '/shop/sleep.php', 'killed', certainty: 'probable');
same('processes left', [], $server->stop());
?>
done
--EXPECT--
done
