--TEST--
Where a seccomp filter forbids process_vm_readv(), from the start or all of a sudden, records are as complete as ever
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

$script = 'function inner($what, $arg) { crashme($what, $arg); }
    isset($_GET["forbid"]) && crashme("forbid-peeking", (int) $_GET["forbid"]);
    inner($_GET["what"], (int) ($_GET["arg"] ?? 0));';
$ways = ['from the start' => [['crashme.minit_forbid' => 1], ''],
    'in the request, EPERM' => [[], '&forbid=0'], 'in the request, ENOSYS' => [[], '&forbid=1']];
foreach ($ways as $way => [$ini, $query]) {
    $deaths = new Deaths(['ini' => $ini]);
    $deaths->script('peek.php', $script);
    $deaths->inflict('fault', 'segfault', "/peek.php?what=null-read$query");
    $deaths->inflict('signal', 'terminated', "/peek.php?what=raise&arg=15$query");
    $deaths->inflict('wild', 'segfault', "/peek.php?what=vm-wild&arg=1$query");
    foreach ($deaths->records() as $name => ['fpmsentinel' => $ours]) {
        same("$way, $name: incomplete", $name === 'wild' ? ['php.stack'] : [], $ours['incomplete']);
        same("$way, $name: stack", $name === 'wild' ? ['inner'] : ['crashme', 'inner', '{main}'],
            array_column($ours['php']['stack'], 'function'));
    }
}
?>
done
--EXPECT--
done
