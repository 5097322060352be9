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

/*
 * Public reports in other words, each with what it shows besides: the addresses are of documentation. A report says
 * what was seen; what it was, from these lines alone, is below.
 */
echo "-- public reports\n";
$to = 'request: "GET /cart HTTP/1.1", upstream: "fastcgi://unix:/run/php/fpm.sock:", host: "shop.example"';
// https://github.com/EasyEngine/easyengine/issues/416: out of nano, whose lines end at the window's edge
trace('cut by an editor', substr($reset, 0, 145) . "$\n" . substr($refused, 0, 150) . "$\n" . substr($reset, 0, 95));
// https://github.com/cpriego/valet-linux/issues/188
trace('wrapped in an issue', preg_replace('~ (while|HTTP/1|"http)~', "\n\\1",
    "$reset, referrer: \"http://shop.example/\"") . "\n");
// https://github.com/oerdnj/deb.sury.org/issues/127
trace("a regular expression as the server's name", preg_replace(['~shop.example,~', '~ (while|"GET|host)~'],
    ['~^(?<domain>.+)$,', "\n \\1"], strtr($reset, ['recv()' => 'readv()', 'reading response header from' =>
        'reading'])) . "\n");
// https://github.com/dylanlindgren/docker-laravel-phpfpm/pull/4
trace("four seconds before, in the kernel's log", ' ' . strtr($kernel, ['10:00:00' => '09:59:56', 'kernel: ' =>
    'kernel: [148522.291772] ']) . "\n\nnginx error log:\n$reset\n");
// https://github.com/ddev/ddev/issues/2559
trace('all in one stream', "$fpm exited on signal 9 (SIGKILL) after 2154.228060 seconds from start\n" .
    "[12-May-2026 10:00:00] NOTICE: [pool www] child 4712 started\n$reset\n");
// https://github.com/richarvey/nginx-php-fpm/issues/143
$full = "2026/05/12 10:00:00 [error] 23#23: *42 connect() to unix:/run/php/fpm.sock failed (11: Resource temporarily " .
    "unavailable) while connecting to upstream, client: 192.0.2.1, server: *.*.example, $to";
trace("Docker's time before nginx's", "2026-05-12T10:00:00.434167704Z $full\n");
// https://github.com/zabbix/zabbix-docker/issues/451
trace('out of JSON, without its quotes', "`[12-May-2026 09:54:00] WARNING: [pool www] server reached pm.max_children " .
    'setting (5), consider raising it`' . "\n[...]\n`" . strtr($full, ['"' => '\"', '/cart' => '/cart?a\u0026b']) .
    "`\n");
// https://github.com/GoogleCloudPlatform/php-docker/issues/443
trace('the client went', "2026/05/12 10:00:00 [info] 45#0: *409 client 192.0.2.5 closed keepalive connection\n" .
    '2026/05/12 10:00:00 [info] 45#0: *400 epoll_wait() reported that client prematurely closed connection, so ' .
    "upstream connection is closed too while sending request to upstream, client: 192.0.2.1, server: , $to\n" .
    '192.0.2.1 - - [12/May/2026:10:00:00 +0000] "GET /cart HTTP/1.1" 499 0 "-" "kube-probe/1.9+"' . "\n");
// https://github.com/bitnami/vms/issues/872
trace('three that Apache names otherwise', strtr($polling, ['10:00' => '09:57']) .
    "{$apache}[client 192.0.2.2:41416] AH01067: Failed to read FastCGI header\n" .
    "$apache(104)Connection reset by peer: [client 192.0.2.2:41416] AH01075: Error dispatching request to : \n" .
    strtr($apache, ['proxy_fcgi' => 'proxy']) . '(2)No such file or directory: AH02454: FCGI: attempt to connect to ' .
    "Unix domain socket /run/php/www.sock (www-fpm:8000) failed\n" .
    "{$apache}[client 192.0.2.2:41416] AH01079: failed to make connection to backend: httpd-UDS\n");
// https://github.com/omega8cc/boa/issues/462
trace('a socket that is not there, and later ends', 'Error in /var/log/nginx/err.log:' . "\n\n" .
    strtr($refused, ['[error]' => '[crit]', 'connect() failed (111: Connection refused)' =>
        'connect() to unix:/run/php/fpm.sock failed (2: No such file or directory)']) . "\n\nErrors of FPM\n\n" .
    strtr($fpm, ['10:00' => '10:10']) . " exited on signal 15 (SIGTERM) after 286.989870 seconds from start\n",
    '1 end of workers');
// https://github.com/webdevops/Dockerfile/issues/522: the container's own zone, and FPM at debug
trace('two hours apart', "2026-05-12 12:00:00 [12-May-2026 10:00:00.139300] WARNING: pid 260, fpm_children_bury(), " .
    "line 268: [pool www] child 265 exited on signal 11 (SIGSEGV - core dumped) after 12.345678 seconds from start\n" .
    "2026-05-12 12:00:00 $reset\n");
// https://github.com/engintron/engintron/issues/1333
trace('no FPM', preg_replace('~fastcgi:[^"]*~', 'http://192.0.2.200:8080/cart', $reset) . "\n", '1 failure.*');

echo "-- public reports as they were pasted, named after the repository and the issue\n";
foreach (glob(__DIR__ . '/reports/*.txt') as $report) {
    trace(basename($report, '.txt'), file_get_contents($report));
}
// a terminal breaks lines at its edge, in the middle of a word
$long = str_replace('unix:/run/php/fpm.sock:', 'unix:/var/run/php/php8.2-fpm-shop.example.sock:', $reset);
foreach ([71, 80, 100, 110, 120, 133] as $width) {
    trace("$width columns", chunk_split($long, $width, "\n") . chunk_split($refused, $width, "\n"));
}
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
-- public reports
cut by an editor: nginx ? unexplained uncertain  | nginx ? fpm_down possible  | nginx ? unexplained uncertain; 1
wrapped in an issue: nginx /cart unexplained uncertain; 1
a regular expression as the server's name: nginx /cart unexplained uncertain; 1
four seconds before, in the kernel's log: nginx /cart unexplained uncertain; 1
all in one stream: nginx /cart killed probable; 0
Docker's time before nginx's: nginx /cart pool_exhausted certain; 0
out of JSON, without its quotes: nginx /cart pool_exhausted certain; 0
the client went: nginx /cart client_abort certain; 0
three that Apache names otherwise: apache ? apache_timeout certain  | apache ? unexplained uncertain  | apache ? fpm_down certain; 1
a socket that is not there, and later ends: nginx /cart fpm_down certain; 0 1 end of workers
two hours apart: nginx /cart segfault probable; 0
no FPM:; 1 1 failure of an upstream that is not FastCGI
-- public reports as they were pasted, named after the repository and the issue
Andr3as-Codiad-CodeGit-6: nginx /codiad/ unexplained uncertain; 1
Newcomer1989-TSN-Ranksystem-572: apache ? exit_in_request possible zend_mm_heap corrupted; 0
backdrop-ops-backdropcms.org-734: nginx / nginx_timeout certain  | nginx /core/cron.php nginx_timeout certain; 0
cypht-org-cypht-1119: nginx / nginx_timeout certain  | nginx / nginx_timeout certain; 0
fossar-selfoss-1427:; 2
heroku-heroku-buildpack-php-177: apache ? illegal_instruction possible; 0
jvoisin-snuffleupagus-250: apache ? segfault possible; 0
mail-in-a-box-mailinabox-515:; 2
oerdnj-deb.sury.org-1660: nginx / pool_exhausted probable; 0
simplesamlphp-simplesamlphp-1171:; 1
toteph42-identity_switch-34: nginx / unexplained uncertain  | nginx / unexplained uncertain  | nginx / unexplained uncertain; 1
71 columns: nginx /cart unexplained uncertain  | nginx /cart fpm_down certain; 1
80 columns: nginx /cart unexplained uncertain  | nginx /cart fpm_down certain; 1
100 columns: nginx /cart unexplained uncertain  | nginx /cart fpm_down certain; 1
110 columns: nginx /cart unexplained uncertain  | nginx /cart fpm_down certain; 1
120 columns: nginx /cart unexplained uncertain  | nginx /cart fpm_down certain; 1
133 columns: nginx /cart unexplained uncertain  | nginx /cart fpm_down certain; 1
