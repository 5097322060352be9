--TEST--
fpmsentinel trace: kept connections, recycled workers: a failed POST, a repeated GET, a crash that kills two
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; needs('strace'); ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';

$kept = array_diff_key(parts(template('kept.conf', ['KEEPALIVE' => 'keepalive 4;', 'KEEP' => 'on'])), ['plain' => '']);

/**
 * Three requests to a worker that serves two: nginx sends the third one down the connection that the worker is about to
 * close.
 */
function race(Server $server, ?string $body): void
{
    $server->script('kept/hello.php', 'echo "hello";');
    $release = holdAtClose($server, $server->workers()[0]);
    $statuses = array_map(fn ($n) => $server->get('/kept/hello.php', [], $body)->status, range(1, 3));
    same('statuses', [200, 200, $body === null ? 200 : 502], $statuses);
    matches('by nginx', '~prematurely closed~', file_get_contents("$server->dir/log/nginx.log"));
    $release();
}

/** @return list<string> each verdict once */
function causes(Server $server, string ...$logs): array
{
    $causes = array_unique(array_column(trace($server, ...$logs), 'cause'));
    sort($causes);
    return $causes;
}

foreach (['unix', 'tcp'] as $upstream) {
    $options = $kept + ['upstream' => $upstream, 'pool' => ['pm.max_children' => 1, 'pm.max_requests' => 2]];

    // a POST fails: the record of a worker that was recycled, or FPM's log alone

    $server = new Server($options + ['ini' => ['fpmsentinel.lifecycle' => 1]]);
    race($server, 'a=b');
    $server->until(fn () => preg_grep('~"recycled"~', $server->rawRecords()), 20,
        'a record of a worker that was recycled');
    $server->until(fn () => causes($server, 'nginx', 'records') === ['keepalive_race'], 20, 'the record of that one');
    $server->until(fn () => str_contains($server->fpmLog(), 'exited with code 0'), 20, "FPM's log");
    same('by the log of FPM', ['keepalive_race'], causes($server, 'nginx', 'fpm-log'));
    same('by nothing', ['unexplained'], causes($server, 'nginx'));
    $incident = trace($server, 'nginx', 'records')[0];
    matches('why', '~a record reports a worker that was recycled at that time~', $incident['why']);

    // a GET is sent again: who asked has got an answer, as nginx's access log knows

    $server = new Server($options);
    race($server, null);
    $server->until(fn () => str_contains($server->fpmLog(), 'exited with code 0'), 20, "FPM's log");
    same('by the log of FPM', ['keepalive_race'], causes($server, 'nginx', 'fpm-log', 'access'));
    same('by the access log', ['retried'], causes($server, 'nginx', 'access'));
}

// A GET that crashes on a kept connection is sent again, and crashes again

$server = new Server($kept + ['pool' => ['pm.max_children' => 2]]);
$server->script('kept/hello.php', 'echo "hello";');
$server->script('kept/crash.php', 'crashme("null-read");');
same('hello', 200, $server->get('/kept/hello.php')->status);
same('crash', 502, $server->get('/kept/crash.php')->status);
$records = $server->records(2);
$incidents = trace($server);
same('causes', ['segfault', 'segfault'], array_column($incidents, 'cause'));
same('certainty', ['certain', 'certain'], array_column($incidents, 'certainty'));
$ids = array_map(fn ($incident) => $incident['record']['id'], $incidents);
sort($ids);
$told = array_map(fn ($record) => $record['event']['id'], $records);
sort($told);
same('each its own record', $told, $ids);
same('sent again', [true, false], array_map(fn ($incident) => $incident['sent_again'] ?? false, $incidents));
?>
done
--EXPECT--
done
