--TEST--
fpmsentinel doctor: Debian's own configuration, and what WordPress and Symfony recommend: what is true, and nothing else
--SKIPIF--
<?php
require __DIR__ . '/skipif.inc';
$folder = '/etc/php/' . PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION . '/fpm';
str_contains((string) shell_exec(escapeshellarg(Server::path('TEST_PHP_FPM')) . ' -i'),
    "Configuration File (php.ini) Path => $folder\n")
    || die("skip php-fpm is not Debian's: its configuration is not in $folder");
?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';

$version = PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
$dir = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
mkdir($dir);
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($dir)));
file_put_contents("$dir/systemctl", "#!/bin/sh\nexit 1\n"); // whatever machine this is
chmod("$dir/systemctl", 0755);
putenv("PATH=$dir:" . getenv('PATH'));

/** Debian's configuration of nginx in a folder of its own, with one site: what its nginx prints. */
function nginx(string $dir, string $name, string $site): string
{
    exec("cp -rL /etc/nginx $dir/$name && grep -rl /etc/nginx $dir/$name | xargs sed -i s#/etc/nginx#$dir/$name#g; "
        . "rm -f $dir/$name/sites-enabled/* $dir/$name/conf.d/*");
    file_put_contents("$dir/$name/sites-enabled/site", $site);
    exec(Server::path('TEST_NGINX') . " -T -c $dir/$name/nginx.conf 2>$dir/errors >$dir/$name.txt", $output, $status);
    same("nginx -T of $name", 0, $status);
    return "$dir/$name.txt";
}

/** Its findings as "severity rule file:line of the site's or of FPM's folder". */
function found(string $dir, string ...$arguments): array
{
    $run = tool(['doctor', '--format=json', '--php', Server::path('TEST_PHP_FPM'), ...$arguments]);
    same('errors', '', $run->errors);
    same('status', 1, $run->status);
    $report = json_decode($run->output, true, flags: JSON_THROW_ON_ERROR);
    $findings = [];
    foreach ($report['findings'] as $finding) {
        $place = $finding['places'][0];
        $findings[$finding['rule']] = "$finding[severity] " . basename($place['file'])
            . (isset($place['line']) ? ":$place[line]" : '');
    }
    unset($findings['memory-limit-sum']); // a small machine may have it
    ksort($findings);
    return [$findings, $report['not_looked_at']];
}

/** The line of a text in which something stands. */
function lineOf(string $what, string $file): int
{
    return key(preg_grep('~^\s*' . preg_quote($what) . '~', file($file))) + 1;
}

// Debian's, with the location for PHP that its default site has in comments

$stock = file_get_contents('/etc/nginx/sites-available/default');
$stock = preg_replace('~^\s*#(\s*(location \~ \\\\\.php\$ \{|include snippets/fastcgi-php\.conf;))~m', '$1', $stock, -1,
    $count);
same('in comments', 2, $count);
$stock = preg_replace('~^\s*#\s*fastcgi_pass unix:.*?;\n(\s*#.*\n)*?\s*#\}~m',
    "\t\tfastcgi_pass unix:/run/php/php$version-fpm.sock;\n\t}", $stock, 1, $count);
same('in comments', 1, $count);
$conf = "/etc/php/$version/fpm/php-fpm.conf";
$pool = "/etc/php/$version/fpm/pool.d/www.conf";
$expected = fn (string $site, int $line, int $poolLine, string $poolFile = 'www.conf') => [
    'abandoned-requests' => "hint $site:$line",
    'not-loaded' => 'hint php.ini',
    'parameters-missing' => "hint $site:$line",
    'process-control-timeout' => 'warning php-fpm.conf:' . lineOf('[global]', $GLOBALS['conf']),
    'slowlog-off' => "hint $poolFile:$poolLine",
    'socket-timeout' => "hint $site:$line",
    'worker-output-lost' => "hint $poolFile:$poolLine",
];
$dump = nginx($dir, 'stock', $stock);
same('stock', [$expected('site', lineOf('fastcgi_pass', "$dir/stock/sites-enabled/site"), lineOf('[www]', $pool)),
    ['a systemd unit: systemctl knows of none, or is not here']], found($dir, '--nginx-conf', $dump));
same('not only Debian knows it', true, is_file($conf));

// Symfony's, with Debian's pool

$site = template('symfony.conf', ['VERSION' => $version]);
$dump = nginx($dir, 'symfony', $site);
same('Symfony', $expected('site', lineOf('fastcgi_pass', "$dir/symfony/sites-enabled/site"), lineOf('[www]', $pool)),
    found($dir, '--nginx-conf', $dump)[0]);

// WordPress's, with a pool on its port

$dump = nginx($dir, 'wordpress', template('wordpress.conf'));
mkdir("$dir/fpm");
file_put_contents("$dir/fpm/php-fpm.conf", str_replace("/etc/php/$version/fpm/pool.d/*.conf", "$dir/fpm/www.conf",
    file_get_contents($conf)));
file_put_contents("$dir/fpm/www.conf", preg_replace('~^listen = .*~m', 'listen = 127.0.0.1:9000',
    file_get_contents($pool)));
same('WordPress', [$expected('site', lineOf('fastcgi_pass', "$dir/wordpress/sites-enabled/site"),
    lineOf('[www]', "$dir/fpm/www.conf")), ['a systemd unit: systemctl knows of none, or is not here']],
    found($dir, '--nginx-conf', $dump, '--fpm-conf', "$dir/fpm/php-fpm.conf"));
same('nobody listens', "$dir/wordpress/sites-enabled/site:"
    . lineOf('fastcgi_pass', "$dir/wordpress/sites-enabled/site")
    . ', fastcgi_pass php: no pool that was read listens there',
    found($dir, '--nginx-conf', $dump)[1][1] ?? null);

// nothing was written: neither into FPM's log, nor to make logs that are not there

$log = preg_match('~^error_log\s*=\s*(\S+)~m', file_get_contents($conf), $match) ? $match[1] : '/none';
$before = @file_get_contents($log);
file_put_contents("$dir/fpm/www.conf", "slowlog = $dir/fpm/slow.log\nrequest_slowlog_timeout = 5s\naccess.log "
    . "= $dir/fpm/access.log\n", FILE_APPEND);
found($dir, '--nginx-conf', $dump, '--fpm-conf', "$dir/fpm/php-fpm.conf");
same('written', [$before, ["$dir/fpm/php-fpm.conf", "$dir/fpm/www.conf"]],
    [@file_get_contents($log), glob("$dir/fpm/*")]);

// fixed as it says

file_put_contents("$dir/fpm/php-fpm.conf", "\n[global]\nprocess_control_timeout = 44s\n", FILE_APPEND);
file_put_contents("$dir/fpm/www.conf", "request_terminate_timeout = 44s\ncatch_workers_output = "
    . "yes\nphp_admin_value[default_socket_timeout] = 22\n", FILE_APPEND);
$site = preg_replace('~(fastcgi_pass php;)~', '$1 include ' . dirname(__DIR__, 2) . '/conf/fastcgi-fpmsentinel.conf;',
    template('wordpress.conf'));
$dump = nginx($dir, 'fixed', $site);
same('fixed', ['not-loaded'], array_keys(found($dir, '--nginx-conf', $dump, '--fpm-conf',
    "$dir/fpm/php-fpm.conf")[0]));
?>
done
--EXPECT--
done
