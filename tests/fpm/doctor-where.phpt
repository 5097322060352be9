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
$pool = fn (string $name) => template('doctor-where.fpm.conf', ['NAME' => $name, 'DIR' => $folder]);
file_put_contents("$folder/pools.conf", implode(array_map($pool, ['red', 'green', 'blue'])) . "[www]\n");

/** A server with those pools beside its own. */
function serverWith(string $http, string $location): Server
{
    global $folder;
    return new Server(['pool' => ['include' => "$folder/*.conf"], 'http' => $http, 'nginx' => $location]);
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

/**
 * The pools that doctor has something to say about, but for the server's own, and of what fastcgi_pass it does not know
 * where it leads.
 */
function followed(Server $server): array
{
    $report = json_decode(tool(['doctor', '--format=json', ...configurationOf($server)])->output, true);
    $findings = array_filter($report['findings'], fn ($finding) => $finding['rule'] === 'abandoned-requests');
    preg_match_all('~"\[(\w+)\] request_terminate_timeout = 1700s~', json_encode($findings), $matches);
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

$http = template('doctor-where.http.conf', ['DIR' => $folder]);
$locations = parts(template('doctor-where.conf', ['DIR' => $folder]));
$ab = ['/of/a.php', '/of/a.php?of=green'];
// paths that are tried, pools that are not, pools that doctor does not follow it to, and what it says of that
foreach ([
    'set' => [$ab],
    'set, and in an if' => [$ab],
    'map' => [$ab],
    'split_clients' => [array_map(fn ($n) => "/of/a.php?$n", range(1, 40))],
    'a variable of a variable' => [$ab],
    'a part of the name of an upstream' => [$ab],
    'another location sets it, too' => [$ab],
    'fastcgi_pass in an if' => [$ab, ['red']],
    'geo, of which 192.0.2.0/24 was not tried' => [$ab, ['red']],
    'by what the client says' => [['/of/a.php?of=green'], [], ['green'],
        ["fastcgi_pass unix:$folder/\$arg_of.sock: where \$arg_of leads is not known"]],
    'by it in some requests' => [['/of/a.php', '/of/a.php?of=blue'], [], ['blue'],
        ["fastcgi_pass unix:$folder/\$by_name.sock: where \$name leads is not known"]],
    'by a regular expression, and a set' => [['/of/green/a.php'], ['red'], ['green'],
        ["fastcgi_pass unix:$folder/\$to.sock: where \$to leads is not known"]],
] as $case => $row) {
    [$paths, $not_tried, $not_followed, $unknown] = $row + [1 => [], [], []];
    $server = serverWith($http, "location /of/ {\n$locations[$case]}");
    $expected = names([...array_diff(reached($server, ...$paths), $not_followed), ...$not_tried]);
    same($case, [$expected, $unknown], followed($server));
    $server->stop();
}

// upstreams, blocks in blocks, and the pools' status

$server = serverWith(...array_values(parts(template('doctor-where-upstream.conf', ['DIR' => $folder]))));
same('upstream', ['red'], reached($server, '/of/b.php'));
$status = $server->get('/status?json')->body;
same('status', 'blue', json_decode($status)->pool ?? $status);
same('upstream', [['green', 'red'], []], followed($server));
?>
done
--EXPECT--
done
