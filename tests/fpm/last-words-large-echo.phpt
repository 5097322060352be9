--TEST--
SIGTERM in the middle of a large echo to a slow reader: no byte of ours in the page
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

const TIMES = 20;

foreach (['unix', 'tcp'] as $upstream) {
    $server = new Server(['upstream' => $upstream, 'nginx' => 'fastcgi_max_temp_file_size 0;']);
    $server->script('echo.php', 'echo str_repeat("x", 50 << 20);');
    for ($i = 0; $i < TIMES; $i++) {
        [$pid] = $server->until(fn () => $server->workers(), 10, 'a worker');
        $request = $server->start('/echo.php');
        $page = stream_get_contents($request->stream, random_int(1, 1 << ($i + 3)));
        $kill = proc_open(['sh', '-c', "kill -TERM $pid"], [], $pipes);
        while (($part = fread($request->stream, random_int(1, 8192))) !== '' && $part !== false) {
            $page .= $part; // goes on while the signal comes: there is room again for words of ours
        }
        proc_close($kill);
        same("$i: exit", 'exited on signal 15 (SIGTERM)', $server->childExit($pid));
        [$head, $body] = explode("\r\n\r\n", $page, 2) + ['', ''];
        same("$i: page", [false, strlen($body)],
            [str_contains($page, 'fpmsentinel'), strspn($body, "x0123456789abcdef\r\n")]); // sizes of chunks
    }
    $records = $server->records(TIMES);
    same('causes', array_fill(0, TIMES, 'terminated'), array_column(array_column($records, 'fpmsentinel'), 'cause'));
    $requests = array_map(fn ($record) => $record['http']['request']['id'], $records);
    same('requests', array_column(accessLog($server), 'request_id'), $requests);
}
?>
done
--EXPECT--
done
