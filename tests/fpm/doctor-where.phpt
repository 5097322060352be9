--TEST--
fpmsentinel doctor: where fastcgi_pass leads: the pools that nginx does send requests to, and no other
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';

$folder = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
mkdir($folder);
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($folder)));
$pools = '';
foreach (['red', 'green', 'blue'] as $name) {
    $pools .= "[$name]\nuser = www-data\nlisten = $folder/\$pool.sock\nlisten.owner = www-data\npm = static\npm.max_children = 1\nrequest_terminate_timeout = 170s\npm.status_path = /status\npm.status_listen = $folder/\$pool.status\n";
}
file_put_contents("$folder/pools.conf", "{$pools}[www]\n");

/** A server with those pools beside its own. */
function serverWith(string $http, string $location): Server
{
    global $folder;
    return new Server(['pool' => ['include' => "$folder/*.conf"], 'http' => str_replace('DIR', $folder, $http), 'nginx' => str_replace('DIR', $folder, $location)]);
}

/** The pools that nginx sends requests for these paths to. */
function reached(Server $server, string ...$paths): array
{
    foreach ($paths as $path) {
        $server->script(strtok($path, '?'), 'echo fpm_get_status()["pool"];');
        $pools[$server->get($path)->body] = true;
    }
    return names(array_keys($pools));
}

/** The pools that doctor has something to say about, but for the server's own, and of what fastcgi_pass it does not know where it leads. */
function followed(Server $server): array
{
    $report = json_decode(tool(['doctor', '--format=json', ...configurationOf($server)])->output, true);
    $findings = array_filter($report['findings'], fn ($finding) => $finding['rule'] === 'abandoned-requests');
    preg_match_all('~"\[(\w+)\] request_terminate_timeout = 170s~', json_encode($findings), $matches);
    $unknown = preg_replace('~^.*:\d+, ~', '', preg_grep('~fastcgi_pass~', $report['not_looked_at']));
    return [names($matches[1]), array_values($unknown)];
}

function names(array $names): array
{
    $names = array_unique($names);
    sort($names);
    return $names;
}

// variables, also as a part of it

$http = 'map $arg_of $by_map { default red; ~^g(?<rest>.) green; } geo $by_geo { default green; 192.0.2.0/24 red; } split_clients $request_id $by_half { 50% red; * blue; }'
    . ' map $arg_of $by_name { default green; ~^(?<name>b.*) $name; } upstream to_green { server unix:DIR/green.sock; }';
$ab = ['/of/a.php', '/of/a.php?of=green'];
foreach ([
    'set' => ['set $to green; fastcgi_pass unix:DIR/$to.sock;', $ab],
    'set, and in an if' => ['set $to green; if ($arg_of) { set $to red; } fastcgi_pass unix:DIR/${to}.sock;', $ab],
    'map' => ['fastcgi_pass unix:DIR/$by_map.sock;', $ab],
    'split_clients' => ['fastcgi_pass unix:DIR/$by_half.sock;', array_map(fn ($n) => "/of/a.php?$n", range(1, 40))],
    'a variable of a variable' => ['set $name $by_map; set $to DIR/$name; fastcgi_pass unix:$to.sock;', $ab],
    'a part of the name of an upstream' => ['set $to green; fastcgi_pass to_$TO;', $ab],
    'another location sets it, too' => ['set $to green; fastcgi_pass unix:DIR/$to.sock; location /of/other { set $to red; return 404; }', $ab],
    'fastcgi_pass in an if' => ['set $to red; if ($arg_of) { set $to green; fastcgi_pass unix:DIR/$to.sock; } fastcgi_pass unix:DIR/blue.sock;', $ab, ['red']],
    'geo, of which 192.0.2.0/24 was not tried' => ['fastcgi_pass unix:DIR/$by_geo.sock;', $ab, ['red']],
    'by what the client says' => ['fastcgi_pass unix:DIR/$arg_of.sock;', ['/of/a.php?of=green'], [], ['green'], ['fastcgi_pass unix:DIR/$arg_of.sock: where $arg_of leads is not known']],
    'by it in some requests' => ['fastcgi_pass unix:DIR/$by_name.sock;', ['/of/a.php', '/of/a.php?of=blue'], [], ['blue'], ['fastcgi_pass unix:DIR/$by_name.sock: where $name leads is not known']],
    'by a regular expression, and a set' => ['if ($arg_of) { set $to red; } location ~ ^/of/(?<to>green|red)/ { fastcgi_pass unix:DIR/$to.sock; }', ['/of/green/a.php'], ['red'], ['green'],
        ['fastcgi_pass unix:DIR/$to.sock: where $to leads is not known']],
] as $case => $row) {
    [$text, $paths, $not_tried, $not_followed, $unknown] = $row + [2 => [], [], []];
    $server = serverWith($http, "location /of/ { $text }");
    $expected = names([...array_diff(reached($server, ...$paths), $not_followed), ...$not_tried]);
    same($case, [$expected, str_replace('DIR', $folder, $unknown)], followed($server));
    $server->stop();
}

// upstreams, blocks in blocks, and the pools' status

$server = serverWith('upstream some { least_conn; server unix:DIR/red.sock; server unix:DIR/green.sock backup; server unix:DIR/blue.sock down; }',
    'location ~ "^/(?:of){1}/.*\.php$" { location ~ "b\.php$" { limit_except GET { deny all; } fastcgi_pass some; } } location /status { fastcgi_pass unix:DIR/blue.status; }');
same('upstream', ['red'], reached($server, '/of/b.php'));
$status = $server->get('/status?json')->body;
same('status', 'blue', json_decode($status)->pool ?? $status);
same('upstream', [['green', 'red'], []], followed($server));
?>
done
--EXPECT--
done
