--TEST--
fpmsentinel trace: whatever stands around every line, as each file or all in one stream, the verdicts are the same
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
putenv('TZ=UTC');
mkdir($dir = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6)));
register_shutdown_function(fn () => exec("rm -rf $dir"));
$tool = realpath(__DIR__ . '/../../bin/fpmsentinel');

const JSON = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE;
$stamp = '2026-05-12T10:00:00.123456789Z';
$cri = fn ($line) => "$stamp stderr F $line";
$wrappings = [
    'compose' => fn ($line) => "shop-1  | $line",
    'compose, colours' => fn ($line) => "\e[36mshop-1  | \e[0m$line",
    'compose, times' => fn ($line) => "shop_1  | $stamp $line",
    'CRI' => $cri,
    'CRI, in pieces' => fn ($line) =>
        "$stamp stderr P " . substr($line, 0, 30) . "\n$stamp stderr F " . substr($line, 30),
    'docker logs -t' => fn ($line) => "$stamp $line",
    'json-file' => fn ($line) => json_encode(['log' => "$line\n", 'stream' => 'stderr', 'time' => $stamp], JSON),
    'Docker Desktop' => fn ($line) => "2026-05-12 10:00:00 $line",
    'swarm' => fn ($line) => "shop.1.x8k2@node1    | $line",
    'kubectl' => fn ($line) => "[pod/shop-6c9f/shop] $line",
    'foreman' => fn ($line) => "10:00:00 shop.1   | $line",
    'RFC 3164' => fn ($line) => "<187>May 12 10:00:00 web1 shop[31]: $line",
    'RFC 5424' => fn ($line) => "<187>1 $stamp web1 shop 31 - - $line",
    'journalctl' => fn ($line) => "May 12 10:00:00 web1 shop[31]: $line",
    'journalctl -o short-iso' => fn ($line) => "2026-05-12T10:00:00+0000 web1 shop[31]: $line",
    'journalctl -o short-full' => fn ($line) => "Tue 2026-05-12 10:00:00 UTC web1 shop[31]: $line",
    'journalctl -o json' => fn ($line) =>
        json_encode(['_HOSTNAME' => 'web1', 'SYSLOG_IDENTIFIER' => 'shop', 'MESSAGE' => $line], JSON),
    'journalctl -o json, bytes' => fn ($line) =>
        json_encode(['_HOSTNAME' => 'web1', 'MESSAGE' => array_values(unpack('C*', $line))]),
    'export' => fn ($line) =>
        json_encode(['textPayload' => $line, 'resource' => ['labels' => ['pod_name' => 'shop-1']]], JSON),
    'export, pretty' => fn ($line) =>
        json_encode(['jsonPayload' => ['message' => $line], 'severity' => 'ERROR'], JSON | JSON_PRETTY_PRINT),
    'Elastic' => fn ($line) =>
        json_encode(['_index' => 'a', '_source' => ['message' => $line, 'host' => ['name' => 'web1']]], JSON),
    'Loki' => fn ($line) => json_encode(['labels' => ['container' => 'shop'], 'line' => $line], JSON),
    'fluent-bit around CRI' => fn ($line) =>
        json_encode(['log' => $cri($line), 'kubernetes' => ['pod_name' => 'shop-1']], JSON),
    'compose around json-file' => fn ($line) =>
        'shop-1 | ' . json_encode(['log' => "$line\n", 'stream' => 'stderr'], JSON),
    'CSV' => fn ($line) => '"2026-05-12 10:00:00.123","' . str_replace('"', '""', $line) . '"',
    'logfmt' => fn ($line) => 'ts=2026-05-12T10:00:00Z level=error msg="' . addcslashes($line, '"\\') . '"',
    'labels' => fn ($line) => "$stamp {container=\"shop\", pod=\"shop-6c9f\"} $line",
    'aws logs tail' => fn ($line) => "$stamp shop/shop/0123456789abcdef $line",
    'grep' => fn ($line) => "/var/log/shop.log:12:$line",
    'tail' => fn ($line) => "==> /var/log/shop.log <==\n$line",
    'quoted' => fn ($line) => "> $line",
    'numbered' => fn ($line) => "     7\t$line",
    'non-breaking blanks' => fn ($line) => strtr($line, [' ' => "\u{a0}"]),
    'quotes' => fn ($line) => strtr($line, ['&' => '&amp;', '"' => '&quot;']),
    'CR LF' => fn ($line) => "$line\r",
    'journalctl -o short-monotonic' => fn ($line) => "[  123.456789] web1 shop[31]: $line",
    'journalctl -o export' => fn ($line) => "__CURSOR=s=ab\n_HOSTNAME=web1\nMESSAGE=$line\n",
    'multilog' => fn ($line) => "@400000006a02f7ea075bcd15 $line",
    'tab of rsyslog' => fn ($line) => "May 12 10:00:00 web1 shop[31]: #011$line",
    'diff' => fn ($line) => "+$line",
    'near a match' => fn ($line) => "shop.log-12-$line",
    'YAML' => fn ($line) => "- severity: ERROR\n  textPayload: " . json_encode($line, JSON),
    'Python' => fn ($line) => "b'" . addcslashes($line, "'\\") . "\\n'",
    'Python, dictionary' => fn ($line) => "{'stream': 'stderr', 'log': '" . addcslashes($line, "'\\") . "\\n'}",
    'YAML, single quotes' => fn ($line) => "  textPayload: '" . strtr($line, ["'" => "''"]) . "'",
    'Ruby' => fn ($line) => '{ "host" => "web1", "message" => ' . json_encode($line, JSON) . ' }',
    'queue' => fn ($line) => 'key' . ($GLOBALS['key'] = ($GLOBALS['key'] ?? 0) + 1) . "\t"
        . json_encode(['message' => $line], JSON),
    'CDATA' => fn ($line) => "<event><message><![CDATA[$line]]></message></event>",
    'numbered signs' => fn ($line) => strtr($line, ['&' => '&#x26;', '"' => '&#34;', "'" => '&#39;']),
    'semicolons' => fn ($line) => 'web1;"' . str_replace('"', '""', $line) . '"',
    'fields in lists' => fn ($line) => json_encode(['fields' => ['message' => [$line], 'host.name' => ['web1']]], JSON),
    'OpenTelemetry' => fn ($line) => json_encode(['resourceLogs' => [[
        'resource' => ['attributes' => [['key' => 'service.name', 'value' => ['stringValue' => 'shop']]]],
        'scopeLogs' => [['logRecords' => [['body' => ['stringValue' => $line]]]]]]]], JSON),
    'message with bytes' => fn ($line) =>
        json_encode(['Log_s' => json_encode(['MESSAGE' => array_values(unpack('C*', $line))])]),
];
// around all lines of a file at once
$documents = [
    'Loki' => fn ($lines) => json_encode(['status' => 'success', 'data' => ['result' => [[
        'stream' => ['pod' => 'shop-1'],
        'values' => array_map(fn ($line) => ['1778580000000000000', $line], $lines)]]]], JSON),
    'Elasticsearch' => fn ($lines) => json_encode(['hits' => ['hits' => array_map(
        fn ($line) => ['_source' => ['message' => $line]], $lines)]], JSON | JSON_PRETTY_PRINT),
    'output of a command' => fn ($lines) => json_encode(['Output' => implode("\n", $lines) . "\n"], JSON),
    'output of compose' => fn ($lines) => json_encode(['stdout' => implode("\n", array_map(
        $wrappings['compose'], $lines))], JSON),
    'string' => fn ($lines) => json_encode(implode("\n", $lines), JSON),
    'no newline' => fn ($lines) => implode('', array_map(fn ($line) => json_encode(['msg' => $line], JSON), $lines)),
    // known by a file's first 4 KiB
    'carriage returns' => fn ($lines) => implode($end = strlen($lines[0]) < 4000 ? "\r" : "\n", $lines) . $end,
    'HTML' => fn ($lines) => '<!DOCTYPE html><html><body><pre>' . implode("\n", array_map(
        fn ($line) => htmlspecialchars($line, ENT_QUOTES | ENT_SUBSTITUTE), $lines)) . '</pre></body></html>',
    'pretty, a row for each line' => fn ($lines) => implode("\n", array_map(
        $wrappings['CSV'], explode("\n", implode("\n", array_map($wrappings['export, pretty'], $lines))))),
];
// one in another
foreach (['Docker Desktop, CRI', 'json-file, CRI, in pieces', 'aws logs tail, compose', 'CSV, RFC 3164',
    'quoted, CRI', 'CSV, Elastic', 'labels, logfmt', 'kubectl, docker logs -t', 'RFC 5424, compose',
    'grep, compose, times'] as $both) {
    [$outer, $inner] = explode(', ', $both, 2);
    $wrappings["$outer around $inner"] = fn ($line) =>
        implode("\n", array_map($wrappings[$outer], explode("\n", $wrappings[$inner]($line))));
}

/** Time, path, cause and certainty of each incident. */
function verdicts(string $arguments): string
{
    exec("$GLOBALS[tool] trace $arguments --format ndjson 2>/dev/null", $lines);
    $found = '';
    foreach ($lines as $line) {
        $incident = json_decode($line, true, flags: JSON_THROW_ON_ERROR);
        $found .= implode(' ', [$incident['time'], $incident['request']['path'] ?? '?', $incident['cause'],
            $incident['certainty'], $incident['nginx']['status'] ?? '-']) . "\n";
    }
    return $found;
}

function compare(string $what, string $expected, string $found): void
{
    if ($found !== $expected) {
        echo "$what:\n";
        [$before, $now] = [explode("\n", $expected), explode("\n", $found)];
        echo '- ', implode("\n- ", array_diff($before, $now)), "\n+ ", implode("\n+ ", array_diff($now, $before)), "\n";
    }
}

$count = $turn = 0;
foreach (glob(__DIR__ . '/*/nginx.txt') as $log) {
    $files = glob(dirname($log) . '/{nginx,records,fpm,access}.{txt,jsonl}', GLOB_BRACE);
    $name = basename(dirname($log));
    if ($name === 'broken') {
        continue; // what nobody can read is another thing in a wrapper
    }
    $expected = verdicts(implode(' ', $files));
    foreach ($wrappings as $form => $wrap) {
        // all of them around two folders, each fourth around the others
        if (++$turn % 4 && !in_array($name, ['shop', 'keepalive'], true)) {
            continue;
        }
        $all = '';
        foreach ($files as $file) {
            $wrapped = implode("\n", array_map($wrap, file($file, FILE_IGNORE_NEW_LINES))) . "\n";
            file_put_contents("$dir/" . basename($file), $wrapped);
            $all .= $wrapped;
        }
        compare("$name, $form", $expected, verdicts($dir));
        array_map(unlink(...), glob("$dir/*"));
        if (!str_contains($form, 'CR LF')) {
            file_put_contents("$dir/all", $all);
            compare("$name, $form, one stream", $expected, verdicts("- <$dir/all"));
            unlink("$dir/all");
        }
        $count++;
    }
    foreach ($documents as $form => $document) {
        foreach ($files as $file) {
            file_put_contents("$dir/" . basename($file), $document(file($file, FILE_IGNORE_NEW_LINES)));
        }
        compare("$name, document: $form", $expected, verdicts($dir));
        array_map(unlink(...), glob("$dir/*"));
    }
}
// what README shows to be pasted, and what comes of it
$paste = __DIR__ . '/paste/compose.txt';
exec("$tool trace $paste 2>$dir/said", $shown);
$shown = implode("\n", array_slice($shown, array_search('', $shown, true) + 1));
$cut = fn ($line) => strlen($line) > 108 ? substr($line, 0, 108) . ' ...' : $line;
$readme = file_get_contents(__DIR__ . '/../../README.md');
$lines = array_map($cut, file($paste, FILE_IGNORE_NEW_LINES));
foreach ([...$lines, "$shown\n" . file_get_contents("$dir/said")] as $text) {
    echo str_contains($readme, $text) ? '' : "README.md does not show:\n$text\n";
}
echo $count > 100 ? "done\n" : "only $count\n";
?>
--EXPECT--
done
