--TEST--
fpmsentinel doctor: fpmsentinel's own setup
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';

$folder = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
mkdir($folder, 0755);
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($folder) . ' /var/log/nginx/fps-doctor.log'));

$dead = fn (Server $server) => [$server->script('die.php', 'crashme("null-read");'), $server->get('/die.php')->status,
    (bool) $server->until(fn () => $server->rawRecords(), 3)];
mends('not-loaded', ['extension' => false], [], $dead, [null, 502, false], [null, 502, true]);
mends('not-loaded', ['ini' => ['extension' => []], 'extension' => false], ['ini' => ['fpmsentinel.enable' => 1]]);

// parameters: none, and all of those around lost by a single one in the location

$finding = mends('parameters-missing', ['parameters' => false], []);
same('fix', "fastcgi_param NGINX_PID \$pid;\nfastcgi_param NGINX_CONNECTION \$connection;\nfastcgi_param NGINX_CONN_REQUESTS \$connection_requests;\n"
    . 'fastcgi_param REQUEST_ID $request_id;', $finding['fix']);
$within = fn (string $text) => ['http' => 'upstream same { server UPSTREAM; }', 'nginx' => "location /own/ { $text fastcgi_pass same; }"];
$finding = mends('parameters-missing', $within('include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;'), $within(''), function (Server $server) {
    $server->script('own/show.php', 'echo isset($_SERVER["NGINX_PID"]) ? "told" : "not told";');
    return $server->get('/own/show.php')->body;
}, 'not told', 'told');
same('where', ['fastcgi_pass same', []], [$finding['places'][0]['text'], $finding['also']]);

// a pool's log that its user cannot write, or may

mkdir("$folder/closed", 0700);
mkdir("$folder/open");
chown("$folder/open", 'www-data');
$log = fn (string $name) => ['pool' => ['php_admin_value[fpmsentinel.log]' => "$folder/$name/www.jsonl"]];
$finding = mends('log-not-writable', $log('closed'), $log('open'), function (Server $server) use ($folder) {
    $server->script('die.php', 'crashme("null-read");');
    $server->get('/die.php');
    return (bool) $server->until(fn () => glob("$folder/*/www.jsonl"), 3);
}, false, true);
matches('why', '~^as www-data: Permission denied$~', $finding['places'][1]['text']);

// rotated by somebody's pattern, or by none

if (is_file('/etc/logrotate.d/nginx')) {
    $finding = mends('log-not-rotated', ['ini' => ['fpmsentinel.log' => "$folder/www.jsonl"]], ['ini' => ['fpmsentinel.log' => '/var/log/nginx/fps-doctor.log']]);
    matches('fix', "~^$folder/www\.jsonl \{~", $finding['fix']);
}

mends('max-workers', ['pool' => ['pm.max_children' => 3], 'ini' => ['fpmsentinel.max_workers' => 2]], ['pool' => ['pm.max_children' => 3], 'ini' => ['fpmsentinel.max_workers' => 3]]);

// the coroner, and what a reload does for it

$server = new Server;
$coroner = $server->coroner();
same('there', false, isset(doctor($server)['coroner-gone']));
Server::kill($coroner, 'KILL');
$server->until(fn () => isGone($coroner), 10, 'it to end');
$other = new Server; // somebody else's does not count
$other->coroner();
same('gone', "kill -USR2 $server->masterPid", doctor($server)['coroner-gone'][0]['fix'] ?? null);
$other->stop();
$server->signalMaster('USR2');
$server->coroner();
same('there again', false, isset(doctor($server)['coroner-gone']));
?>
done
--EXPECT--
done
