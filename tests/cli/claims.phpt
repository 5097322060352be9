--TEST--
fpmsentinel trace claims only what the input shows, uses each piece of evidence once, and names what would decide
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
$dir = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
mkdir($dir);
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($dir)));

const HEADER = 'while reading response header from upstream';
const RESET = 'recv() failed (104: Connection reset by peer) ' . HEADER;
const LATE = 'upstream timed out (110: Connection timed out) ' . HEADER;
const CONNECT = 'connect() failed (%s) while connecting to upstream';
const SOCKET = 'connect() to unix:/run/php/shop.sock failed (%s) while connecting to upstream';
const TCP = '192.0.2.5:9000';
const SHOP = 'unix:/run/php/shop.sock:';
const WWW = 'unix:/run/php/php8.2-fpm.sock:';

/** nginx's entry of 10:00:SS */
function nginx(string $message, string $upstream = SHOP, string $uri = '/cart', int $connection = 7,
    string $time = '10:00:00'): string
{
    return "2026/11/22 $time [error] 31#31: *$connection $message, client: 192.0.2.1, server: a, request: "
        . "\"GET $uri HTTP/1.1\", upstream: \"fastcgi://$upstream\", host: \"shop.example\"\n";
}

function fpm(string $words, string $time = '10:00:00', string $level = 'WARNING'): string
{
    return "[22-Nov-2026 $time] $level: $words\n";
}

function ended(string $how, string $pool = 'shop', int $pid = 4711): string
{
    return fpm("[pool $pool] child $pid exited $how after 88.1 seconds from start");
}

/** The record of the request /cart that was on connection 7, with those members changed: "event.code" => "abort" */
function record(array $changes): string
{
    $record = json_decode(strtok(file_get_contents(__DIR__ . '/shop/records.jsonl'), "\n"), true);
    // the changes come last: they may take away what has members here
    $changes = array_replace(['@timestamp' => '2026-11-22T10:00:00.200000Z', 'url.path' => '/cart',
        'client.ip' => '192.0.2.1', 'fpmsentinel.listen' => '/run/php/shop.sock', 'fpmsentinel.pool' => 'shop',
        'process.pid' => 4711,
        'fpmsentinel.request.started' => '2026-11-22T09:59:59.200000Z', 'http.request.id' => null,
        'fpmsentinel.nginx.pid' => 31, 'fpmsentinel.nginx.connection' => 7, 'event.code' => 'segfault',
        'error.message' => 'SIGSEGV at 0x8'], $changes);
    foreach ($changes as $name => $value) {
        $place = &$record;
        foreach (explode('.', $name) as $step) {
            $place = &$place[$step];
        }
        $place = $value;
        unset($place);
    }
    $record['fpmsentinel']['cause'] = $record['event']['code'];
    return json_encode($record) . "\n";
}

function frames(int $count, string $file, string $name = 'f'): array
{
    return array_map(fn ($i) => ['function' => "$name$i", 'file' => $file, 'line' => $i + 1], range(0, $count - 1));
}

/** @param array<string, string> $logs by the name of the file; a pattern that begins with ! must not match */
function check(string $title, array $logs, array $patterns, array $options = []): void
{
    global $dir;
    foreach (glob("$dir/*") as $file) {
        unlink($file);
    }
    foreach ($logs as $name => $log) {
        file_put_contents("$dir/$name", $log);
    }
    $process = proc_open([realpath(__DIR__ . '/../../bin/fpmsentinel'), 'trace', ...$options, ...array_keys($logs)],
        [['file', '/dev/null', 'r'], ['pipe', 'w'], ['redirect', 1]], $pipes, $dir,
        ['TZ' => 'UTC', 'PATH' => getenv('PATH')]);
    $text = preg_replace('~\s+~', ' ', stream_get_contents($pipes[1]));
    proc_close($process);
    foreach ($patterns as $pattern) {
        $not = str_starts_with($pattern, '!');
        if ((bool) preg_match('~' . ltrim($pattern, '!') . '~', $text) === $not) {
            echo "$title: ", $not ? '' : 'not ', "there: $pattern\n$text\n";
        }
    }
}

// whose evidence it is

check('a unit of another PHP', ['nginx' => nginx(RESET, WWW), 'php8.2-fpm.log' => ended('on signal 9 (SIGKILL)', 'www'),
    'journal' => "Nov 22 10:00:00 web1 systemd[1]: php7.4-fpm.service: A process of this unit has been killed by the "
        . "OOM killer.\n"], ['killed, probable', '!oom_kill,', '!php7.4']);
check('its own unit', ['nginx' => nginx(RESET, WWW), 'php8.2-fpm.log' => ended('on signal 9 (SIGKILL)', 'www'),
    'journal' => "Nov 22 10:00:00 web1 systemd[1]: php8.2-fpm.service: A process of this unit has been killed by the "
        . "OOM killer.\n"], ['oom_kill, probable']);
check("another PHP's fault", ['nginx' => nginx(RESET, WWW), 'php8.2-fpm.log' => ended('on signal 11 (SIGSEGV)', 'www'),
    'kernel' => "Nov 22 10:00:00 web1 kernel: php-fpm7.4[999]: segfault at 0 ip 00007f1 sp 00007ff error 4 in "
        . "redis.so[7f1+1]\n"], ['segfault, probable', '!because.*redis.*1 incident']);
$killed = 'kernel: Out of memory: Killed process %d (php-fpm8.2) total-vm:1kB, anon-rss:5kB, file-rss:0kB, '
    . "shmem-rss:0kB, UID:33 pgtables:1kB oom_score_adj:0\n";
check('the same pid', ['nginx' => nginx(RESET), 'fpm' => ended('on signal 9 (SIGKILL)'),
    'kernel' => 'Nov 22 10:00:00 web1 ' . sprintf($killed, 4711)], ['oom_kill, probable', '!another pid']);
check('another pid', ['nginx' => nginx(RESET), 'fpm' => ended('on signal 9 (SIGKILL)'),
    'kernel' => 'Nov 22 10:00:00 web1 ' . sprintf($killed, 999)], ['oom_kill, possible', 'another pid']);
check('another host', ['nginx' => nginx(RESET), 'records' => record(['event.code' => 'killed']),
    'kernel' => 'Nov 22 10:00:00 web2 ' . sprintf($killed, 4711)], ['killed, certain', '!because.*Out of.*1 incident']);
check('the pid of another pool', ['nginx' => nginx(RESET) . nginx(RESET, 'unix:/run/php/blog.sock:', '/blog', 8),
    'fpm' => ended('on signal 11 (SIGSEGV)', 'blog'), 'records' => record(['event.code' => 'abort'])],
    ['abort, certain', 'segfault, probable']);
$said = fpm('[pool www] child 7 said into stderr: "free(): double free detected in tcache 2"');
check("another container's words", ['compose' => 'web-1  | ' . nginx(RESET, 'a:9000') . "fpm-b-1  | $said"
    . 'fpm-a-1  | ' . ended('on signal 6 (SIGABRT)', 'www', 7)], ['abort, possible', '!stderr']);
check("the container's words", ['compose' => 'web-1  | ' . nginx(RESET, 'a:9000') . "fpm-a-1  | $said"
    . 'fpm-a-1  | ' . ended('on signal 6 (SIGABRT)', 'www', 7)], ['abort, probable', 'stderr free\(\): double free']);
check('a record is not what the worker said', ['nginx' => nginx(RESET), 'fpm' => implode('', array_map(
    fn ($said) => fpm("[pool shop] child 4711 said into stderr: \"$said\""), [
        'free(): double free detected in tcache 2',
        '{"@timestamp":"2026-11-22T10:00:00.1Z","message":"shop[4711] abort', '2","process":{"pid":4711}}',
        'Aborting']))
    . ended('on signal 6 (SIGABRT)')], ['abort, probable', 'stderr free\(\): double free detected in tcache 2 Aborting',
    '!@timestamp', '!process":']);
check("the extension's own message", ['nginx' => nginx(RESET), 'fpm' => "fpmsentinel: /var/log/fpmsentinel.log: no "
    . "space left; its records follow here\n" . ended('on signal 6 (SIGABRT)')],
    ['abort, probable', '!not understood']);

// used once

$disallowed = fpm("Connection disallowed: IP address '192.0.2.77' has been dropped.", '10:00:00', 'ERROR');
check('one connection turned away', ['nginx' => nginx(RESET, TCP, '/a', 1) . nginx(RESET, TCP, '/b', 2),
    'fpm' => $disallowed], ['address_not_allowed, possible', 'unexplained', '2 incidents, 1 explained']);
check('of a unix socket there is none', ['nginx' => nginx(RESET), 'fpm' => $disallowed],
    ['unexplained', '!address_not_allowed']);
check('turned away, or dead', ['nginx' => nginx(RESET, TCP), 'fpm' => $disallowed . ended('on signal 11 (SIGSEGV)')],
    ['possible', 'this fits as well']);

// what ran, and what waited

$full = fpm('[pool shop] server reached pm.max_children setting (5), consider raising it', '09:59:30');
$reload = fpm('Reloading in progress ...', '09:59:50', 'NOTICE') . fpm('reloading: execvp("x")', '10:00:20', 'NOTICE');
$body = str_replace('response header from upstream', 'upstream', LATE);
check('full', ['nginx' => nginx(LATE), 'fpm' => $full], ['pool_exhausted, probable', 'too slow fits as well']);
check('full, but it had begun', ['nginx' => nginx($body), 'fpm' => $full],
    ['nginx_timeout, certain', 'began its answer', '!max_children was']);
check('a reload, but it had begun', ['nginx' => nginx($body), 'fpm' => $reload], ['nginx_timeout, certain']);
check('nothing else given', ['nginx' => nginx(LATE)], ['waited for a free worker and never ran', 'would decide']);
$slow = '[pool shop] child 5, script \'/srv/%1$s.php\' (request: "GET /%1$s.php") executing too slow (5 sec), logging';
check('logged as slow', ['nginx' => nginx(LATE, SHOP, '/cart.php'), 'fpm' => $full . fpm(sprintf($slow, 'cart'),
    '09:59:40')], ['nginx_timeout, certain', 'still running', 'executing too slow', '!pool_exhausted']);
check('another script was slow', ['nginx' => nginx(LATE, SHOP, '/cart.php'), 'fpm' => $full . fpm(sprintf($slow, 'x'),
    '09:59:40')], ['pool_exhausted, probable', '!executing too slow']);
check('slow log', ['nginx' => nginx(LATE), 'slow.log' => "\n[22-Nov-2026 09:59:40]  [pool shop] pid 5\nscript_filename"
    . " = /srv/x.php\n[0x00007f1e3a0130f0] sleep() /srv/x.php:3\n"],
    ['logged a slow request', 'script /srv/x.php, in sleep\(\) /srv/x.php:3', 'would decide']);
$big = 'upstream sent too big header ' . HEADER;
check('header too big', ['nginx' => nginx($big)], ['response_rejected, certain']);
check('the same, cut', ['nginx' => strstr(nginx($big), ', upstream', true) . "\n"],
    ['response_rejected, possible', 'may not have been FPM']);
check('process.max', ['nginx' => nginx(LATE), 'fpm' => fpm('The maximum number of processes has been reached. Please '
    . "review your configuration and consider raising 'process.max'", '09:59:30')], ['Raise process.max']);
check('fork()', ['nginx' => nginx(LATE), 'fpm' => fpm('fork() failed: Cannot allocate memory (12)', '09:59:30')],
    ['fork\(\) failed', '!then raise pm.max_children']);
check('queue full, reload', ['nginx' => nginx(sprintf(SOCKET, '11: Resource temporarily unavailable')),
    'fpm' => $reload], ['pool_exhausted, certain', 'being reloaded', '!then raise']);
check('emergency', ['nginx' => nginx(RESET), 'fpm' => fpm('failed processes threshold (10 in 60 sec) is reached, '
    . 'initiating reload', '10:00:00', 'NOTICE') . fpm('Reloading in progress ...', '10:00:00', 'NOTICE')],
    ['fpm_reload', 'emergency_restart_threshold', '!waited in the queue']);
$stop = fpm('Terminating ...', '10:00:00', 'NOTICE') . fpm('exiting, bye-bye!', '10:00:00', 'NOTICE');
check("another pool's records", ['nginx' => nginx(RESET), 'fpm' => $stop, 'records' => record(['fpmsentinel.listen' =>
    '/run/php/blog.sock', 'fpmsentinel.nginx' => null, 'url.path' => '/x', '@timestamp' => '2026-11-22T08:00:00Z'])],
    ['fpm_stop', 'only a record would say', '!queued_at_stop']);
check("the pool's records", ['nginx' => nginx(RESET), 'fpm' => $stop, 'records' => record(['fpmsentinel.nginx' => null,
    'url.path' => '/x', '@timestamp' => '2026-11-22T08:00:00Z'])], ['queued_at_stop', 'no record matches']);
// the next master and its workers are killed in the second after that stop: two explanations
$running = fn (string $time) => fpm('fpm is running, pid 9', $time, 'NOTICE')
    . fpm('ready to handle connections', $time, 'NOTICE');
$stopped = record(['event.action' => 'master', 'event.code' => 'master_stop', 'fpmsentinel.nginx' => null,
    'fpmsentinel.request' => null, 'url.path' => null]);
check('a stop, then a kill of all', ['nginx' => nginx(RESET, time: '10:00:01'), 'records' => $stopped, 'fpm' =>
    $running('09:59:00') . $stop . $running('10:00:00') . $running('10:00:03')],
    ['queued_at_stop, possible', 'this fits as well: .*killed together', 'would decide', '!queued_at_stop, probable']);
check('a stop and a start', ['nginx' => nginx(RESET, time: '10:00:01'), 'records' => $stopped, 'fpm' =>
    $running('09:59:00') . $stop . $running('10:00:00')], ['queued_at_stop, probable', '!fits as well']);
$waiting = ['event.action' => 'slow-request', 'event.code' => 'slow_request', '@timestamp' => '2026-11-22T09:59:30Z',
    'message' => 'www[1] slow_request: x', 'fpmsentinel.request.started' => '2026-11-22T09:59:00Z'];
check('it was running', ['nginx' => nginx(LATE), 'fpm' => $full, 'records' => record($waiting)],
    ['nginx_timeout, certain', 'still running', 'its record, found by .*slow_request: x', '!pool_exhausted']);
check('without numbers', ['nginx' => nginx(LATE), 'fpm' => $full, 'records' => record($waiting +
    ['fpmsentinel.nginx' => null])], ['nginx_timeout, certain', 'still running']);
check('an earlier request', ['nginx' => nginx(LATE), 'records' => record(['url.path' => '/x'] + $waiting)],
    ['would decide', '!still running']);
$abort = str_replace('[error]', '[info]', nginx('epoll_wait() reported that client prematurely closed connection, so '
    . 'upstream connection is closed too while sending request to upstream'));
check('hung up in the queue', ['nginx' => $abort, 'fpm' => $full],
    ['client_abort, certain', 'may have waited in the queue']);

// what connect() says

foreach ([
    [TCP, CONNECT, '13: Permission denied', ['connect_forbidden', 'SELinux', '!listen\.(owner|mode)']],
    [TCP, CONNECT, '1: Operation not permitted', ['connect_forbidden', 'firewall rule']],
    [SHOP, SOCKET, '13: Permission denied', ['no_permission', 'or by SELinux; .* would decide']],
    [SHOP, SOCKET, '20: Not a directory', ['fpm_down, certain', 'no socket at that path', '!reach FPM.s host']],
    [SHOP, SOCKET, '91: Protocol wrong type for socket', ['fpm_down, certain', 'SOCK_DGRAM']],
    [TCP, CONNECT, '99: Cannot assign requested address', ['no_local_port, certain']],
    [TCP, 'bind(192.0.2.99) failed (%s) while connecting to upstream', '99: Cannot assign requested address',
        ['bind_address, certain', 'fastcgi_bind', '!TIME_WAIT']],
    [TCP, CONNECT, '105: No buffer space available', ['no_kernel_memory', '!reach FPM.s host']],
    [TCP, CONNECT, '11: Resource temporarily unavailable', ['no_kernel_memory', '!pool_exhausted']],
    [TCP, 'socket() failed (%s) while connecting to upstream', '23: Too many open files in system',
        ['no_file_descriptors', 'fs.file-max']],
    [TCP, CONNECT, '113: No route to host', ['fpm_down, certain', 'no way to']],
    [TCP, 'recv() failed (%s) ' . HEADER, '110: Connection timed out', ['connection_lost', '!nginx_timeout']],
    [TCP, 'recv() failed (%s) ' . HEADER, '113: No route to host', ['connection_lost']],
    [SHOP, 'open() "/var/lib/nginx/fastcgi/1/00/0000000001" failed (%s) while reading upstream',
        '24: Too many open files', ['no_file_descriptors', '!was not asked']],
] as [$upstream, $message, $error, $patterns]) {
    check("$message $error", ['nginx' => nginx(sprintf($message, $error), $upstream)], $patterns);
}

// what only a record has

foreach (['11 (SIGSEGV)' => 'segfault', '6 (SIGABRT)' => 'abort', '8 (SIGFPE)' => 'floating_point_error',
    '14 (SIGALRM)' => 'pcntl_alarm', '27 (SIGPROF)' => 'profiler', '13 (SIGPIPE)' => 'reset it'] as $signal => $says) {
    check($signal, ['nginx' => nginx(RESET), 'fpm' => ended("on signal $signal")],
        [$says, '!innermost native', '!(?<!has one, )The PHP stack shows', '!deployment']);
}
check('124', ['nginx' => nginx(RESET), 'fpm' => ended('with code 124')], ['hard_timeout', '!on top of the PHP stack']);
check('1', ['nginx' => nginx(RESET), 'fpm' => ended('with code 1')], ['exit_in_request', '!native stack']);
$message = 'FastCGI sent in stderr: "PHP message: PHP Fatal error:  Allowed memory size of 9 bytes exhausted in /a.php '
    . 'on line 3" ';
check("PHP's words", ['nginx' => nginx($message . HEADER)], ['memory_limit', 'message names the line', '!stack shows']);
check('last words', ['nginx' => nginx('FastCGI sent in stderr: "fpmsentinel: segfault in curl_exec() called at '
    . '/a.php:5 (record 01a22a29cabb000332d35498d76f3d8b)" ' . HEADER) . nginx(RESET)],
    ['segfault, probable', 'said fpmsentinel: segfault in curl_exec', '!innermost native']);
check('kernel', ['nginx' => nginx(RESET), 'kernel' => 'Nov 22 10:00:00 web1 kernel: php-fpm8.2[999]: segfault at 0 ip '
    . "00007f1 sp 00007ff error 4 in redis.so[7f1+1]\n"], ['segfault, possible', "kernel's line names the file"]);
check('what was given', ['nginx' => nginx(RESET)], ['has neither records nor lines of FPM.s log']);

// what the client got

$killed = ['event.code' => 'memory_limit', 'event.action' => 'request-killed'];
$sent = 'fpmsentinel.request.headers_sent';
check('nothing sent', ['nginx' => nginx($message . HEADER), 'records' => record($killed)],
    ['Nothing had been sent: the client got a 500, or with display_errors on']);
check('a part sent', ['nginx' => nginx($message . HEADER), 'records' => record([$sent => true] + $killed)],
    ['A part of the answer had been sent', '!a 500']);
check('by the access log', ['nginx' => nginx($message . HEADER), 'records' => record($killed), 'access' =>
    '192.0.2.1 - - [22/Nov/2026:10:00:00 +0000] "GET /cart HTTP/1.1" 200 157 "-" "curl"' . "\n"],
    ['got status 200', '!a 500']);
check('stack limit', ['nginx' => nginx($message . HEADER), 'records' => record([$sent => true, 'event.code' =>
    'uncaught_exception', 'event.action' => 'request-killed', 'error.message' => 'Maximum call stack size of 9 bytes']),
    ], ['zend.max_allowed_stack_size', '!a 500']);
check('it hung up, then died', ['nginx' => $abort, 'records' => record(['message' => 'www[1] segfault: x'])],
    ['client_abort', 'its record, found by .*segfault: x']);
$later = ['url.path' => '/x', 'fpmsentinel.nginx' => null, '@timestamp' => '2026-11-22T10:05:00Z'];
check('after the answer', ['nginx' => nginx(RESET), 'records' => record([]) . record(['event.id' => str_repeat('1', 32),
    'fpmsentinel.request.finished' => true] + $later) . record(['event.id' => str_repeat('2', 32)] + $later)
    . record(['event.id' => str_repeat('3', 32), 'fpmsentinel.request.finished' => true] + $later + $killed)],
    ['2 records of deaths without .* logs; in 1 the answer had been sent', '1 record of requests that PHP ended']);

// stacks

$core = '/srv/wp-includes/plugin.php';
$own = [['function' => 'save', 'file' => '/srv/wp-content/plugins/shop/order.php', 'line' => 77]];
$deep = ['fpmsentinel.php' => ['stack_age_ms' => 0, 'stack' => [...frames(30, $core), ...$own, ...frames(20, $core)]]];
check('a deep frame', ['nginx' => nginx(RESET), 'records' => record($deep)],
    ['plugins/shop/order.php:77', 'and 24 more', 'and 20 more: fpmsentinel info [0-9a-f]{32}']);
check('the last one', ['nginx' => nginx(RESET), 'records' => record(['fpmsentinel.php' => ['stack' =>
    [...frames(30, $core), ...$own]]])], ['and 24 more save\(\) .*order.php:77 all frames: fpmsentinel info']);
check('a folder', ['nginx' => nginx(RESET), 'records' => record(['fpmsentinel.php' => ['stack' =>
    [...frames(20, $core), ...frames(1, '/srv/vendor/acme/x.php', 'mine'), ...$own]]])],
    ['mine0\(\)', '!order.php'], ['--own', '/srv/vendor/acme/']);
$cycle = [...frames(14, '/srv/wp-includes/query.php')];
for ($i = 0; $i < 12; $i++) {
    array_push($cycle, ...frames(9, $core, 'c'));
}
check('a long cycle, deep', ['nginx' => nginx($message . HEADER), 'records' => record(['fpmsentinel.php' => ['stack' =>
    array_slice($cycle, 0, 122), 'frames_omitted' => 147000]] + $killed)],
    ['these 9 call each other, 163\d\d times', 'runs itself again', 'levels deep']);
check('deep, or endless', ['nginx' => nginx($message . HEADER), 'records' => record(['fpmsentinel.php' => ['stack' =>
    array_fill(0, 120, ['function' => 'walk', 'file' => '/srv/a.php', 'line' => 3])]] + $killed)],
    ['has no end', 'raise memory_limit', 'decides']);
check('lost frames', ['nginx' => nginx(RESET), 'records' => record(['fpmsentinel.php' => ['stack' =>
    frames(8, $core), 'frames_omitted' => 40]])], ['and 40 more, which the record does not have']);
check('notes and mapping', ['nginx' => nginx(RESET), 'records' => record(['fpmsentinel.request.annotations' =>
    ['route' => 'checkout', 'tenant' => 'acme'], 'fpmsentinel.signal.mapping' => ['file' => '/srv/x.sqlite']])],
    ['notes route=checkout, tenant=acme', 'mapping /srv/x.sqlite']);
?>
done
--EXPECT--
done
