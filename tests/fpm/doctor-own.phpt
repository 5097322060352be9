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

$dead = function (Server $server, array $expected) {
    $server->script('die.php', 'crashme("null-read");');
    return [$server->get('/die.php')->status, happens($server, $expected[1], $server->rawRecords(...), 3)];
};
fixes('not-loaded', ['extension' => false], [], $dead, [502, false], [502, true]);
fixes('not-loaded', ['ini' => ['extension' => []], 'extension' => false], ['ini' => ['fpmsentinel.enable' => 1]]);

// parameters: none, and all of those around lost by a single one in the location

$finding = fixes('parameters-missing', ['parameters' => false], []);
same('fix', "fastcgi_param NGINX_PID \$pid;\nfastcgi_param NGINX_CONNECTION \$connection;\nfastcgi_param "
    . "NGINX_CONN_REQUESTS \$connection_requests;\n"
    . 'fastcgi_param REQUEST_ID $request_id;', $finding['fix']);
$conf = parts(template('doctor-own.conf'));
$show = function (Server $server) {
    $server->script('own/show.php', 'echo isset($_SERVER["NGINX_PID"]) ? "told" : "not told";');
    return $server->get('/own/show.php')->body;
};
$own = fn (string $parameters) => ['http' => $conf['http'],
    'nginx' => str_replace('@PARAMETERS@', $parameters, $conf['a parameter of its own'])];
$finding = fixes('parameters-missing', $own(template('script.conf')), $own(''), $show, 'not told', 'told');
same('where', ['fastcgi_pass same', []], [$finding['places'][0]['text'], $finding['also']]);

// beside a fastcgi_pass that inherits its parameters one more would take them all away: it goes to where they stand

$inherits = fn (string $beside) => ['parameters' => false,
    'nginx' => str_replace('@MORE@', $beside, $conf['parameters from around'])]
    + $own('');
$added = template('parameters.conf');
$server = new Server($inherits(''));
same('inherited', 'not told', $show($server));
$findings = doctor($server)['parameters-missing'];
matches('beside the others', "~^$server->dir/nginx\.conf:\d+, beside that fastcgi_param$~", end($findings)['fix_in']);
$line = (int) explode(':', end($findings)['fix_in'])[1];
matches('beside the others', '~fastcgi_param SCRIPT_FILENAME~', file("$server->dir/nginx.conf")[$line - 1]);
$show($server = new Server($inherits($added)));
$answer = $server->get('/own/show.php');
same('beside fastcgi_pass', [200, ''], [$answer->status, $answer->body]);
$around = ['nginx' => str_replace('@PARAMETERS@', $added, $conf['added around'])] + $inherits('');
fixes('parameters-missing', $inherits(''), $around, $show, 'not told', 'told');

// a pool's log that its user cannot write, or may

mkdir("$folder/closed", 0700);
mkdir("$folder/open");
chown("$folder/open", 'www-data');
$log = fn (string $name) => ['pool' => ['php_admin_value[fpmsentinel.log]' => "$folder/$name/www.jsonl"]];
$finding = fixes('log-not-writable', $log('closed'), $log('open'),
    function (Server $server, bool $expected) use ($folder) {
    $server->script('die.php', 'crashme("null-read");');
    $server->get('/die.php');
    return happens($server, $expected, fn () => glob("$folder/*/www.jsonl"), 3);
}, false, true);
matches('why', '~^as www-data: Permission denied$~', $finding['places'][1]['text']);
exec($finding['fix']);
same('fixed', false, isset(doctor(new Server($log('closed')))['log-not-writable']));

// rotated by somebody's pattern, or by none

if (is_file('/etc/logrotate.d/nginx')) {
    $finding = fixes('log-not-rotated', ['ini' => ['fpmsentinel.log' => "$folder/www.jsonl"]],
        ['ini' => ['fpmsentinel.log' => '/var/log/nginx/fps-doctor.log']]);
    matches('fix', "~^$folder/www\.jsonl \{~", $finding['fix']);
    $own = ['pool' => ['php_admin_value[fpmsentinel.log]' => '/var/log/nginx/fps-doctor.log', 'chdir' => '/']];
    $finding = fixes('log-not-rotated', array_merge_recursive($own, ['pool' => ['chroot' => $folder]]), $own);
    matches('in its root', "~^$folder/var/log/nginx/fps-doctor\.log \{~", $finding['fix']);
}

/** Kills all workers in the middle of a request; how many records there are of it. */
function killAll(Server $server, int $expected): int
{
    $server->script('sleep.php', 'sleep(30);');
    $workers = $server->until(fn () => count($server->workers()) === 3 ? $server->workers() : null, 10,
        'three workers');
    $requests = array_map(fn () => $server->start('/sleep.php'), $workers);
    array_map(fn ($pid) => untilAsleep($server, $pid), $workers);
    $before = count($server->rawRecords());
    array_map(fn ($pid) => Server::kill($pid, 'KILL'), $workers);
    array_map(fn ($request) => same('killed', 502, $server->finish($request)->status), $requests);
    happens($server, $expected === 3, fn () => count($server->rawRecords()) >= $before + 3, 3);
    return count($server->rawRecords()) - $before;
}

// the coroner, and what a reload does for it

$server = new Server(['pool' => ['pm.max_children' => 3]]);
$coroner = $server->coroner();
same('there', [false, 3], [isset(doctor($server)['coroner-gone']), killAll($server, 3)]);
foreach ([$server->supervisor(), $coroner] as $pid) { // in this order: or there is another one soon
    Server::kill($pid, 'KILL');
    $server->until(fn () => isGone($pid), 10, 'it to end');
}
$other = new Server; // somebody else's does not count
$other->coroner();
same('gone', "kill -USR2 $server->masterPid", doctor($server)['coroner-gone'][0]['fix'] ?? null);
$other->stop();
same('gone', 0, killAll($server, 0));
$old = $server->until(fn () => count($server->workers()) === 3 ? $server->workers() : null, 10, 'three workers');
$server->signalMaster('USR2');
$server->coroner();
$server->until(fn () => !array_intersect($old, $server->workers()), 10, 'the reload');
same('there again', [false, 3], [isset(doctor($server)['coroner-gone']), killAll($server, 3)]);
?>
done
--EXPECT--
done
