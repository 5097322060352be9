--TEST--
A fault or a hang in a stage of the handler costs what that stage would have told, and nothing else
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

$missing = [
    'wild-heap' => PHP_ZTS ? [] : ['memory'], // where the heap was at the first request is known
    'loading' => [],
    'loader-lock' => ['native.modules', 'native.stack'],
    'loader-list' => ['native.modules', 'native.stack'],
];
$deaths = new Deaths;
foreach ($missing as $trouble => $_) {
    $deaths->inflict($trouble, 'segfault');
}
foreach ($deaths->records() as $trouble => $record) {
    $ours = $record['fpmsentinel'];
    same("$trouble: incomplete", $missing[$trouble], $ours['incomplete']);
    same("$trouble: PHP stack", ['crashme', '{main}'], array_column($ours['php']['stack'], 'function'));
    same("$trouble: registers", true, isset($ours['native']['registers']));
    same("$trouble: resident memory", true, $ours['memory']['rss'] > 0);
}
?>
done
--EXPECT--
done
