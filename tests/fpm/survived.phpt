--TEST--
A signal that somebody's earlier handler survives is no death: no record, no last words, and the next one counts
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

$deaths = new Deaths(['ini' => ['crashme.minit_recover' => 5]]);
$deaths->script('survived.php', 'crashme("raise", 5); echo "alive"; isset($_GET["die"]) && crashme($_GET["die"], 9);');
same('answer', 'alive', $deaths->server->get('/survived.php')->body);
same('errors', [], $deaths->server->nginxErrors());
same('records', [], $deaths->server->records(0));
$deaths->without->get('/survived.php');
$deaths->inflict('afterwards', 'segfault', '/survived.php?die=null-read');
$deaths->inflict('of SIGKILL afterwards', 'killed', '/survived.php?die=kill-self', silent: true);
$deaths->records();
?>
done
--EXPECT--
done
