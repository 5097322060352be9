--TEST--
fpmsentinel doctor: nginx and FPM take what it advises, and it has nothing left to say after two rounds
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';

const DIRECTIVES = '~(?<![\w$])(keepalive\w*|fastcgi_(?!pass\b|param\b)\w+|client_\w+) ([^;{}]+);~';

/** The options of a server with the lines of a finding in them: nginx's directives are an array here. */
function follow(array $options, array $finding, string $folder): array
{
    foreach (isset($finding['fix_in']) ? explode("\n", $finding['fix']) : [] as $line) {
        if (preg_match('~fastcgi_param PHP_VALUE "(.*)";~', $line, $match)) {
            parse_str(str_replace('\n', '&', $match[1]), $options['passed']);
        } elseif (preg_match_all(DIRECTIVES, $line, $matches, PREG_SET_ORDER)) {
            // of a line with others the whole of it
            foreach ($matches as $match) {
                $options[str_starts_with($match[1], 'keepalive') ? 'upstream' : 'nginx'][$match[1]] = $match[2];
            }
        } elseif (preg_match('~^(\S+) = (.*)$~', $line, $match)) {
            $where = str_contains($finding['fix_in'], '[global]') ? 'fpm'
                : (str_contains($finding['fix_in'], '[www]') ? 'pool' : 'ini');
            $options[$where][$match[1]] = str_replace('/var/log', $folder, $match[2]);
        } else {
            echo "$finding[rule]: what is $line?\n";
        }
    }
    return $options;
}

$folder = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
mkdir($folder);
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($folder)));

/** The options for nginx, of which one location keeps its connections, if there is an upstream that does. */
function nginx(array $options): array
{
    $text = fn (array $directives) => implode(' ', array_map(fn ($name, $value) => "$name $value;",
        array_keys($directives), $directives));
    $keep = $options['nginx']['fastcgi_keep_conn'] ?? 'on';
    unset($options['nginx']['fastcgi_keep_conn']);
    $passed = array_map(fn ($name, $value) => "$name=$value", array_keys($options['passed']), $options['passed']);
    $options['nginx'] += $passed ? ['fastcgi_param PHP_VALUE' => '"' . implode('\n', $passed) . '"'] : [];
    if (!isset($options['upstream'])) {
        return ['nginx' => $text($options['nginx'])];
    }
    $kept = parts(template('kept.conf', ['KEEPALIVE' => $text($options['upstream']), 'KEEP' => $keep]));
    return ['main' => 'worker_processes 2;', 'http' => $kept['http'],
        'nginx' => "{$text($options['nginx'])}\n$kept[nginx]"];
}

$stock = ['nginx' => [], 'pool' => [], 'ini' => [], 'fpm' => [], 'passed' => []];
$cases = [
    'the defaults' => [],
    'as WordPress sites have it' => ['ini' => ['max_execution_time' => 300],
        'nginx' => ['fastcgi_read_timeout' => '300s']],
    'hardly any time between PHP and nginx' => ['ini' => ['max_execution_time' => 60],
        'nginx' => ['fastcgi_read_timeout' => '65s']],
    'FPM before PHP' => ['pool' => ['request_terminate_timeout' => '20s']],
    'FPM after nginx' => ['pool' => ['request_terminate_timeout' => '120s'], 'ini' => ['max_execution_time' => 60]],
    'FPM before PHP, at the same time as nginx' => ['pool' => ['request_terminate_timeout' => '50s'],
        'ini' => ['max_execution_time' => 60]],
    'no limit but nginx\'s' => ['ini' => ['max_execution_time' => 0], 'nginx' => ['fastcgi_read_timeout' => '3s']],
    'a slow log after nginx' => ['pool' => ['request_slowlog_timeout' => '30s', 'slowlog' => "$folder/slow.log"],
        'nginx' => ['fastcgi_read_timeout' => '20s'], 'ini' => ['max_execution_time' => 5]],
    'a short kill, no slow log' => ['pool' => ['request_terminate_timeout' => '2s'],
        'ini' => ['max_execution_time' => 1]],
    'the pool\'s own php_value' => ['pool' => ['php_admin_value[default_socket_timeout]' => '100',
        'php_value[max_execution_time]' => '90', 'php_admin_value[memory_limit]' => '-1']],
    'what nginx passes on' => ['passed' => ['default_socket_timeout' => 100, 'max_execution_time' => 90,
        'memory_limit' => -1, 'post_max_size' => '500k'],
        'pool' => ['php_admin_value[default_socket_timeout]' => 5, 'request_terminate_timeout' => '80s']],
    'far too much memory' => ['ini' => ['memory_limit' => '1024G'],
        'pool' => ['pm' => 'dynamic', 'pm.max_children' => 8, 'pm.start_servers' => 3, 'pm.min_spare_servers' => 2,
            'pm.max_spare_servers' => 6]],
    'kept connections' => ['upstream' => ['keepalive' => 8],
        'pool' => ['pm.max_children' => 8, 'pm.max_requests' => 100, 'request_terminate_timeout' => '40s']],
    'kept connections, two workers' => ['upstream' => ['keepalive' => 8, 'keepalive_timeout' => '90s'],
        'pool' => ['pm.max_children' => 2, 'pm' => 'ondemand', 'request_terminate_timeout' => '40s']],
    'sizes and switches' => ['nginx' => ['client_max_body_size' => '64m', 'fastcgi_request_buffering' => 'off',
        'fastcgi_send_timeout' => '5s'], 'ini' => ['post_max_size' => '1500'],
        'pool' => ['catch_workers_output' => 'no', 'rlimit_core' => 'unlimited', 'listen.backlog' => '10'],
        'fpm' => ['log_level' => 'error', 'emergency_restart_threshold' => 3, 'emergency_restart_interval' => '1m']],
];
// what one cannot follow here, or what a machine has of itself
$elsewhere = ['log-not-rotated', 'kernel-exit-info', 'backlog-cut'];
foreach ($cases as $case => $options) {
    $options += $stock;
    for ($round = 0;; $round++) {
        $server = new Server(nginx($options) + array_diff_key($options, ['upstream' => [], 'passed' => []]));
        $server->coroner(); // by its title, which on a loaded machine it has after FPM listens: else doctor misses it
        $server->script('hello.php', 'echo "hello";');
        same("$case, round $round", 200, $server->get('/hello.php')->status);
        $findings = array_diff_key(doctor($server), array_flip($elsewhere));
        $server->stop();
        if (!$findings || $round === 2) {
            break;
        }
        foreach (array_merge(...array_values($findings)) as $finding) {
            $options = follow($options, $finding, $folder);
        }
    }
    // a limit of 1 TB for one worker is too much for any machine, and stays
    $left = array_diff(array_keys($findings), $case === 'far too much memory' ? ['memory-limit-sum'] : []);
    same("$case: what is left", [], $left);
}
?>
done
--EXPECT--
done
