--TEST--
A user who floods the coroner costs another user's records nothing: turns, bytes, files that take long to read
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

const WORKERS = 20;
const MIB = 1 << 20;

/** An ELF file with 2^20 functions that hold every address. */
function hostileElf(): string
{
    $symbols = str_repeat(pack('VCCvPP', 1, 0x12, 0, 1, 0, PHP_INT_MAX), MIB);
    $section = fn (int $type, int $at, int $size, int $link, int $each) =>
        pack('VVPPPPVVPP', 0, $type, 0, 0, $at, $size, $link, 0, 1, $each);
    $header = "\x7fELF\x02\x01\x01" . str_repeat("\0", 9)
        . pack('vvVPPPVvvvvvv', 3, 62, 1, 0, 0, 64, 0, 64, 56, 0, 64, 3, 2);
    $sections = $section(0, 0, 0, 0, 0) . $section(2, 4096, strlen($symbols), 2, 24) . $section(3, 0, 4096, 0, 0);
    return str_pad($header . $sections, 4096, "\0symbol") . $symbols;
}

$evil = ['user' => 'nobody', 'group' => 'nogroup', 'pm.max_children' => WORKERS];
$greedy = ['user' => 'daemon', 'group' => 'daemon', 'pm.max_children' => 10];
$server = new Server(['pools' => ['shop' => [], 'evil' => $evil, 'greedy' => $greedy],
    'ini' => ['fpmsentinel.max_per_minute' => 1000, 'fpmsentinel.sample_interval' => 0]]);
$server->script('shop/die.php', 'function checkout() { crashme("null-read"); } checkout();');
$server->script('greedy/die.php', 'crashme("abort");');
foreach (['shop', 'evil'] as $pool) {
    $server->script("$pool/sleep.php", 'sleep(600);');
}
$server->script('evil/flood.php', 'ini_set("crashme.output", __DIR__ . "/evil.so"); echo crashme("flood-elf", 200);');
$server->script('greedy/event.php', 'crashme("flood", 1);');
$server->script('greedy/flood.php', 'echo crashme("flood-large", 200);');
file_put_contents("$server->dir/docroot/evil/evil.so", hostileElf());
$ofPool = fn (string $pool, string $code) => array_values(
    array_filter($server->rawRecords(), fn ($line) => str_contains($line, "\"pool\":\"$pool\"")
    && str_contains($line, "\"code\":\"$code\"")));
$flood = function (string $pool, int $workers) use ($server, $ofPool): array {
    $requests = array_map(fn () => $server->start("/$pool/flood.php"), range(1, $workers));
    $server->until(fn () => $ofPool($pool, 'peer_closed'), 10, 'the flood');
    return $requests;
};

// Turns: 20 workers of one user die at once, and then one of another: that one is not the last, and comes before what
// is no death

$server->until(fn () => count($server->workers()) === WORKERS + 12, 10, 'the workers');
foreach (['evil' => WORKERS, 'shop' => 1] as $pool => $count) {
    $asleep = array_map(fn () => $server->start("/$pool/sleep.php"), range(1, $count));
    foreach ($server->workers() as $pid) {
        if (str_contains((string) @file_get_contents("/proc/$pid/cmdline"), "pool $pool")) {
            untilAsleep($server, $pid);
            $pids[] = $pid;
        }
    }
}
$before = count($server->rawRecords());
stopWaiting($server, $coroner = $server->coroner());
array_map($server->finish(...), array_map(fn () => $server->start('/greedy/event.php'), range(1, 5)));
array_map(fn ($pid) => Server::kill($pid, 'KILL'), $pids);
$areReplaced = fn () => !array_intersect($pids, $server->workers()) && count($server->workers()) === WORKERS + 12;
$server->until($areReplaced, 10, 'their end, and that of FPM\'s work on it');
Server::kill($coroner, 'CONT');
$server->until(fn () => count($server->rawRecords()) >= $before + WORKERS + 1 && $ofPool('greedy', 'peer_closed'), 10,
    'all records');
$new = array_slice($server->rawRecords(), $before);
same('turn', true, ($death = array_key_first(preg_grep('~"pool":"shop"~', $new))) < WORKERS - 1);
same('a death before events', true, $death < array_key_first(preg_grep('~"code":"peer_closed"~', $new)));

// Deaths while 20 workers of another pool name a file with 2^20 symbols: their records come meanwhile, and are whole

$requests = $flood('evil', WORKERS);
for ($n = 1; $n <= 4; $n++) {
    same("death $n", 502, $server->get("/shop/die.php?n=$n")->status);
    $record = json_decode($server->until(fn () => $ofPool('shop', 'segfault')[$n - 1] ?? null, 10, "record $n"), true);
    same("death $n: cause", 'segfault', $record['fpmsentinel']['cause']);
    same("death $n: names", true, str_contains(json_encode($record['fpmsentinel']['native']), 'crashme_null_read'));
    same("death $n: the flood goes on", false, feof($requests[WORKERS - 1]->stream));
}
foreach ($server->workers() as $pid) { // and of the flooding user as well
    if (str_contains((string) @file_get_contents("/proc/$pid/cmdline"), 'pool evil')) {
        Server::kill($pid, 'ABRT');
        break;
    }
}
$record = json_decode(current($server->until(fn () => $ofPool('evil', 'abort'), 10,
    'the record of the death among the events')), true);
same('own death', 'evil', $record['fpmsentinel']['pool']);
array_map($server->finish(...), $requests);
same('events', true, count($ofPool('evil', 'peer_closed')) >= WORKERS);

// Bytes: of no user's events more than 4 MiB a minute, by however many workers

$requests = $flood('greedy', 10); // 10 times 200 events of nearly 16,000 bytes
array_map($server->finish(...), $requests);
$bytes = array_sum(array_map('strlen', $ofPool('greedy', 'peer_closed')));
same('bytes', true, $bytes > MIB && $bytes < 9 * MIB); // it may be two minutes
same('a death all the same', 502, $server->get('/greedy/die.php')->status);
$server->until(fn () => $ofPool('greedy', 'abort'), 10, 'the record of a death after all that');

// What was dropped is said

$server->records(count($server->rawRecords())); // all valid
$server->signalMaster('TERM');
$server->until(fn () => preg_match('~fpmsentinel: \d+ events of user \d+ \(pool greedy\) were dropped within a minute: '
    . '~', $server->fpmLog()), 10, 'word of what was dropped');
same('left', [], $server->stop());
?>
done
--EXPECT--
done
