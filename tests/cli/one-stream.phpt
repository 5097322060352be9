--TEST--
fpmsentinel trace: one stream with nginx, FPM, the kernel and systemd in it: each is evidence
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
const RESET = 'recv() failed (104: Connection reset by peer) while reading response header from upstream';
const REFUSED = 'connect() failed (111: Connection refused) while connecting to upstream';

function nginx(string $time, string $uri, string $message = RESET): array
{
    static $connection = 0;
    $connection++;
    return [$time, "nginx[31]: 2026/05/12 $time [error] 31#31: *$connection $message, client: 203.0.113.9, " .
        "server: shop.example, request: \"GET $uri HTTP/1.1\", " .
        'upstream: "fastcgi://unix:/run/php/php8.2-fpm.sock:", host: "shop.example"'];
}

function fpm(string $time, int $pid, string $signal): array
{
    return [$time, "php-fpm8.2[1200]: [12-May-2026 $time] WARNING: [pool www] child $pid exited on signal $signal " .
        'after 88.120394 seconds from start'];
}

function unit(string $time, string $what): array
{
    return [$time, "systemd[1]: $what php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager."];
}

$lines = [
    unit('09:58:00', 'Started'),
    ['10:00:00', 'kernel: Out of memory: Killed process 4711 (php-fpm8.2) total-vm:812345kB, anon-rss:512345kB, ' .
        'file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:1500kB oom_score_adj:0'],
    fpm('10:00:00', 4711, '9 (SIGKILL)'),
    nginx('10:00:00', '/oom'),
    ['10:05:00', 'kernel: php-fpm8.2[4712]: segfault at 0 ip 00007f0000001234 sp 00007ffc00001234 error 4 ' .
        'in imagick.so[7f0000000000+20000]'],
    fpm('10:05:00', 4712, '11 (SIGSEGV - core dumped)'),
    nginx('10:05:00', '/image'),
    unit('10:10:00', 'Stopping'),
    nginx('10:10:00', '/stopped'),
    unit('10:10:01', 'Stopped'),
    nginx('10:10:01', '/down', REFUSED),
    unit('10:10:02', 'Started'),
    ['10:20:00', 'systemd[1]: php7.4-fpm.service: Main process exited, code=killed, status=9/KILL'],
    nginx('10:20:00', '/unknown'),
];
$wrappings = [
    'RFC 3164' => fn ($time, $line) => "May 12 $time web1 $line",
    'RFC 3339' => fn ($time, $line) => "2026-05-12T$time.123456+00:00 web1 $line",
];
foreach ($wrappings as $name => $wrap) {
    $process = proc_open([realpath(__DIR__ . '/../../bin/fpmsentinel'), 'trace', '-', '--format', 'ndjson'],
        [['pipe', 'r'], ['pipe', 'w'], ['pipe', 'w']], $pipes, null, ['TZ' => 'UTC', 'PATH' => getenv('PATH')]);
    fwrite($pipes[0], implode("\n", array_map(fn ($line) => $wrap(...$line), $lines)) . "\n");
    fclose($pipes[0]);
    echo "$name\n";
    foreach (explode("\n", trim(stream_get_contents($pipes[1]))) as $line) {
        $incident = json_decode($line, true);
        preg_match('~(the kernel\'s log|systemd\'s journal)(.{0,45})~', $incident['why'], $source);
        echo "  {$incident['request']['path']} {$incident['cause']} {$incident['certainty']} ", $source[0] ?? '-', "\n";
    }
    proc_close($process);
}
?>
--EXPECT--
RFC 3164
  /oom oom_kill probable the kernel's log: Out of memory: Killed process 4711 (php-fpm
  /image segfault probable the kernel's log: php-fpm8.2[4712]: segfault at 0 ip 00007f00
  /stopped fpm_stop probable systemd's journal has a stop at that time: Stopping php8.2-fpm
  /down fpm_down certain systemd's journal: FPM was being restarted: it stopped 1 s bef
  /unknown unexplained uncertain -
RFC 3339
  /oom oom_kill probable the kernel's log: Out of memory: Killed process 4711 (php-fpm
  /image segfault probable the kernel's log: php-fpm8.2[4712]: segfault at 0 ip 00007f00
  /stopped fpm_stop probable systemd's journal has a stop at that time: Stopping php8.2-fpm
  /down fpm_down certain systemd's journal: FPM was being restarted: it stopped 1 s bef
  /unknown unexplained uncertain -
