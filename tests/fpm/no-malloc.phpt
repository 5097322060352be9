--TEST--
Between the signal and the death nobody calls malloc() or free() because of us
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

$counter = dirname(Server::path('TEST_CRASHME_SO')) . '/malloc_counter.so';
$deaths = new Deaths(['wrapper' => ['env', "LD_PRELOAD=$counter"]]);
$deaths->script('count.php', <<<'PHP'
<?php
ini_set('crashme.output', __DIR__ . '/../log/count');
crashme('count-malloc') || exit;
crashme($_GET['what'], 30000);
PHP);
$count = fn (Server $server) => unpack('Q', file_get_contents("$server->dir/log/count"))[1];
$terminate = function (Server $server, int $pid) use ($count) {
    $server->until(fn () => @$count($server) > 0, 10, 'the nap');
    Server::kill($pid, 'TERM');
};

$causes = ['nap' => 'terminated', // first: that something was counted is its sign
    'null-read' => 'segfault', 'double-free' => 'abort', 'c-recursion' => 'stack_overflow', 'breakpoint' => 'trap',
    'thread-segv' => 'segfault'];
foreach ($causes as $what => $cause) {
    $deaths->inflict($what, $cause, "/count.php?what=$what", $what === 'nap' ? $terminate : null);
    same("$what: calls", $count($deaths->without), $count($deaths->server));
    same("$what: calls are counted", true, $count($deaths->server) >= 2);
}
$deaths->records();
?>
done
--EXPECT--
done
