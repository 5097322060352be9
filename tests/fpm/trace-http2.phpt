--TEST--
fpmsentinel trace: HTTP/2, several requests at once on one connection of nginx's: each line gets its own record
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';

/** A frame of HTTP/2, and a header as HPACK has it without compression. */
function frame(int $type, int $flags, int $stream, string $payload): string
{
    return substr(pack('N', strlen($payload)), 1) . pack('CCN', $type, $flags, $stream) . $payload;
}

function field(string $name, string $value): string
{
    return "\0" . chr(strlen($name)) . $name . chr(strlen($value)) . $value;
}

/** Requests at once on one connection, without TLS; returns once all have been answered or reset. */
function together(string $address, array $paths): void
{
    $stream = stream_socket_client("tcp://$address");
    stream_set_timeout($stream, 60);
    $text = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . frame(4, 0, 0, '');
    foreach ($paths as $n => $path) {
        $text .= frame(1, 5, 2 * $n + 1, field(':method', 'GET') . field(':scheme', 'http') . field(':path', $path)
            . field(':authority', 'shop.example'));
    }
    fwrite($stream, $text);
    for ($open = count($paths); $open > 0; ) {
        $head = stream_get_contents($stream, 9);
        if (strlen($head) < 9) {
            throw new RuntimeException("$open requests have not been answered");
        }
        ['length' => $length, 'type' => $type, 'flags' => $flags] = unpack('Nlength/Ctype/Cflags', "\0$head");
        $length && stream_get_contents($stream, $length);
        if ($type === 4 && !($flags & 1)) {
            fwrite($stream, frame(4, 1, 0, '')); // settings, which want an acknowledgement
        }
        $open -= ($type <= 1 && $flags & 1) || $type === 3;
    }
    fclose($stream);
}

$deaths = ['null-read' => 'segfault', 'abort' => 'abort', '_exit' => 'exit_in_request',
    'divide-by-zero' => 'floating_point_error', 'memory' => 'memory_limit'];

foreach (['unix, parameters', 'tcp, parameters', 'unix, parameters, no last words', 'tcp, neither'] as $way) {
    ob_start();
    $h2 = stream_socket_get_name(stream_socket_server('tcp://127.0.0.1:0'), false);
    $php = template('script.conf') . (WAYS[$way]['parameters'] ?? true ? template('parameters.conf') : '');
    $server = serverFor($way, ['pool' => ['pm.max_children' => 4]]
        + parts(template('trace-http2.conf', ['LISTEN' => $h2, 'PHP' => $php])));
    $paths = [];
    foreach (array_keys($deaths) as $n => $what) {
        // of each kind two of the same path, and a request that lives
        $server->script("$what.php", $what === 'memory' ? 'str_repeat("x", 1 << 30);'
            : "usleep(20_000); crashme('$what');");
        $server->script("alive-$n.php", 'usleep(20_000); echo "alive";');
        array_push($paths, "/$what.php", "/alive-$n.php", "/$what.php");
    }
    together($h2, $paths);
    $server->records(2 * count($deaths));
    $access = $server->until(fn () => count($lines = accessLog($server)) === count($paths) ? $lines : null, 20,
        "nginx's access log");
    same('one connection', 1, count(array_unique(array_column($access, 'connection'))));

    $incidents = trace($server);
    $found = array_count_values(array_map(fn ($incident) => "{$incident['request']['path']} {$incident['cause']}",
        $incidents));
    $expected = array_combine(array_map(fn ($what) => "/$what.php $deaths[$what]", array_keys($deaths)),
        array_fill(0, count($deaths), 2));
    ksort($found);
    ksort($expected);
    same('verdicts', $expected, $found);
    $ids = array_map(fn ($incident) => $incident['record']['id'] ?? 'none', $incidents);
    same('each its own record', count($incidents), count(array_unique(array_diff($ids, ['none']))));
    $said = ob_get_clean();
    echo $said === '' ? '' : "--- $way\n$said";
}
?>
done
--EXPECT--
done
