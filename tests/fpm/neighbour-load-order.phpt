--TEST--
Loaded before and after another extension that has a handler, with OPcache and its tracing JIT
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$jit = ['opcache' => true, 'ini' => ['opcache.jit' => 'tracing', 'opcache.jit_buffer_size' => '16M',
    'opcache.file_update_protection' => 0]];
$orders = [
    'first' => ['extension' => true],
    'last' => ['extension' => false, 'ini' => ['extension' => Server::path('TEST_FPMSENTINEL_SO')]],
];
foreach ($orders as $name => $order) {
    foreach ([[], $jit] as $engine) {
        $output = tempnam(sys_get_temp_dir(), 'fps-');
        chmod($output, 0666);
        $ini = ($order['ini'] ?? []) + ($engine['ini'] ?? [])
            + ['crashme.minit_handler' => 1, 'crashme.output' => $output];
        $server = new Server(['ini' => $ini] + $order + $engine);
        $server->script('hot.php', <<<'PHP'
            <?php
            class Hot
            {
                function step(int $n)
                {
                    return $n < 0 ? crashme('null-read') : $n % 7;
                }
            }
            $hot = new Hot;
            for ($i = 0, $sum = 0; $i < 50_000; $i++) {
                $sum += $hot->step($i);
            }
            isset($_GET['die']) && $hot->step(-1);
            $jit = function_exists('opcache_get_status') ? opcache_get_status()['jit'] : null;
            echo $jit && $jit['buffer_free'] < $jit['buffer_size'] ? 'compiled' : 'interpreted', $sum;
            PHP);
        same("$name: answer", $engine ? 'compiled149997' : 'interpreted149997', $server->get('/hot.php')->body);
        [$pid] = $server->workers();
        same("$name: status", 502, $server->get('/hot.php?die')->status);
        same("$name: exit", 'exited on signal 11 (SIGSEGV)', $server->childExit($pid));
        same("$name: handlers", "crashme: earlier handler signo=11 code=1 addr=0\n", file_get_contents($output));
        unlink($output);
        [$record] = $server->records(1);
        same("$name: cause", 'segfault', $record['fpmsentinel']['cause']);
        same("$name: request", accessLog($server)[1]['request_id'], $record['http']['request']['id']);
        [$crashme, $step, $main] = $record['fpmsentinel']['php']['stack'];
        same("$name: stack", ['crashme', 'Hot', 'step', 6, '{main}', 13],
            [$crashme['function'], $step['class'], $step['function'], $step['line'], $main['function'], $main['line']]);
    }
}
?>
done
--EXPECT--
done
