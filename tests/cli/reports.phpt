--TEST--
fpmsentinel trace: shapes in which people have posted logs
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
// of each incident what was found out, then the exit status and, of what is said besides, what the pattern finds
function trace(string $title, string $log, string $pattern = ''): void
{
    $process = proc_open([realpath(__DIR__ . '/../../bin/fpmsentinel'), 'trace', '--format=ndjson', '-'],
        [['pipe', 'r'], ['pipe', 'w'], ['pipe', 'w']], $pipes, null, ['TZ' => 'UTC', 'PATH' => getenv('PATH')]);
    fwrite($pipes[0], $log);
    fclose($pipes[0]);
    $output = stream_get_contents($pipes[1]);
    preg_match("~$pattern~", stream_get_contents($pipes[2]), $said);
    $incidents = [];
    foreach ($output === '' ? [] : explode("\n", trim($output)) as $line) {
        $incident = json_decode($line, true, flags: JSON_THROW_ON_ERROR);
        $incidents[] = implode(' ', [$incident['web_server'] ?? 'nginx', $incident['request']['path'] ?? '?',
            $incident['cause'], $incident['certainty'], $incident['stderr'] ?? '']);
        $advice = $incident['advice']['change'];
        if (isset($incident['web_server']) && preg_match('~fastcgi_|NGINX~', $advice)) {
            echo "advice of nginx's: $advice\n";
        }
    }
    $said = rtrim(proc_close($process) . " " . ($said[0] ?? ""));
    echo rtrim("$title: " . implode(" | ", $incidents)), "; $said\n";
}

$context = 'client: 192.0.2.1, server: shop.example, request: "GET /cart HTTP/1.1", upstream: '
    . '"fastcgi://unix:/run/php/fpm.sock:", host: "shop.example"';
$reset = '2026/05/12 10:00:00 [error] 31#31: *7 recv() failed (104: Connection reset by peer) while reading '
    . "response header from upstream, $context";
$fpm = '[12-May-2026 10:00:00] WARNING: [pool www] child 4711';
$death = "$fpm exited on signal 11 (SIGSEGV) after 2.5 seconds from start";
$kernel = 'May 12 10:00:00 web1 kernel: php-fpm8.2[4711]: segfault at 0 ip 00007f sp 00007ff error 4 in redis.so[7f+1]';
$apache = '[Tue May 12 10:00:00.000001 2026] [proxy_fcgi:error] [pid 17876:tid 17886] ';
$to = '[client 192.0.2.1:34980] AH01075: Error dispatching request to :443: ';
$polling = "$apache(70007)The timeout specified has expired: $to(polling)\n";

echo "-- nothing but other logs\n";
trace('FPM', "$death\n", '1 end of workers');
trace('kernel', "$kernel\n", '1 end of workers');
trace('access',
    '192.0.2.1 - - [12/May/2026:10:00:00 +0000] "GET /cart HTTP/1.1" 502 157 "-" "curl"' . "\n", 'no entry');
trace('no request', '2026/05/12 10:00:00 [alert] 31#31: 512 worker_connections are not enough' . "\n",
    '1 client that nginx closed');
trace('nothing', '');

echo "-- wrapped, cut, changed\n";
trace('wrapped', preg_replace('~ (while|"GET|host)~', "\n \\1", $reset) . "\n");
trace('cut in the client', substr($reset, 0, 137) . "$\n");
trace('cut in the server', substr($reset, 0, 163) . "$\n");
$refused = preg_replace('~recv.* upstream, ~',
    'connect() failed (111: Connection refused) while connecting to upstream, ', $reset);
trace('cut, refused', substr($refused, 0, 140) . "$\n");
trace('quotes', str_replace('"', '&quot;', $reset) . "\n");

echo "-- strings\n";
$lines = [$reset, $death];
trace('unknown name', implode("\n", array_map(
    fn ($line) => json_encode(['LogEntry' => $line]), $lines)));
trace('list', json_encode(['data' => array_map(fn ($line) => ['attributes' => ['message' => $line]], $lines)]));
trace('pretty',
    json_encode(['events' => array_map(fn ($line) => ['message' => $line], $lines)], JSON_PRETTY_PRINT));
trace('strings', json_encode($lines, JSON_PRETTY_PRINT));
trace('semicolons', implode("\n", array_map(
    fn ($line) => 'x;"' . str_replace('"', '""', $line) . '"', $lines)));
trace('[time]', implode("\n", array_map(fn ($line) => "[2026-05-12T10:00:00.000Z] $line", $lines)));

echo "-- who it was\n";
trace("PHP's command line", "$reset\n" . str_replace('php-fpm8.2', 'php', $kernel) . "\n");
trace('FPM', "$reset\n$kernel\n");
trace('stderr', "$reset\n$fpm said into stderr: \"corrupted top size\"\n$death\n");

echo "-- Apache\n";
trace('polling', $polling);
trace('polling, full', $polling
    . "[12-May-2026 09:59:40] WARNING: [pool www] server reached pm.max_children setting (5), consider raising it\n");
trace('alone', "$apache(104)Connection reset by peer: $to\n");
trace('zone', '[2026-05-12 12:00:00.000001+02:00] [proxy_fcgi:error] [pid 1:tid 2] (104)Connection reset by peer: '
    . "$to\n$death\n");
trace('http', '[Tue May 12 10:00:00.000001 2026] [proxy_http:error] [pid 1:tid 2] (70007)The timeout specified '
    . "has expired: [client 192.0.2.1:34980] AH01102: error reading status line from remote server x\n", '1 failure.*');
trace('a part', "{$apache}[client 192.0.2.1:34980] AH01067: Failed to read FastCGI header\n", '1 entry of Apache');
trace('no time', "(104)Connection reset by peer: $to\n", 'a broken entry');
?>
--EXPECT--
-- nothing but other logs
FPM:; 1 1 end of workers
kernel:; 1 1 end of workers
access:; 1 no entry
no request:; 1 1 client that nginx closed
nothing:; 0
-- wrapped, cut, changed
wrapped: nginx /cart unexplained uncertain; 1
cut in the client: nginx ? unexplained uncertain; 1
cut in the server: nginx ? unexplained uncertain; 1
cut, refused: nginx ? fpm_down possible; 0
quotes: nginx /cart unexplained uncertain; 1
-- strings
unknown name: nginx /cart segfault probable; 0
list: nginx /cart segfault probable; 0
pretty: nginx /cart segfault probable; 0
strings: nginx /cart segfault probable; 0
semicolons: nginx /cart segfault probable; 0
[time]: nginx /cart segfault probable; 0
-- who it was
PHP's command line: nginx /cart unexplained uncertain; 1
FPM: nginx /cart segfault possible; 0
stderr: nginx /cart segfault probable corrupted top size; 0
-- Apache
polling: apache ? apache_timeout certain; 0
polling, full: apache ? pool_exhausted possible; 0
alone: apache ? unexplained uncertain; 1
zone: apache ? segfault possible; 0
http:; 1 1 failure of an upstream that is not FastCGI
a part:; 1 1 entry of Apache
no time:; 1 a broken entry
