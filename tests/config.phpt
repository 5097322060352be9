--TEST--
Directives: a wrong value is refused in words and the default stays; outside of php-fpm the extension is inactive
--FILE--
<?php
$so = realpath(getenv('TEST_FPMSENTINEL_SO') ?: __DIR__ . '/../modules/fpmsentinel.so');

/** What PHP's command line says with that configuration, its errors included. */
function php(array $ini, string ...$arguments): string
{
    global $so;
    $command = [PHP_BINARY, '-n', '-d', 'display_errors=1', '-d', "extension=$so"];
    foreach ($ini as $name => $value) {
        array_push($command, '-d', "fpmsentinel.$name=$value");
    }
    exec(implode(' ', array_map('escapeshellarg', [...$command, ...$arguments])) . ' 2>&1', $lines, $status);
    return implode("\n", array_filter($lines)) . ($status ? "\nexit status $status" : '');
}

$number = 'a whole number from %d to %d';
$calls = php([], '-r', 'echo ini_get("fpmsentinel.calls");');
$path = 'an absolute path of at most 511 bytes, "stderr", or nothing';
$wrong = [ // directive => [what it takes, its default, wrong values]
    'enable' => ['on or off', '1', ['2', 'maybe', '-1']],
    'last_words' => ['on or off', '1', ['2', 'maybe']],
    'stderr' => ['on or off', '1', ['2', 'file']],
    'max_frames' => [$number, '64', ['0', '-5', '129', '64K', '1e2', '12 frames', '99999999999999999999', 'ten', '']],
    'handler_timeout' => [$number, '2', ['0', '61', '2s']],
    'max_per_minute' => [$number, '60', ['-1', 'many']],
    'sample_interval' => [$number, '100', ['1', '9', '10001', '00', '100ms', '']],
    'memory_warning' => [$number, '80', ['-1', '101', '80%']],
    'time_warning' => [$number, '80', ['-1', '101', '0.8']],
    'request_timeout' => [$number, '0', ['-1', '86401', '30s']],
    'peer_closed' => ['on or off', '1', ['2']],
    'lifecycle' => ['on or off', '0', ['2']],
    'query_string' => ['on or off', '0', ['2']],
    'query_parameters' => ['names of query parameters, separated by commas, at most 48 and 1,536 bytes', '',
        ['=b', '&b', '#', 'é', "x\x01", str_repeat('x', 1537), implode(',', range(1, 49))]],
    'calls' => ['names of functions or Class::method, separated by commas, at most 48 and 1,536 bytes', $calls,
        ['.a()', 'a-b', 'A->b', 'A::', '::b', 'A::b::c', 'A:b', 'A\\', '$a', '{closure}', str_repeat('x', 1537),
            implode(',', range('a', 'z')) . ',' . implode(',', range('A', 'Z'))]],
    'client_ip' => ['on or off', '1', ['2', 'hash']],
    'service_name' => ['a text of at most 63 bytes', '', [str_repeat('x', 64)]],
    'service_version' => ['a text of at most 63 bytes', '', [str_repeat('x', 64)]],
    'environment' => ['a text of at most 63 bytes', '', [str_repeat('x', 64)]],
    'fatal_errors' => ['on or off', '1', ['all', '7']],
    'blackbox' => ['an absolute path of at most 511 bytes, or nothing', '',
        ['blackbox', './x', '/' . str_repeat('x', 511)]],
    'log' => [$path, '', ['records.jsonl', './records.jsonl', 'stdout', '/' . str_repeat('x', 511)]],
];
foreach ($wrong as $name => [$accepted, $default, $values]) {
    foreach ($values as $value) {
        $expected = "Warning: fpmsentinel.$name = \"" . substr($value, 0, 640)
            . "\" is not valid: set $accepted; until then it is "
            . ($default === '' ? 'not set' : '"' . (strlen($default) > 511 ? substr($default, 0, 60) . '...' : $default)
                . '"')
            . ' in Unknown on line 0' . "\nstays <$default>";
        $said = php([$name => $value], '-r', "echo 'stays <', ini_get('fpmsentinel.$name'), '>';");
        if (!preg_match('~^' . str_replace('%d', '\d+', preg_quote($expected, '~')) . '$~D', $said)) {
            echo "$name=$value:\n$said\n";
        }
    }
}

$right = [
    'enable' => ['0', '1', 'on', 'OFF', 'no', 'yes', 'true', 'False', ''],
    'last_words' => ['0', '1', 'off'],
    'max_frames' => ['128'],
    'blackbox' => ['', '/var/lib/fpmsentinel', '/' . str_repeat('x', 510)],
    'sample_interval' => ['0', '10', '10000'],
    'calls' => ['', 'f', "do_action,\tA\\B::c ,\\D::e, Ärger", str_repeat('x', 1536), ','],
    'query_parameters' => ['', 'action,route a[b] _x.y-z%5B'],
    'service_name' => ['', 'shop', 'Käse & Söhne', str_repeat('x', 63)],
    'log' => ['', 'stderr', '/var/log/fpmsentinel.jsonl', '/' . str_repeat('x', 510)],
];
foreach ($right as $name => $values) {
    foreach ($values as $value) {
        if (($said = php([$name => $value], '-r', 'echo "started";')) !== 'started') {
            echo "$name=$value:\n$said\n";
        }
    }
}

// Every cron job would send it: where display_startup_errors is off nothing is said, and never that this user can't
// write a log
$silent = [['-d', 'display_startup_errors=0'], ['-d', 'display_errors=0'],
    ['-d', 'display_startup_errors=0', '-d', 'log_errors=1']];
foreach ($silent as $options) {
    echo php(['max_frames' => 0, 'log' => '/nope/x', 'blackbox' => '/nope/y'], ...$options, ...['-r', '']);
}
echo php(['log' => '/nope/x', 'blackbox' => '/nope/y'], '-d', 'display_startup_errors=1', '-d', 'log_errors=1', '-r',
    '');

echo php([], '--ri', 'fpmsentinel'), "\n";
echo substr_count(php([], '-i'), "\nfpmsentinel => active, without nginx and pools: this is not php-fpm\n"), "\n";
echo php(['enable' => 0], '-r', '$module = new ReflectionExtension("fpmsentinel"); $module->info();'), "\n";
?>
--EXPECTF--
fpmsentinel
fpmsentinel => active, without nginx and pools: this is not php-fpm
Version => %d.%d.%d
This process => %s
Coroner => none: each process records only its own death
Native stack => %s
Directive => Local Value => Master Value
fpmsentinel.enable => 1 => 1
fpmsentinel.log => no value => no value
fpmsentinel.blackbox => no value => no value
fpmsentinel.last_words => 1 => 1
fpmsentinel.stderr => 1 => 1
fpmsentinel.max_frames => 64 => 64
fpmsentinel.handler_timeout => 2 => 2
fpmsentinel.query_string => 0 => 0
fpmsentinel.query_parameters => no value => no value
fpmsentinel.calls => do_action, %s::trigger_event => do_action, %s::trigger_event
fpmsentinel.client_ip => 1 => 1
fpmsentinel.service_name => no value => no value
fpmsentinel.service_version => no value => no value
fpmsentinel.environment => no value => no value
fpmsentinel.fatal_errors => 1 => 1
fpmsentinel.max_per_minute => 60 => 60
fpmsentinel.sample_interval => 100 => 100
fpmsentinel.memory_warning => 80 => 80
fpmsentinel.time_warning => 80 => 80
fpmsentinel.request_timeout => 0 => 0
fpmsentinel.peer_closed => 1 => 1
fpmsentinel.lifecycle => 0 => 0
1
fpmsentinel
fpmsentinel => inactive: fpmsentinel.enable is off
%A
