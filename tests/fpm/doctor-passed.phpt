--TEST--
fpmsentinel doctor: which settings count: php.ini's, a pool's, what nginx passes in PHP_VALUE, PHP_ADMIN_VALUE
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';

// what counts: for PHP, and for doctor

$passed = fn (string $text) => ['nginx' => "fastcgi_read_timeout 1s; $text"];
$conf = parts(template('doctor-passed.conf'));
foreach ([
    'php.ini' => [11, [], ''],
    'the pool' => [22, ['php_value[max_execution_time]' => 22], ''],
    'the first one of two' => [22, ['php_value[max_execution_time]' => "22\nphp_value[max_execution_time] = 23"], ''],
    'PHP_VALUE' => [44, ['php_value[max_execution_time]' => 22],
        'fastcgi_param PHP_VALUE "memory_limit=99M \n max_execution_time = \"44\" ; seconds";'],
    'over php_admin_value' => [44, ['php_admin_value[max_execution_time]' => 33],
        'fastcgi_param PHP_VALUE max_execution_time=44;'],
    'PHP_ADMIN_VALUE' => [55, ['php_admin_value[max_execution_time]' => 33],
        'fastcgi_param PHP_ADMIN_VALUE max_execution_time=55; fastcgi_param PHP_VALUE max_execution_time=44;'],
    'the last one' => [11, [], 'fastcgi_param PHP_VALUE max_execution_time=44; '
        . 'fastcgi_param PHP_VALUE memory_limit=99M;'],
    'from around' => [44, [], $conf['inherits']],
    'not from around' => [11, [], $conf['has its own']],
] as $case => [$expected, $pool, $text]) {
    $server = new Server(['ini' => ['max_execution_time' => 11], 'pool' => $pool, 'http' => $conf['http']]
        + $passed($text));
    $server->script('page.php', 'echo ini_get("max_execution_time");');
    same("$case: PHP", "$expected", $server->get('/page.php')->body);
    $findings = doctor($server)['read-timeout-before-php'];
    $texts = array_map(fn ($finding) => preg_replace('~^(?:php\w*\[)?max_execution_time\]? = (\d+)( .*)?$~', '$1',
        $finding['places'][1]['text']), $findings);
    same("$case: doctor", true, in_array("$expected", $texts, true));
    foreach ($findings as $finding) { // the line is the one that says so
        ['file' => $file, 'line' => $line, 'text' => $text] = $finding['places'][1] + ['line' => 0];
        $line && matches("$case: line", '~\b' . preg_replace('~\D~', '', $text) . '\b~', file($file)[$line - 1]);
    }
    $server->stop();
}

// the failure, and what is to be changed where

$silent = function (Server $server) {
    $server->script('page.php', '$server = stream_socket_server("tcp://127.0.0.1:0");
        $peer = stream_socket_client("tcp://" . stream_socket_get_name($server, false));
        echo fread($peer, 1), stream_get_meta_data($peer)["timed_out"] ? "no answer" : "";');
    return $server->get('/page.php')->status;
};
$finding = fixes('socket-timeout', $passed('fastcgi_param PHP_VALUE "default_socket_timeout=20";')
    + ['ini' => ['default_socket_timeout' => 1, 'max_execution_time' => 0]],
    ['nginx' => 'fastcgi_read_timeout 10s; fastcgi_param PHP_VALUE "default_socket_timeout=1";'], $silent, 504, 200);
matches('where', '~^/\S+/nginx\.conf:\d+$~', "{$finding['places'][1]['file']}:{$finding['places'][1]['line']}");
same('fix', [true, "{$finding['places'][1]['file']}:{$finding['places'][1]['line']}, in place of that line"],
    [str_contains($finding['fix'], 'fastcgi_param PHP_VALUE "default_socket_timeout=1";'), $finding['fix_in']]);

$busy = function (Server $server) {
    $server->script('page.php', 'while (true);');
    return $server->get('/page.php')->status;
};
$kill = ['pool' => ['request_terminate_timeout' => '6s'], 'ini' => ['max_execution_time' => 1]];
fixes('terminate-before-php', $kill + ['nginx' => 'fastcgi_param PHP_ADMIN_VALUE max_execution_time=20;'], $kill, $busy,
    502, 500);
fixes('terminate-before-php', ['ini' => ['max_execution_time' => 20]] + $kill,
    ['ini' => ['max_execution_time' => 20], 'nginx' => 'fastcgi_param PHP_VALUE max_execution_time=1;'] + $kill, $busy,
    502, 500);
fixes('post-max-size', ['nginx' => 'client_max_body_size 4m; fastcgi_param PHP_VALUE post_max_size=1M;'],
    ['nginx' => 'client_max_body_size 4m; fastcgi_param PHP_VALUE post_max_size=4M;'], function (Server $server) {
    $server->script('post.php', 'echo count($_POST);');
    return $server->get('/post.php', ['Content-Type' => 'application/x-www-form-urlencoded'],
        'a=' . str_repeat('x', 2 << 20))->body;
}, '0', '1');
fixes('memory-unlimited', ['nginx' => 'fastcgi_param PHP_VALUE memory_limit=-1;'],
    ['ini' => ['memory_limit' => -1], 'nginx' => 'fastcgi_param PHP_VALUE memory_limit=128M;']);
fixes('hard-timeout', ['nginx' => 'fastcgi_param PHP_VALUE max_execution_time=1;'],
    ['nginx' => 'fastcgi_param PHP_VALUE max_execution_time=100;'],
    arguments: ['--records', hardTimeout()]);

// what is known to the request alone says nothing

$server = new Server(['ini' => ['default_socket_timeout' => 1]]
    + $passed('fastcgi_param PHP_VALUE "max_execution_time=$arg_limit";'));
same('a variable', false, isset(doctor($server)['read-timeout-before-php']));
$server->stop();

// a section of php.ini for a host or a folder, which goes on to the file's end

$server = new Server($passed(''));
copy(__DIR__ . '/conf/doctor-passed.ini', "$server->dir/php.ini");
file_put_contents("$server->dir/other", "#!/bin/sh\nPHP_INI_SCAN_DIR= exec " . Server::path('TEST_PHP_FPM')
    . " -c $server->dir/php.ini \"\$@\"\n");
chmod("$server->dir/other", 0755);
$place = doctor($server, '--php', "$server->dir/other")['read-timeout-before-php'][0]['places'][1];
same('section', ['max_execution_time = 40', 2], [$place['text'], $place['line']]);
$server->stop();

// it stays with the worker

$server = new Server(['http' => $conf['http'], 'nginx' => $conf['large']]);
foreach (['/page.php' => '128M', '/large/page.php' => '512M', '/page.php?again' => '512M'] as $path => $limit) {
    $server->script(strtok($path, '?'), 'echo ini_get("memory_limit");');
    $told = $server->get($path)->body;
    PHP_VERSION_ID >= 80500 || same($path, $limit, $told);
}

/** The record of a worker that has left by hard_timeout, with a limit of 1 + 1 s. */
function hardTimeout(): string
{
    $server = new Server;
    $server->script('die.php', 'crashme("null-read");');
    $server->get('/die.php');
    $record = $server->records(1)[0];
    $record['event']['code'] = $record['fpmsentinel']['cause'] = 'hard_timeout';
    $record['fpmsentinel']['limits'] = ['max_execution_time' => 1, 'hard_timeout' => 2]
        + $record['fpmsentinel']['limits'];
    file_put_contents($file = tempnam(sys_get_temp_dir(), 'fps'), json_encode($record) . "\n");
    register_shutdown_function(fn () => unlink($file));
    return $file;
}
?>
done
--EXPECT--
done
