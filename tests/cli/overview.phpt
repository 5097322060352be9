--TEST--
fpmsentinel without arguments: the last hour, day and week, defects, what is new, the set-up, unreadable logs, nothing
--SKIPIF--
<?php
is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel');
exec('unshare --mount --pid --fork --mount-proc true 2>&1', $output, $cannot);
$cannot && die('skip no namespaces');
?>
--FILE--
<?php
/*
 * A machine of its own: /var/log is a folder of this test, no process is seen, nginx and php-fpm are scripts that print
 * what the real ones have printed.
 */
putenv('TZ=UTC');
$tool = realpath(__DIR__ . '/../../bin/fpmsentinel');
mkdir($folder = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6)), 0755);
register_shutdown_function(fn () => exec("rm -rf $folder"));
foreach (['log', 'log/nginx', 'log/fpmsentinel', 'bin', 'etc', 'etc/pool.d'] as $name) {
    mkdir("$folder/$name");
    chmod("$folder/$name", 0755);
}
exec('unshare --mount true 2>&1', $output, $cannot);
file_put_contents("$folder/machine", "#!/bin/sh\nmount --bind $folder/log /var/log && mount -t tmpfs none /usr/sbin && "
    . "{ [ ! -d /etc/logrotate.d ] || { mount -t tmpfs none /etc/logrotate.d && "
    . "echo '/var/log/fpmsentinel.jsonl /var/log/fpmsentinel/*.jsonl {}' >/etc/logrotate.d/fpmsentinel; }; } && "
    . "cd / && PATH=$folder/bin:/usr/bin:/bin exec \"\$@\"\n");
chmod("$folder/machine", 0755);

/** What it prints, and its status. */
function run(string $arguments = '', string $as = ''): array
{
    global $folder, $tool;
    exec("unshare --mount --pid --fork --mount-proc $folder/machine $as $tool $arguments 2>$folder/errors", $lines,
        $status);
    $errors = file_get_contents("$folder/errors");
    return [$status, $errors === '' ? $lines : ["errors: $errors", ...$lines]];
}

/** In a terminal of so many columns. */
function shown(int $columns, string $environment = 'LC_ALL=C.UTF-8'): array
{
    global $tool;
    [, $lines] = run(as: "env TERM=xterm $environment script -qec 'stty cols $columns; $tool' /dev/null </dev/null #");
    return array_map(fn ($line) => rtrim($line, "\r"), $lines);
}

function program(string $name, ?string $code): void
{
    global $folder;
    @unlink("$folder/bin/$name");
    if ($code !== null) {
        file_put_contents("$folder/bin/$name", "#!/bin/sh\n$code\n");
        chmod("$folder/bin/$name", 0755);
    }
}

/** What changes from run to run: this machine's name, and times. */
function still(array $lines): string
{
    $lines[0] = preg_replace('~^\S+, [-\d]+ [\d:]+ UTC$~', 'HOST, TIME', $lines[0] ?? '');
    return preg_replace('~\b\d{4}-\d\d-\d\d \d\d:\d\d~', 'TIME',
        strtr(implode("\n", $lines), [$GLOBALS['folder'] => ''])) . "\n";
}

program('systemctl', 'exit 1');
echo "-- nothing is installed\n";
[$status, $lines] = run();
echo still($lines), "status $status\n";

/* nginx and PHP-FPM, with everything as it should be */
$source = __DIR__ . '/doctor';
$nginx = <<<'CONF'
    # configuration file /etc/nginx/nginx.conf:
    http { server {
        location / {
            fastcgi_pass unix:/run/php/shop.sock;
            @PARAMETERS@
        }
    } }
    CONF;
$parameters = 'fastcgi_param NGINX_PID $pid; fastcgi_param NGINX_CONNECTION $connection; '
    . 'fastcgi_param NGINX_CONN_REQUESTS $connection_requests; fastcgi_param REQUEST_ID $request_id;';
file_put_contents("$folder/etc/nginx.dump", strtr($nginx, ['@PARAMETERS@' => $parameters]));
file_put_contents("$folder/etc/info.txt", str_replace('/etc/shop/php', "$folder/etc",
    file_get_contents("$source/info.txt")));
foreach (['tt.txt', 'php-fpm.conf', 'pool.d/shop.conf'] as $name) {
    copy("$source/$name", "$folder/etc/$name");
}
program('nginx', "case \$1 in -v) echo 'nginx version: nginx/1.22.1' >&2 ;; *) cat $folder/etc/nginx.dump ;; esac");
program('php-fpm', "case \"\$*\" in *-tt*) cat $folder/etc/tt.txt >&2 ;; *) cat $folder/etc/info.txt ;; esac");
touch("$folder/log/nginx/error.log");
touch("$folder/log/fpmsentinel.jsonl");
echo "-- nothing has happened\n";
[$status, $lines] = run();
echo still($lines), "status $status\n";

/* defects: names, since when, how often, how many of these in the last hour; the last one is new */
const DEFECTS = [
    ['0f42f054f21e8e09', 'Cart->total', 'Cart.php', 144, 1],
    ['6b6f3c1d2e4a5f60', 'Report->rows', 'Report.php', 72, 0],
    ['c0ffee0123456789', 'Mail->send', 'Mail.php', 36, 0],
    ['a11ce5501234abcd', 'Pay->charge', 'Pay.php', 18, 0],
    ['1122334455667788', 'Stock->take', 'Stock.php', 9, 0],
    ['99aabbccddeeff00', 'A\Very\Long\Namespace\Of\Services\Search->everything', 'Search.php', 3, 3],
    ['0123456789abcdef', 'Old->one', 'Old.php', 2, 0],
];
$now = time();
$events = [];
foreach (DEFECTS as $n => [$fingerprint, , , $count, $recent]) {
    for ($i = 0; $i < $count; $i++) {
        // the week but its last two days; of the last hour the middle of a part
        $events[] = [$i < $recent ? $now - 60 * (7 + 5 * $i) : $now - 86400 * 6 + intdiv(86400 * 4 * $i, $count) + $n,
            $n];
    }
}
$events[] = [$now - 86400 * 12, 6]; // too old, in a file that is read
sort($events);
$logs = ['error.log' => '', 'error.log.1' => '', 'jsonl' => ''];
foreach ($events as $number => [$time, $n]) {
    [$fingerprint, $function, $file] = DEFECTS[$n];
    $connection = $number + 1;
    $stamp = gmdate('Y/m/d H:i:s', $time);
    $logs[$time < $now - 86400 * 3 ? 'error.log.1' : 'error.log'] .= "$stamp [error] 7#7: *$connection recv() failed "
        . '(104: Connection reset by peer) while reading response header from upstream, client: 203.0.113.7, '
        . 'server: , request: "GET /x HTTP/1.1", upstream: "fastcgi://unix:/run/php/shop.sock:", host: "shop"' . "\n";
    $logs['jsonl'] .= json_encode(['@timestamp' => gmdate('Y-m-d\TH:i:s', $time) . '.100000Z', 'message' => 'x',
        'event' => ['dataset' => 'fpmsentinel', 'id' => sprintf('%012x%s', $time * 1000, substr(md5("$number"), 0, 20)),
            'action' => 'worker-death', 'code' => 'segfault'],
        'process' => ['pid' => 100 + $number], 'url' => ['path' => '/x'],
        'fpmsentinel' => ['schema' => 1, 'cause' => 'segfault', 'worker_died' => true, 'confidence' => 'certain',
            'fingerprint' => $fingerprint, 'pool' => 'shop', 'listen' => '/run/php/shop.sock',
            'nginx' => ['pid' => 7, 'connection' => $connection], 'php' => ['version' => '8.4.16', 'stack' => [
                ['function' => $function, 'file' => "/srv/shop/src/$file", 'line' => 42]]]]],
        JSON_UNESCAPED_SLASHES) . "\n";
}
file_put_contents("$folder/log/nginx/error.log", $logs['error.log']);
file_put_contents("$folder/log/nginx/error.log.1", $logs['error.log.1']);
file_put_contents("$folder/log/nginx/error.log.2", "2001/01/01 00:00:00 [error] 7#7: of long ago\n");
touch("$folder/log/nginx/error.log.2", $now - 86400 * 20);
file_put_contents("$folder/log/fpmsentinel.jsonl", $logs['jsonl']);
echo "-- many defects\n";
[$status, $lines] = run(as: 'env LC_ALL=C');
// where the parts of the week begin depends on the time of day only
echo preg_replace('~^(  last (?:hour|week) +\d+ +\d+  )(.*)~m', '$1…', still($lines)), "status $status\n";
preg_match('~last hour.*?  ([.\d]{12})~', implode("\n", $lines), $hour);
preg_match('~last week.*?  ([.\d]{28})~', implode("\n", $lines), $week);
echo $hour[1], ' ', preg_match('~^\.+[1-8]*8[1-8]*\.+[1-8]$~', $week[1]) ? '' : $week[1], "\n";

// a moment later incidents have moved on
$words = fn (array $lines) => preg_split('~[\s·▁-█]+~u', implode(' ', array_slice($lines, 1)));
foreach ([60, 80, 200] as $columns) {
    $screen = shown($columns);
    $plain = preg_replace('~\e\[\d*m~', '', $screen);
    $widest = max(array_map(fn ($line) => preg_match_all('~.~u', $line), $plain));
    echo "$columns: ", count($screen) <= ($columns < 80 ? 28 : 24) ? '' : count($screen) . ' lines ',
        $widest <= $columns ? '' : "$widest columns ", $plain === $screen ? 'no colour ' : '',
        count(preg_grep('~█~u', $plain)), ' ', preg_grep('~^ +144  segfault-0f42f054 ~', $plain) ? '' : 'no name', "\n";
    echo $columns === 200 && $words($plain) !== $words(run(as: 'env LC_ALL=C.UTF-8')[1]) ? "another text in a pipe\n"
        : '';
}
$plain = $words(preg_replace('~\e\[\d*m~', '', shown(80)));
echo $words(shown(80, 'NO_COLOR=1 LC_ALL=C.UTF-8')) === $plain ? '' : "NO_COLOR\n";

// the next command finds what it names
preg_match('~^Next: fpmsentinel (info \S+)~m', implode("\n", $lines), $next);
[$status, $info] = run($next[1]);
echo "$next[1]: $status ", preg_match('~Search\.php:42~', implode("\n", $info)), "\n";

$json = json_decode(implode("\n", run('--format json')[1]), true, flags: JSON_THROW_ON_ERROR);
echo implode(' ', array_keys($json)), ': ', json_encode(array_map(fn ($span) => [$span['incidents'], $span['deaths'],
    array_sum($span['counts']), count($span['counts'])], $json['incidents'])), ' ', count($json['defects']), ' ',
    implode(' ', $json['new']), ' ', json_encode($json['setup']), ' ', $json['next'], "\n";

echo "-- as somebody who may not\n";
exec("chgrp -R adm $folder/log/nginx && chmod 640 $folder/log/nginx/* && chmod 600 $folder/log/fpmsentinel.jsonl");
program('nginx', "echo 'nginx: [emerg] open() \"/run/nginx.pid\" failed (13: Permission denied)' >&2; exit 1");
[$status, $lines] = run(as: 'setpriv --reuid=33 --regid=33 --clear-groups');
echo implode("\n", preg_grep('~^(Read|Not|  Not|  /|  the|Next)~', $lines)), "\nstatus $status\n";
chmod("$folder/log/nginx", 0700);
[$status, $lines] = run(as: 'setpriv --reuid=33 --regid=33 --clear-groups');
echo implode("\n", preg_grep('~^  /~', $lines)), "\nstatus $status\n";
exec("chmod 755 $folder/log/nginx; chmod 644 $folder/log/fpmsentinel.jsonl $folder/log/nginx/*");

echo "-- what is wrong with the set-up\n";
program('nginx', "case \$1 in -v) ;; *) cat $folder/etc/nginx.dump ;; esac");
file_put_contents("$folder/etc/nginx.dump", strtr($nginx, ['@PARAMETERS@' => '']));
mkdir("$folder/closed", 0700);
touch("$folder/closed/shop.jsonl");
file_put_contents("$folder/etc/tt.txt", str_replace("php_admin_value[memory_limit] = 16M\n",
    "php_admin_value[memory_limit] = 16M\n[25-Nov-2026 03:04:54] NOTICE: \tphp_admin_value[fpmsentinel.log] = "
    . "$folder/closed/shop.jsonl\n", file_get_contents("$folder/etc/tt.txt")));
/** As JSON, since paths are as long as the folder of temporary files. */
function problems(): void
{
    [$status, $lines] = run('--format json');
    $json = json_decode(implode("\n", $lines), true, flags: JSON_THROW_ON_ERROR);
    $setup = preg_grep('~^log-not-rotated:~', $json['setup'], PREG_GREP_INVERT); // where logrotate is
    echo strtr(implode("\n", $setup), [$GLOBALS['folder'] => '']), "\n$json[next]\nstatus $status\n";
}
problems();
$screen = shown(80);
echo count($screen) <= 26 && max(array_map(fn ($line) => preg_match_all('~.~u', $line),
    preg_replace('~\e\[\d*m~', '', $screen))) <= 80 ? '' : implode("\n", $screen) . "\n";
file_put_contents("$folder/etc/info.txt",
    preg_replace('~^fpmsentinel\n\n.*~ms', '', file_get_contents("$folder/etc/info.txt")));
problems();

echo "-- usage\n";
foreach (['--format xml', '--format json trace', 'trcae'] as $wrong) {
    exec("$tool $wrong 2>&1", $said, $status);
    echo "$wrong: $status ", array_shift($said), "\n";
    $said = [];
}
?>
--EXPECT--
-- nothing is installed
HOST, TIME
Neither nginx, Apache, PHP-FPM nor any of their logs was found.

Next: fpmsentinel trace FILE...
      (explains logs from elsewhere; on a server, install PHP-FPM and the extension, then
      fpmsentinel setup)
status 2
-- nothing has happened
HOST, TIME
Read nginx's error log (1 file), records (1 file). Only the last 7 days count.

            incidents   deaths
  last hour         0        0  ············                  5 minutes each
  last day          0        0  ························      1 hour each
  last week         0        0  ····························  6 hours each

Set-up of fpmsentinel: nothing is known to be wrong
  Not checked: the coroner, as PHP-FPM does not run; limits and timeouts (fpmsentinel doctor)

Next: fpmsentinel doctor (finds settings that lose requests)
status 0
-- many defects
HOST, TIME
Read nginx's error log since TIME (2 files), records since TIME (1 file); 1
older file not read. Only the last 7 days count.

            incidents   deaths
  last hour         4        4  …
  last day          4        4  .......................8      1 hour each
  last week       284      284  …

Defects of the week, the most frequent first
    144  segfault-0f42f054       Cart->total  /srv/shop/src/Cart.php:42
     72  segfault-6b6f3c1d       Report->rows  /srv/shop/src/Report.php:42
     36  segfault-c0ffee01       Mail->send  /srv/shop/src/Mail.php:42
     18  segfault-a11ce550       Pay->charge  /srv/shop/src/Pay.php:42
      9  segfault-11223344       Stock->take  /srv/shop/src/Stock.php:42
        and 2 more: fpmsentinel trace --since 1w
New in the last day, or with the newest version
  segfault-99aabbcc  first seen TIME

Set-up of fpmsentinel: nothing is known to be wrong
  Not checked: the coroner, as PHP-FPM does not run; limits and timeouts (fpmsentinel doctor)

Next: fpmsentinel info segfault-99aabbcc (its stack, cause and advice)
status 1
........448. 
60: 3 
80: 3 
200: 3 
info segfault-99aabbcc: 0 1
time since read not_read incidents defects new setup not_checked next: {"hour":[4,4,4,12],"day":[4,4,4,24],"week":[284,284,284,28]} 7 segfault-99aabbcc [] fpmsentinel info segfault-99aabbcc
-- as somebody who may not
Read no logs; 1 older file not read. Only the last 7 days count.
  Not checked: the coroner and whether pools can write their logs, as only root may; what the web
Not read
  /var/log/fpmsentinel.jsonl: permission denied; only root may: sudo fpmsentinel
  /var/log/nginx/error.log and 1 more: permission denied; the group adm may: sudo usermod -aG adm
  the configuration of nginx: open() "/run/nginx.pid" failed (13: Permission denied); root may: sudo
Next: sudo fpmsentinel (reads what this user may not)
status 2
  /var/log/nginx and 1 more: permission denied; only root may: sudo fpmsentinel
status 2
-- what is wrong with the set-up
log-not-writable: a pool's user cannot write the pool's log (/etc/pool.d/shop.conf:2; /closed/shop.jsonl, as www-data: Permission denied)
parameters-missing: nginx does not tell PHP which request this is (/etc/nginx/nginx.conf:3; missing: fastcgi_param NGINX_PID $pid; and 3 more lines)
records of the pool shop are in /closed/shop.jsonl, which is not read here: fpmsentinel list /closed/shop.jsonl
fpmsentinel info segfault-99aabbcc
status 1
log-not-writable: a pool's user cannot write the pool's log (/etc/pool.d/shop.conf:2; /closed/shop.jsonl, as www-data: Permission denied)
parameters-missing: nginx does not tell PHP which request this is (/etc/nginx/nginx.conf:3; missing: fastcgi_param NGINX_PID $pid; and 3 more lines)
not-loaded: fpmsentinel is not loaded in FPM (/etc/php.ini; missing: extension = fpmsentinel)
fpmsentinel setup
status 1
-- usage
--format xml: 2 fpmsentinel: invalid value for --format: xml; use one of
--format json trace: 2 fpmsentinel: options of a command follow its name
trcae: 2 fpmsentinel: no such command: trcae (nearest: trace)
