--TEST--
fpmsentinel doctor: thirty equal pools take at most 40 lines of text, however they are laid out
--SKIPIF--
<?php
require __DIR__ . '/skipif.inc';
needs();
?>
--FILE--
<?php
require __DIR__ . '/scenario.inc';
require_once __DIR__ . '/trace.inc';

const SITES = 30;
const OWNER = "user = www-data\ngroup = www-data\nlisten.owner = www-data\nlisten.group = www-data\n";
const DYNAMIC = "pm = dynamic\npm.max_children = 5\npm.start_servers = 2\npm.min_spare_servers = 1\n"
    . "pm.max_spare_servers = 3\n";
const PASS = 'include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name; ';

/** A server block of one line, or of many, for what is in its location. */
function server(string $location, string $break = ' ', string $above = ''): string
{
    $pieces = ['server {', 'listen 127.0.0.1:8199; server_name s@N@.example; root /srv/s@N@;', $above,
        'location ~ \.php$ {', ...preg_split('~(?<=;) ~', PASS . $location), '} }'];
    return implode($break, array_filter($pieces)) . "\n";
}

/*
 * The files of each set; @N@ in a name is the number of a site, and what stands between @EACH@ and @END@ is there for
 * each site. nginx.conf is what http { } holds, fpm.conf what follows [global]'s error_log.
 */
$sets = [
    'plesk' => [
        'fpm.conf' => "include=@DIR@/php-fpm.d/*.conf\n", 'nginx.conf' => 'include @DIR@/vhosts/*.conf;',
        'php-fpm.d/site@N@.conf' => "[site@N@.example]\n" . OWNER . "listen = @DIR@/@N@.sock\npm = ondemand\n"
            . "pm.max_children = 10\npm.process_idle_timeout = 10s\nphp_value[max_execution_time] = 30\n"
            . "php_value[memory_limit] = 128M\nphp_value[post_max_size] = 8M\n",
        'vhosts/site@N@.conf' => server('fastcgi_pass "unix://@DIR@/@N@.sock";', "\n",
            'client_max_body_size 128m;'),
    ],
    'cpanel' => [
        'fpm.conf' => "include=@DIR@/php-fpm.d/*.conf\n", 'nginx.conf' => 'include @DIR@/users/*.conf;',
        'php-fpm.d/u@N@.conf' => "[u@N@_example]\n" . OWNER . "listen = @DIR@/@N@.sock\npm = ondemand\n"
            . "pm.max_children = 5\npm.max_requests = 20\npm.process_idle_timeout = 10\ncatch_workers_output = yes\n",
        'users/u@N@.conf' => server('fastcgi_pass unix:@DIR@/@N@.sock; fastcgi_read_timeout 300;', "\n"),
    ],
    'debian, upstream and keepalive' => [
        'fpm.conf' => "include=@DIR@/pool.d/*.conf\n", 'nginx.conf' => 'include @DIR@/sites-enabled/*;',
        'pool.d/www@N@.conf' => "[www@N@]\n" . OWNER . "listen = @DIR@/@N@.sock\n" . DYNAMIC
            . "pm.max_requests = 500\nrequest_terminate_timeout = 60s\n",
        'sites-enabled/www@N@' => "upstream php@N@ {\n    server unix:@DIR@/@N@.sock;\n    keepalive 8;\n}\n"
            . server('fastcgi_pass php@N@; fastcgi_keep_conn on;', "\n    "),
    ],
    'ispconfig, everything set' => [
        'fpm.conf' => "emergency_restart_threshold = 10\nemergency_restart_interval = 60s\nlog_level = error\n"
            . "include=@DIR@/pool.d/*.conf\n",
        'nginx.conf' => 'client_max_body_size 64m; include @DIR@/sites/*.vhost;',
        'pool.d/web@N@.conf' => "[web@N@]\n\n" . OWNER . "listen = @DIR@/web@N@.sock\nlisten.mode = 0660\n"
            . "listen.backlog = 10\npm = dynamic\npm.max_children = 50\npm.start_servers = 2\n"
            . "pm.min_spare_servers = 1\npm.max_spare_servers = 5\npm.max_requests = 0\nchdir = /\n"
            . "request_terminate_timeout = 20\nphp_admin_value[memory_limit] = 1G\n"
            . "php_admin_value[max_execution_time] = 30\nphp_admin_value[upload_max_filesize] = 64M\n",
        'sites/web@N@.vhost' => server('fastcgi_pass unix:@DIR@/web@N@.sock; fastcgi_intercept_errors on; '
            . 'fastcgi_next_upstream error timeout non_idempotent; fastcgi_request_buffering off;', "\n\t"),
    ],
    'docker, tcp' => [
        'fpm.conf' => "daemonize = no\nlog_limit = 8192\ninclude=@DIR@/php-fpm.d/*.conf\n",
        'nginx.conf' => 'include @DIR@/conf.d/*.conf;',
        'php-fpm.d/app@N@.conf' => "[app@N@]\nuser = www-data\ngroup = www-data\nlisten = 127.0.0.1:91@N@\n" . DYNAMIC
            . "access.log = /dev/null\nclear_env = no\ncatch_workers_output = yes\ndecorate_workers_output = no\n",
        'conf.d/app@N@.conf' => server('fastcgi_pass 127.0.0.1:91@N@; fastcgi_connect_timeout 1s;', "\n"),
    ],
    'one file each' => [
        'fpm.conf' => "@EACH@[s@N@]\n" . OWNER . "listen = @DIR@/@N@.sock\n" . DYNAMIC . '@END@',
        'nginx.conf' => '@EACH@' . server('fastcgi_pass unix:@DIR@/@N@.sock;') . '@END@',
    ],
    'one file each, long limits' => [
        'fpm.conf' => "process_control_timeout = 300s\n@EACH@[s@N@]\n" . OWNER . "listen = @DIR@/@N@.sock\n" . DYNAMIC
            . "php_admin_value[max_execution_time] = 300\nphp_admin_value[memory_limit] = -1\n@END@"
            . "[short]\n" . OWNER . "listen = @DIR@/short.sock\n" . DYNAMIC,
        'nginx.conf' => server('fastcgi_pass unix:@DIR@/short.sock;', "\n") . '@EACH@'
            . server('fastcgi_pass unix:@DIR@/@N@.sock; fastcgi_read_timeout 300s; '
            . 'fastcgi_keep_conn on;', "\n") . '@END@',
    ],
    'all servers on one line, upstreams apart' => [
        'fpm.conf' => "@EACH@[s@N@]\n" . OWNER . "listen = @DIR@/@N@.sock\npm = static\npm.max_children = 4\n"
            . "pm.max_requests = 1000\nrequest_terminate_timeout = 120\n@END@",
        'nginx.conf' => '@EACH@upstream u@N@ { server unix:@DIR@/@N@.sock; keepalive 4; } @END@'
            . '@EACH@' . trim(server('fastcgi_pass u@N@; fastcgi_keep_conn on; fastcgi_read_timeout 120s;')) . ' @END@',
    ],
    'sockets that no pool has' => [
        'fpm.conf' => "[www]\n" . OWNER . "listen = @DIR@/www.sock\n" . DYNAMIC,
        'nginx.conf' => '@EACH@' . server('fastcgi_pass unix:@DIR@/@N@.sock;') . '@END@',
    ],
    'a folder for each site' => [
        'fpm.conf' => "include=@DIR@/*/pool.conf\n", 'nginx.conf' => 'include @DIR@/*/nginx.conf;',
        'site@N@/pool.conf' => "[site@N@]\r\n" . str_replace("\n", "\r\n", OWNER . "listen = @DIR@/@N@.sock\n" . DYNAMIC
            . "php_value[default_socket_timeout] = 600\nrlimit_core = unlimited\n"),
        'site@N@/nginx.conf' => str_replace("\n", "\r\n", server('fastcgi_pass unix:@DIR@/@N@.sock; '
            . 'fastcgi_read_timeout 600s; fastcgi_send_timeout 10s;', "\n")),
    ],
    'apache' => [
        'fpm.conf' => "include=@DIR@/pool.d/*.conf\n", 'apache2.conf' => "Timeout 60\nInclude @DIR@/sites/*.conf\n",
        'pool.d/s@N@.conf' => "[s@N@]\n" . OWNER . "listen = @DIR@/@N@.sock\n" . DYNAMIC
            . "pm.max_requests = 500\nrequest_terminate_timeout = 60s\n",
        'sites/s@N@.conf' => "<VirtualHost *:80>\n  ServerName s@N@.example\n  <FilesMatch \\.php$>\n"
            . "    SetHandler \"proxy:unix:@DIR@/@N@.sock|fcgi://s@N@\"\n  </FilesMatch>\n"
            . "  <Proxy fcgi://s@N@>\n    ProxySet enablereuse=on max=10 timeout=60\n  </Proxy>\n</VirtualHost>\n",
    ],
    'apache, one file, ondemand' => [
        'fpm.conf' => "@EACH@[s@N@]\n" . OWNER . "listen = 127.0.0.1:91@N@\npm = ondemand\npm.max_children = 4\n"
            . "php_admin_value[max_execution_time] = 120\n@END@",
        'apache2.conf' => "@EACH@<VirtualHost *:80>\n  ServerName s@N@.example\n  ProxyPassMatch ^/(.*\\.php)$ "
            . "fcgi://127.0.0.1:91@N@/srv/s@N@/$1 enablereuse=on timeout=60\n</VirtualHost>\n@END@",
    ],
];

function write(string $dir, array $files): void
{
    $each = fn (string $text, int $n) => str_replace('@N@', sprintf('%02d', $n), $text);
    foreach ($files as $name => $text) {
        $text = preg_replace_callback('~@EACH@(.*?)@END@~s', fn (array $match) => implode('',
            array_map(fn (int $n) => $each($match[1], $n), range(1, SITES))), $text);
        foreach (str_contains($name, '@N@') ? range(1, SITES) : [0] as $n) {
            $to = "$dir/" . $each($name, $n);
            is_dir(dirname($to)) || mkdir(dirname($to), 0755, true);
            file_put_contents($to, str_replace('@DIR@', $dir, $n ? $each($text, $n) : $text));
        }
    }
}

function doctor(string $dir, string ...$arguments): string
{
    $web = is_file("$dir/apache2.conf") ? ['-A', "$dir/apache2.conf"] : ['-n', "$dir/nginx.conf"];
    $run = tool(['doctor', ...$web, '-c', "$dir/fpm.conf", '-b', "$dir/php", ...$arguments]);
    same('errors', '', $run->errors);
    return $run->output;
}

foreach ($sets as $name => $files) {
    $dir = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
    mkdir($dir);
    register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($dir)));
    $files['fpm.conf'] = "[global]\npid = @DIR@/fpm.pid\nerror_log = @DIR@/fpm.log\n{$files['fpm.conf']}";
    if (isset($files['nginx.conf'])) {
        $files['nginx.conf'] = "user www-data;\nerror_log @DIR@/error.log;\npid @DIR@/nginx.pid;\nevents { }\n"
            . "http {\n{$files['nginx.conf']}\n}\n";
    }
    write($dir, ['php.ini' => "log_errors = On\n"] + $files);
    file_put_contents("$dir/php", "#!/bin/sh\nPHP_INI_SCAN_DIR= exec " . Server::path('TEST_PHP_FPM')
        . " -c $dir/php.ini \"\$@\"\n");
    chmod("$dir/php", 0755);
    $report = json_decode(doctor($dir, '--format=json'), true, flags: JSON_THROW_ON_ERROR);
    same("$name: tried", [isset($files['nginx.conf']) ? 'accepted' : 'not tried', 'accepted'],
        [$report['plan']['nginx_t'], $report['plan']['php_fpm_t']]);
    $text = doctor($dir);
    $lines = substr_count($text, "\n");
    same("$name: lines", true, $lines <= 40);
    getenv('SHOW_LINES') && fprintf(STDERR, "%d findings, %d lines: %s\n", count($report['findings']), $lines, $name);
    getenv('SHOW_LINES') === $name && fprintf(STDERR, '%s', $text);
    $dirs[$name] = [$dir, $text];
    // each rule is there, and with -v each place
    foreach ($report['findings'] as $finding) {
        same("$name: $finding[rule]", true, str_contains($text, " $finding[rule]: "));
    }
    $whole = doctor($dir, '-v');
    foreach (array_merge(...array_column($report['findings'], 'also')) as $place) {
        same("$name: place", true, (bool) preg_match('~' . preg_quote($place['file']) . ":$place[line]$~m", $whole));
    }
}

// how that looks: a warning, hints with and without their place on the same line, and where the rest is

[$dir, $text] = $dirs['one file each'];
same('one file each', 1, preg_match(
    "~^warning   process-control-timeout: a reload of FPM kills the requests in flight\n"
    . "  why     A reload sends each worker SIGTERM at once: its request gets a 502 and a 104\\.\n"
    . "  fix     process_control_timeout = 45s\s+in +$dir/fpm.conf, \\[global\\]\n.*"
    . "^hint      abandoned-requests: PHP works on for nginx, which has given up\n"
    . "  fix     request_terminate_timeout = 125s\s+in +30 pools \\($dir/fpm.conf:4 \\.\\.\\. :323\\)\n"
    . ".*^-v shows all reasons and places\\. ~ms", $text));
same('long pools beside a short one', 1, preg_match('~^hint      mixed-pools: .*\n  fix     if reloads must not kill '
    . '.*\s+in +30 places ~m', $dirs['one file each, long limits'][1]));
[$dir, $text] = $dirs['docker, tcp'];
same('docker, tcp', 1, preg_match("~^  fix     fastcgi_connect_timeout 5s;\s+"
    . "in +30 places \\($dir/conf\\.d/app01\\.conf:7 "
    . "\\.\\.\\. app30\\.conf:7\\), in place of \"fastcgi_connect_timeout 1s\"\$~m", $text));
[$dir, $text] = $dirs['apache'];
same('apache', 3, preg_match_all("~^  fix     enablereuse=off\s+in +30 places \\($dir/sites/s01\\.conf:7 "
    . "\\.\\.\\. s30\\.conf:7\\), in that ProxySet\$~m", $text));
same('not looked at', 3, preg_match_all('~^not looked at: (\S+\.conf:\d+, fastcgi_pass|28 more, which -v lists$)~m',
    $dirs['sockets that no pool has'][1]));
?>
done
--EXPECT--
done
