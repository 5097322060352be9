--TEST--
fpmsentinel doctor: who is process 1 of a container, what its stop signal does, and how long FPM is to be waited for
--SKIPIF--
<?php
require __DIR__ . '/skipif.inc';
needs('unshare', 'nsenter');
?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';

$unshare = ['unshare', '--pid', '--fork', '--kill-child', mountPropagation(), '--mount-proc'];
$waits = ['fpm' => ['process_control_timeout' => '20s']];

/** What doctor finds inside the namespaces of FPM. */
function doctorInside(Server $server): array
{
    $tool = Server::path('TEST_FPMSENTINEL');
    file_put_contents("$server->dir/tool", "#!/bin/sh\nexec nsenter --target $server->masterPid --pid --mount --root "
        . "$tool \"\$@\"\n");
    chmod("$server->dir/tool", 0755);
    putenv("TEST_FPMSENTINEL=$server->dir/tool");
    $findings = doctor($server);
    putenv("TEST_FPMSENTINEL=$tool");
    return $findings;
}

function parentOf(int $pid): int
{
    return (int) preg_filter('~.*^PPid:\t(\d+)$.*~sm', '$1', file_get_contents("/proc/$pid/status"));
}

/** A request in flight, the stop signal to process 1, and once FPM goes on as if nothing had happened SIGKILL. */
function stops(Server $server, int $init): int
{
    $server->script('nap.php', 'crashme("nap", 3000);');
    $server->script('hello.php', 'echo "hello";');
    $request = $server->start('/nap.php');
    $asleep = fn () => array_filter($server->workers(),
        fn ($pid) => str_contains((string) @file_get_contents("/proc/$pid/wchan"), 'nanosleep'));
    $server->until($asleep, 10, 'a worker to sleep');
    Server::kill($init, 'QUIT');
    if ($init !== $server->masterPid) {
        same('FPM works on', 200, $server->get('/hello.php')->status);
        Server::kill($init, 'KILL');
    }
    return $server->finish($request)->status;
}

// a shell that starts FPM, and waits for it: it has no handler, so the kernel drops what it is sent

$two = ['pool' => ['pm.max_children' => 2]];
$server = new Server(['wrapper' => [...$unshare, 'sh', '-c', '"$@" & wait', 'sh']] + $waits + $two);
$findings = doctorInside($server);
same('below a shell', [true, false],
    [isset($findings['container-stop-signal']), isset($findings['container-stop-timeout'])]);
same('place', ['/proc/1/status', 'sh; SigBlk and SigCgt have neither SIGTERM nor SIGQUIT'],
    array_values($findings['container-stop-signal'][0]['places'][0]));
same('from the outside', false, isset(doctor($server)['container-stop-signal']));
same('below a shell', 502, stops($server, parentOf($server->masterPid)));
$server->stop();

// one that has a handler, and FPM itself

$server = new Server(['wrapper' => [...$unshare, 'sh', '-c', 'trap "exit 0" TERM QUIT; "$@" & wait', 'sh']]
    + $waits);
same('below a shell with a handler', false, isset(doctorInside($server)['container-stop-signal']));
Server::kill(parentOf($server->masterPid), 'KILL'); // unshare passes nothing on
$server->stop();

$server = new Server(['wrapper' => $unshare] + $waits);
$findings = doctorInside($server);
same('FPM', [false, true],
    [isset($findings['container-stop-signal']), isset($findings['container-stop-timeout'])]);
matches('fix', '~ above 20 s, ~', $findings['container-stop-timeout'][0]['fix']);
same('from the outside', false, isset(doctor($server)['container-stop-timeout']));
same('FPM', 200, stops($server, $server->masterPid));
$server->stop();

// shorter than any runtime waits

$server = new Server(['wrapper' => $unshare, 'fpm' => ['process_control_timeout' => '9s']]);
same('9 s', false, isset(doctorInside($server)['container-stop-timeout']));
$server->signalMaster('TERM');
?>
done
--EXPECT--
done
