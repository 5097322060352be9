--TEST--
fpmsentinel doctor --diff: patch, nginx and FPM take it; includes, one-line blocks, a dump from a terminal
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; exec('patch --version', $lines, $status) || $status && die('skip no patch'); ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';

$dir = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
mkdir("$dir/sites", recursive: true);
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($dir)));
$files = [
    'nginx.conf' => "error_log $dir/error.log;\npid $dir/nginx.pid;\nevents { }\nhttp {\n    access_log off;\n"
        . "    upstream kept { server unix:$dir/www.sock; keepalive 16; }\n    include $dir/sites/*;\n}\n",
    'sites/one' => "server {\n    listen 127.0.0.1:1;\n"
        . "    location /a/ { fastcgi_pass kept; fastcgi_keep_conn on; }\n    location / {\n"
        . "        fastcgi_pass unix:$dir/www.sock; # behind it\n"
        . "        fastcgi_param PHP_VALUE \"memory_limit=64M \\n max_execution_time=18000\";\n    }\n}",
    'fpm.conf' => "[global]\nprocess_control_timeout = 22501s\n[www]\nlisten = $dir/www.sock\n"
        . "pm = static\npm.max_children = 3\nuser = www-data\ngroup = www-data\nrequest_terminate_timeout = 300\n",
    'php.ini' => "log_errors = On\n",
];
foreach ($files as $name => $text) {
    file_put_contents("$dir/$name", $text);
}
file_put_contents("$dir/php", "#!/bin/sh\nexec " . Server::path('TEST_PHP_FPM') . " -c $dir/php.ini \"\$@\"\n");
chmod("$dir/php", 0755);

$doctor = fn (string $nginx, string ...$options) => tool(['doctor', '--nginx-conf', $nginx,
    '--fpm-conf', "$dir/fpm.conf", '--php', "$dir/php", ...$options]);
$diff = $doctor("$dir/nginx.conf", '--diff');
same('errors', ['', 1], [$diff->errors, $diff->status]);
exec(escapeshellarg(Server::path('TEST_NGINX')) . " -T -c $dir/nginx.conf 2>/dev/null", $lines);
file_put_contents("$dir/dump", implode("\r\n", $lines) . "\r\n");
same('of a dump from a terminal', $diff->output, $doctor("$dir/dump", '--diff')->output);

file_put_contents("$dir/diff", $diff->output);
exec("patch -p1 -d / <$dir/diff 2>&1", $said, $status);
same('patch', [0, []], [$status, preg_grep('~^patching file ~', $said, PREG_GREP_INVERT)]);
exec(escapeshellarg(Server::path('TEST_NGINX')) . " -t -c $dir/nginx.conf 2>&1", $said, $nginx);
exec("$dir/php -d fpmsentinel.enable=0 -t -y $dir/fpm.conf 2>&1", $said, $fpm);
same('taken', [0, 0], [$nginx, $fpm]);
$report = json_decode($doctor("$dir/nginx.conf", '--format=json')->output, true);
// what is this machine's, and what is no line to paste
$machine = ['not-loaded', 'log-not-rotated', 'kernel-exit-info', 'backlog-cut', 'mixed-limits'];
same('left', [], array_diff(array_column($report['findings'], 'rule'), $machine));
foreach (['nginx.conf' => '~^    upstream kept \{.* keepalive 1; \}$~m',
    'sites/one' => '~^        fastcgi_pass .*; # behind it\n        fastcgi_\w+ ~m',
    'fpm.conf' => '~^process_control_timeout = 45s$~m'] as $name => $regex) {
    matches($name, $regex, file_get_contents("$dir/$name"));
}
?>
done
--EXPECT--
done
