--TEST--
fpmsentinel doctor: sizes, and a death that leaves no 104
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';

$finding = fixes('header-too-big', [], ['nginx' => 'fastcgi_buffer_size 16k; fastcgi_buffers 8 16k; '
    . 'fastcgi_busy_buffers_size 32k;'], function (Server $server) {
    $server->script('header.php', 'header("X-Large: " . str_repeat("x", 9_000)); echo "hello";');
    return $server->get('/header.php')->status;
}, 502, 200);
same('fix', "fastcgi_buffer_size 16k;\nfastcgi_buffers 8 16k;\nfastcgi_busy_buffers_size 32k;", $finding['fix']);

// the second one of two logs

fixes('header-too-big', ['nginx' => 'error_log stderr crit; error_log log/nginx.log;'],
    ['nginx' => 'error_log stderr crit; error_log log/nginx.log; fastcgi_buffer_size 16k; fastcgi_buffers 8 16k;'],
    function (Server $server) {
        $server->script('header.php', 'header("X-Large: " . str_repeat("x", 9_000)); echo "hello";');
        return $server->get('/header.php')->status;
    }, 502, 200);

// what the log tells of an earlier configuration does not count

$server = new Server;
$server->script('header.php', 'header("X-Large: " . str_repeat("x", 9_000)); echo "hello";');
same('before', 502, $server->get('/header.php')->status);
same('before', true, isset(doctor($server)['header-too-big']));
touch("$server->dir/nginx.conf", time() + 2);
same('after', false, isset(doctor($server)['header-too-big']));

// an upload that comes slowly, to a page that reads it, and the worker's death

$buffering = ['pool' => ['catch_workers_output' => 'no']];
fixes('request-buffering-off', $buffering + ['nginx' => 'fastcgi_request_buffering off;'], $buffering,
    function (Server $server, array $expected) {
    $server->script('upload.php', 'file_get_contents("php://input"); sleep(60);');
    [$pid] = $server->workers();
    $waits = fn (string $where) => fn () => preg_match("~$where~", (string) @file_get_contents("/proc/$pid/wchan"));
    $request = $server->start('/upload.php', ['Content-Length' => 10], 'first');
    if (!happens($server, $expected === [false], $waits('unix_stream'), 3)) {
        fwrite($request->stream, 'other'); // nginx has waited for all of it
        untilAsleep($server, $pid);
    }
    Server::kill($pid, 'KILL');
    $server->finish($request);
    return array_map(fn ($error) => (bool) preg_match('~\(104: ~', $error->message), $server->nginxErrors());
}, [false], [true]);

// a POST that PHP drops in silence

$post = function (Server $server) {
    $server->script('post.php', 'echo count($_POST);');
    $answer = $server->get('/post.php', ['Content-Type' => 'application/x-www-form-urlencoded'],
        'a=' . str_repeat('x', 2 << 20));
    return [$answer->status, $answer->status === 200 ? $answer->body : ''];
};
fixes('post-max-size', ['ini' => ['post_max_size' => '1M'], 'nginx' => 'client_max_body_size 8m;'],
    ['ini' => ['post_max_size' => '1M'], 'nginx' => 'client_max_body_size 1m;'],
    $post, [200, '0'], [413, '']);
fixes('post-max-size', ['ini' => ['post_max_size' => '1M'], 'nginx' => 'client_max_body_size 0;'],
    ['ini' => ['post_max_size' => '0'], 'nginx' => 'client_max_body_size 0;'],
    $post, [200, '0'], [200, '1']);

// what output_buffering does: it decides what has been sent when the worker dies, and saves nothing

foreach (['0' => [200, 'cut'], '100000' => [502, null]] as $buffer => $expected) {
    $server = new Server(['ini' => ['output_buffering' => $buffer]]);
    $server->script('die.php', 'echo str_repeat("x", 50_000); crashme("null-read");');
    $answer = $server->get('/die.php');
    same("output_buffering = $buffer", $expected, [$answer->status, $answer->error]);
    $server->stop();
}
?>
done
--EXPECT--
done
