--TEST--
fpmsentinel trace: one stream with nginx, FPM, the kernel and systemd in it: each is evidence
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
function nginx(string $time, string $uri, string $message = 'recv() failed (104: Connection reset by peer) while reading response header from upstream'): string
{
    static $connection = 0;
    $connection++;
    return "2026/05/12 $time [error] 31#31: *$connection $message, client: 203.0.113.9, server: shop.example, request: \"GET $uri HTTP/1.1\", " .
        'upstream: "fastcgi://unix:/run/php/php8.2-fpm.sock:", host: "shop.example"';
}

$lines = [
    ['09:58:00', 'systemd[1]: Started php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager.'],
    ['10:00:00', 'kernel: Out of memory: Killed process 4711 (php-fpm8.2) total-vm:812345kB, anon-rss:512345kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:1500kB oom_score_adj:0'],
    ['10:00:00', 'php-fpm8.2[1200]: [12-May-2026 10:00:00] WARNING: [pool www] child 4711 exited on signal 9 (SIGKILL) after 88.120394 seconds from start'],
    ['10:00:00', 'nginx[31]: ' . nginx('10:00:00', '/oom')],
    ['10:05:00', 'kernel: php-fpm8.2[4712]: segfault at 0 ip 00007f0000001234 sp 00007ffc00001234 error 4 in imagick.so[7f0000000000+20000]'],
    ['10:05:00', 'php-fpm8.2[1200]: [12-May-2026 10:05:00] WARNING: [pool www] child 4712 exited on signal 11 (SIGSEGV - core dumped) after 88.120394 seconds from start'],
    ['10:05:00', 'nginx[31]: ' . nginx('10:05:00', '/image')],
    ['10:10:00', 'systemd[1]: Stopping php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager...'],
    ['10:10:00', 'nginx[31]: ' . nginx('10:10:00', '/stopped')],
    ['10:10:01', 'systemd[1]: Stopped php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager.'],
    ['10:10:01', 'nginx[31]: ' . nginx('10:10:01', '/down', 'connect() failed (111: Connection refused) while connecting to upstream')],
    ['10:10:02', 'systemd[1]: Started php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager.'],
    ['10:20:00', 'systemd[1]: php7.4-fpm.service: Main process exited, code=killed, status=9/KILL'],
    ['10:20:00', 'nginx[31]: ' . nginx('10:20:00', '/unknown')],
];
$wrappings = [
    'RFC 3164' => fn ($time, $line) => "May 12 $time web1 $line",
    'RFC 3339' => fn ($time, $line) => "2026-05-12T$time.123456+00:00 web1 $line",
];
foreach ($wrappings as $name => $wrap) {
    $process = proc_open([realpath(__DIR__ . '/../../bin/fpmsentinel'), 'trace', '-', '--format', 'ndjson'], [['pipe', 'r'], ['pipe', 'w'], ['pipe', 'w']],
        $pipes, null, ['TZ' => 'UTC', 'PATH' => getenv('PATH')]);
    fwrite($pipes[0], implode("\n", array_map(fn ($line) => $wrap(...$line), $lines)) . "\n");
    fclose($pipes[0]);
    echo "$name\n";
    foreach (explode("\n", trim(stream_get_contents($pipes[1]))) as $line) {
        $incident = json_decode($line, true);
        echo "  {$incident['request']['path']} {$incident['cause']} {$incident['certainty']}: ", preg_replace('~.*(?=the kernel\'s log|systemd)~', '', $incident['why']), "\n";
    }
    proc_close($process);
}
?>
--EXPECT--
RFC 3164
  /oom oom_kill probable: the kernel's log: Out of memory: Killed process 4711 (php-fpm8.2) total-vm:812345kB, anon-rss:512345kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:1500kB oom_score_adj:0
  /image segfault probable: the kernel's log: php-fpm8.2[4712]: segfault at 0 ip 00007f0000001234 sp 00007ffc00001234 error 4 in imagick.so[7f0000000000+20000]
  /stopped fpm_stop probable: systemd's journal has a stop at that time: Stopping php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager...; whether it ran or still waited in the queue, only a record would say
  /down fpm_down certain: systemd's journal: FPM was being restarted, stopped 1 s before (Stopping php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager...) and there again 1 s later
  /unknown unexplained uncertain: no record matches this request, and no other log explains it
RFC 3339
  /oom oom_kill probable: the kernel's log: Out of memory: Killed process 4711 (php-fpm8.2) total-vm:812345kB, anon-rss:512345kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:1500kB oom_score_adj:0
  /image segfault probable: the kernel's log: php-fpm8.2[4712]: segfault at 0 ip 00007f0000001234 sp 00007ffc00001234 error 4 in imagick.so[7f0000000000+20000]
  /stopped fpm_stop probable: systemd's journal has a stop at that time: Stopping php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager...; whether it ran or still waited in the queue, only a record would say
  /down fpm_down certain: systemd's journal: FPM was being restarted, stopped 1 s before (Stopping php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager...) and there again 1 s later
  /unknown unexplained uncertain: no record matches this request, and no other log explains it
