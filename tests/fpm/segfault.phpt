--TEST--
A null pointer read in a method: the whole record, field by field
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

$deaths = new Deaths;
$deaths->script('shop/cart.php', <<<'PHP'
<?php
class Cart
{
    function total(string $currency)
    {
        return crashme('null-read');
    }
}
(new Cart)->total('EUR');
PHP);
$deaths->inflict('segfault', 'segfault', '/shop/cart.php?secret=1');
$record = $deaths->records()['segfault'];
['stack' => $native, 'registers' => $registers] = $record['fpmsentinel']['native'];
unset($record['fpmsentinel']['native']['stack'], $record['fpmsentinel']['native']['registers']);

$pid = $record['process']['pid'];
$script = "{$deaths->server->dir}/docroot/shop/cart.php";
$time = '~^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$~';
$bytes = '~^[1-9]\d{5,}$~';
$expected = [ // a text between ~ is a pattern
    '@timestamp' => $time,
    'message' => "~^www\[$pid\] segfault: null pointer read at 0x0, 0\.\d{3} s into GET /shop/cart\.php, "
        . "in crashme\(\) called at $script:6$~",
    'log.level' => 'critical',
    'event.dataset' => 'fpmsentinel',
    'event.id' => '~^[0-9a-f]{32}$~',
    'event.action' => 'worker-death',
    'event.code' => 'segfault',
    'host.name' => php_uname('n'),
    'process.pid' => $pid,
    'process.parent.pid' => $deaths->server->masterPid,
    'process.uptime' => '~^\d$~',
    'http.request.id' => '~^[0-9a-f]{32}$~',
    'http.request.method' => 'GET',
    'url.domain' => 'localhost',
    'url.path' => '/shop/cart.php',
    'client.ip' => '127.0.0.1',
    'client.port' => '~^[1-9]\d{2,4}$~',
    'error.type' => 'SIGSEGV',
    'error.message' => 'null pointer read at 0x0',
    'fpmsentinel.schema' => 1,
    'fpmsentinel.version' => '~^\d+\.\d+\.\d+$~',
    'fpmsentinel.cause' => 'segfault',
    'fpmsentinel.worker_died' => true,
    'fpmsentinel.confidence' => 'certain',
    'fpmsentinel.evidence.0' => 'the kernel raised the signal',
    'fpmsentinel.written_by' => 'coroner',
    'fpmsentinel.incomplete' => [],
    'fpmsentinel.fingerprint' => '~^[0-9a-f]{16}$~',
    'fpmsentinel.pool' => 'www',
    'fpmsentinel.listen' => "{$deaths->server->dir}/www.sock",
    'fpmsentinel.thread' => 'php',
    'fpmsentinel.phase' => 'execute',
    'fpmsentinel.requests_served' => 1,
    'fpmsentinel.nginx.pid' => '~^\d+$~',
    'fpmsentinel.nginx.connection' => 1,
    'fpmsentinel.nginx.connection_requests' => 1,
    'fpmsentinel.request.started' => $time,
    'fpmsentinel.request.elapsed_ms' => '~^\d+(\.\d+)?$~',
    'fpmsentinel.request.cpu_ms' => '~^\d+(\.\d+)?$~',
    'fpmsentinel.request.script' => $script,
    'fpmsentinel.request.headers_sent' => false,
    'fpmsentinel.request.finished' => false,
    'fpmsentinel.limits.memory_limit' => 128 << 20,
    'fpmsentinel.limits.max_execution_time' => 30,
    'fpmsentinel.limits.hard_timeout' => 2,
    'fpmsentinel.memory.used' => $bytes,
    'fpmsentinel.memory.peak' => $bytes,
    'fpmsentinel.memory.rss' => $bytes,
    'fpmsentinel.signal.number' => 11,
    'fpmsentinel.signal.name' => 'SIGSEGV',
    'fpmsentinel.signal.code' => 'SEGV_MAPERR',
    'fpmsentinel.signal.address' => '0x0',
    'fpmsentinel.php.version' => PHP_VERSION,
    'fpmsentinel.php.stack_age_ms' => 0,
    'fpmsentinel.php.stack.0.function' => 'crashme',
    'fpmsentinel.php.stack.1.class' => 'Cart',
    'fpmsentinel.php.stack.1.type' => '->',
    'fpmsentinel.php.stack.1.function' => 'total',
    'fpmsentinel.php.stack.1.file' => $script,
    'fpmsentinel.php.stack.1.line' => 6,
    'fpmsentinel.php.stack.2.function' => '{main}',
    'fpmsentinel.php.stack.2.file' => $script,
    'fpmsentinel.php.stack.2.line' => 9,
    'fpmsentinel.native.arch' => php_uname('m'),
];
$found = flat($record);
same('names', array_keys($expected), array_keys($found));
foreach ($expected as $name => $value) {
    $isPattern = is_string($value) && $value[0] === '~';
    $isPattern ? matches($name, $value, (string) ($found[$name] ?? '')) : same($name, $value, $found[$name] ?? null);
}

// Without libunwind there is the innermost frame alone.
same('innermost native frame', ['ip', 'module', 'build_id', 'offset', 'symbol'], array_keys($native[0]));
matches('symbol', '~^crashme_null_read\+0x[0-9a-f]+$~', $native[0]['symbol']);
same('its module', Server::path('TEST_CRASHME_SO'), $native[0]['module']);
same('program counter', true, in_array($native[0]['ip'], [$registers['rip'] ?? null, $registers['pc'] ?? null], true));
same('native frames', true, count($native) === 1 || in_array(Server::path('TEST_PHP_FPM'),
    array_column($native, 'module')));
?>
done
--EXPECT--
done
