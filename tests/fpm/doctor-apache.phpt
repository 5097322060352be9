--TEST--
fpmsentinel doctor: Apache in front: its timeouts, and connections that it keeps
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; needs('apache2', 'strace', 'patch'); ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';
require __DIR__ . '/apache.inc';
require __DIR__ . '/trees.inc';

/** Options of a server, with text for its virtual host; its connections are those of that <Proxy>. */
function served(string $more, array $options = [], string $connections = ''): array
{
    return $options + ['apache' => APACHE['unix']['apache'] . "\n<Proxy \"fcgi://localhost/\" $connections>\n</Proxy>\n"
        . $more];
}

$hello = fn (Server $server) => $server->script('hello.php', 'echo "hello";');

// a whole configuration

follow(new Tree('sylius'));
follow(new Tree('balancer'));

// a hint that only the plan brings about is in the report that proposes the plan

$tree = new Tree('balancer');
$pools = str_replace('_time] = 120', '_time] = 300', file_get_contents("$tree->dir/fpm.conf"));
file_put_contents("$tree->dir/fpm.conf", $pools);
same('of the plan', ['mixed-pools'], array_values(array_intersect(['mixed-pools'],
    array_column($tree->report()['findings'], 'rule'))));

// who gives up first

$busy = function (Server $server) {
    $server->script('page.php', 'while (true);');
    return $server->get('/page.php')->status;
};
$finding = fixes('apache-timeout-before-php', served('ProxyTimeout 1', ['ini' => ['max_execution_time' => 20]]),
    served('ProxyTimeout 60', ['ini' => ['max_execution_time' => 1]]), $busy, 504, 500);
same('places', ['ProxyTimeout 1', 'max_execution_time = 20 (set in no file)'],
    array_column($finding['places'], 'text'));
same('fix', 'ProxyTimeout 26', $finding['fix']);
// FPM looks every 1.3 s: which of the two is first depends on when a request began, so they begin at different times
fixes('apache-timeout-races-fpm', served('ProxyTimeout 5', ['pool' => ['pm.max_children' => 16,
    'request_terminate_timeout' => '4s']]), served('ProxyTimeout 60', ['pool' => ['pm.max_children' => 16,
    'request_terminate_timeout' => '1s']]), function (Server $server, array $expected) {
        $server->script('sleep.php', 'crashme("nap", 20_000);');
        $statuses = [];
        // nobody is punctual on a busy machine
        for ($tries = 10; $tries && array_diff($expected, $statuses); $tries--) {
            $requests = [];
            for ($n = 0; $n < 16; $n++) {
                $requests[] = $server->start("/sleep.php?$tries-$n");
                usleep(250_000);
            }
            array_push($statuses, ...array_map(fn ($request) => $server->finish($request)->status, $requests));
        }
        $statuses = array_unique($statuses);
        sort($statuses);
        return $statuses;
    }, [503, 504], [503]);

fixes('apache-abandoned-requests', served('ProxyTimeout 1'),
    served('ProxyTimeout 20', ['pool' => ['request_terminate_timeout' => '3s']]),
    function (Server $server) use ($hello) {
        $hello($server);
        $server->script('wait.php', 'crashme("nap", 20_000);');
        return [$server->get('/wait.php')->status, $server->get('/hello.php')->status];
    }, [504, 504], [503, 200]);

// where the time is set: each of these is 1 s, and says where
$limit = ['ini' => ['max_execution_time' => 20]];
foreach ([['Timeout 1', '', 'ProxyTimeout 26', 'in the VirtualHost'],
    ["Timeout 99\nProxyTimeout 1ms", '', 'ProxyTimeout 26', 'in place of that line'],
    ['ProxyTimeout 99', 'timeout=1', 'timeout=26', 'in that Proxy']] as [$more, $connections, $fix, $in]) {
    $server = new Server(served($more, $limit, $connections));
    same("$more, $connections: status", 504, $busy($server));
    [$finding] = doctor($server)['apache-timeout-before-php'];
    same("$more, $connections: fix", $fix, $finding['fix']);
    matches("$more, $connections: in", "~^$server->dir/apache\.conf:\d+, $in$~", $finding['fix_in']);
    $diff = tool(['doctor', '--diff', ...configurationOf($server)])->output;
    file_put_contents("$server->dir/plan.diff", $diff);
    exec("cd / && patch -s -p1 < $server->dir/plan.diff 2>&1", $said, $status);
    same("$more: patch", [0, []], [$status, $said]);
    same("$more: after", [], doctor($server)['apache-timeout-before-php'] ?? []);
    exec(Server::path('TEST_APACHE') . " -d $server->dir -f apache.conf -t 2>&1", $tried, $status);
    same("$more: httpd -t", 0, $status);
    $server->stop();
}

// connections that it keeps hold workers

fixes('enablereuse-starves', served('ProxyTimeout 1', ['pool' => ['pm.max_children' => 2]], 'enablereuse=on'),
    served('ProxyTimeout 20', ['pool' => ['pm.max_children' => 4]], 'enablereuse=on max=2'), function (Server $server) {
        $server->script('nap.php', 'usleep(2000);');
        $statuses = [];
        for ($round = 0; $round < 5 && !in_array(504, $statuses); $round++) {
            $statuses = atOnce($server, '/nap.php', 8);
        }
        return in_array(504, $statuses);
    }, true, false);

// in the diff, and with the limit of FPM that kills kept connections all rules say the same
foreach ([[['pm.max_children' => 1], '"enablereuse=on" timeout=99', ['enablereuse=off'], 'enablereuse=off timeout=99'],
    [[], 'enablereuse=on', ['max=4'], 'enablereuse=on max=4'],
    [['pm.max_requests' => 9, 'request_terminate_timeout' => '50s'], 'enablereuse=on max=1 enablereuse=on',
        ['enablereuse=off', 'enablereuse=off'], 'enablereuse=on max=1 enablereuse=off']]
    as [$pool, $connections, $fixes, $after]) {
    $server = new Server(served('', ['pool' => $pool + ['pm.max_children' => 8]], $connections));
    $rules = ['enablereuse-starves', 'enablereuse-recycling', 'enablereuse-terminate'];
    same("$connections: fixes", $fixes, array_column(array_merge(...array_values(array_intersect_key(doctor($server),
        array_flip($rules)))), 'fix'));
    file_put_contents("$server->dir/plan.diff", tool(['doctor', '--diff', ...configurationOf($server)])->output);
    exec("cd / && patch -s -p1 < $server->dir/plan.diff 2>&1", $said, $status);
    same("$connections: patch", [0, []], [$status, $said]);
    matches("$connections: after", "~<Proxy \"fcgi://localhost/\" $after>$~m",
        file_get_contents("$server->dir/apache.conf"));
    same("$connections: left", [], array_values(array_intersect($rules, array_keys(doctor($server)))));
    exec(Server::path('TEST_APACHE') . " -d $server->dir -f apache.conf -t 2>&1", $tried, $status);
    same("$connections: httpd -t", 0, $status);
    $server->stop();
}

fixes('enablereuse-recycling', served('', ['pool' => ['pm.max_requests' => 2]], 'enablereuse=on max=1'),
    served('', ['pool' => ['pm.max_requests' => 2]]), function (Server $server) use ($hello) {
        $hello($server);
        $release = holdAtClose($server, $server->workers()[0]);
        $statuses = array_map(fn ($n) => $server->get('/hello.php', [], 'a=b')->status, range(1, 3));
        $release();
        return $statuses;
    }, [200, 200, 503], [200, 200, 200]);

$once = function (Server $server) use ($hello) {
    $hello($server);
    same('hello', 200, $server->get('/hello.php')->status);
};
$timedOut = function (Server $server, bool $expected) use ($once) {
    $once($server);
    return happens($server, $expected, fn () => str_contains($server->fpmLog(), 'execution timed out'), 4);
};
$pool = ['pool' => ['request_terminate_timeout' => '1s']];
fixes('enablereuse-terminate', served('', $pool, 'enablereuse=on'), served('', $pool), $timedOut, true, false);

$ended = function (Server $server, bool $expected) use ($once) {
    $once($server);
    return happens($server, $expected, fn () => $server->workers() === [], 5);
};
$pool = ['pool' => ['pm' => 'ondemand', 'pm.process_idle_timeout' => '1s']];
fixes('enablereuse-ondemand', served('', $pool, 'enablereuse=on'), served('', $pool), $ended, false, true);
?>
done
--EXPECT--
done
