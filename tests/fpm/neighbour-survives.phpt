--TEST--
An earlier handler that restores the default and returns: of a signal that was sent the worker does not die
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$output = tempnam(sys_get_temp_dir(), 'fps-');
chmod($output, 0666);
register_shutdown_function('unlink', $output);

$server = play(function (Server $server) use ($output) {
    file_put_contents($output, '');
    $server->script('live.php', 'crashme("raise", 11); echo "alive";');
    $workers = $server->workers();
    $answer = $server->get('/live.php');
    return [$answer, $workers === $server->workers(), preg_replace('~addr=\w+~', '', file_get_contents($output))];
}, ['ini' => ['crashme.minit_handler' => 1, 'crashme.output' => $output]]);
matches('called', '~^crashme: earlier handler signo=11 code=-6 addr=\w+\n$~D', file_get_contents($output));
same("nginx's errors", [], $server->nginxErrors());
$server->records(0);
?>
done
--EXPECT--
done
