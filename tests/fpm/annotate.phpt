--TEST--
fpmsentinel_annotate() and fpmsentinel_status(): what the application knows of a request stands in its records
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

$server = new Server;
$server->script('annotate.php', <<<'PHP'
<?php
$annotations = ['route' => 'checkout', 'tenant' => 42, 'share' => 0.5, 'admin' => false, 'cart' => '', 'gone' => 'x',
    'bytes' => "\"\n\xff", 'long' => str_repeat('y', 300)];
foreach ($annotations as $key => $value) {
    $stored[] = fpmsentinel_annotate($key, $value);
}
$stored[] = fpmsentinel_annotate('ninth', 'x');
$stored[] = fpmsentinel_annotate('gone', null);
$stored[] = fpmsentinel_annotate('never', null);
$stored[] = fpmsentinel_annotate('route', 'payment');
$stored[] = fpmsentinel_annotate('', 'x');
$stored[] = fpmsentinel_annotate("nul\0", 'x');
$stored[] = fpmsentinel_annotate(str_repeat('k', 32), 'x');
// nginx may lose what it was sent
file_put_contents(__DIR__ . '/../log/said', json_encode([$stored, fpmsentinel_status()]));
crashme('null-read');
PHP);
$server->get('/annotate.php');
[$stored, $status] = json_decode(file_get_contents("$server->dir/log/said"), true);
same('stored', [...array_fill(0, 8, true), false, true, true, true, false, false, false], $stored);

[$record] = $server->records(1);
$annotations = $record['fpmsentinel']['request']['annotations'];
ksort($annotations);
same('annotations', ['admin' => 'false', 'bytes' => "\"\n\u{FFFD}", 'cart' => '', 'long' => str_repeat('y', 127),
    'route' => 'payment', 'share' => '0.5', 'tenant' => '42'], $annotations);
same('status', ['state' => 'active', 'watched' => true, 'several_threads' => false, 'coroner' => true,
    'log' => $server->log, 'last_words' => true,
    'native_stack' => $status['native_stack'], 'pool' => 'www', 'requests_served' => 1,
    'event_id' => $record['event']['id']], $status);

// The next request has none of it.
$server->script('die.php', 'crashme("null-read");');
$server->get('/die.php');
same('next', false, isset($server->records(2)[1]['fpmsentinel']['request']['annotations']));
?>
done
--EXPECT--
done
