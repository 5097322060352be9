--TEST--
A fault in another thread, and in many at once: always one record for one death
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';

$deaths = new Deaths;
$deaths->inflict('thread-segv', 'segfault');
foreach (['SEGV' => [11, 'segfault'], 'ABRT' => [6, 'abort'], 'TRAP' => [5, 'trap']] as $signal => [$number, $cause]) {
    $deaths->inflict("$signal raised", $cause, "/die.php?what=thread-raise&arg=$number");
}
foreach ([2, 4, 8] as $threads) {
    for ($i = 1; $i <= 25; $i++) {
        $deaths->inflict("$threads threads, time $i", 'segfault', "/die.php?what=threads-barrier&arg=$threads");
    }
}
foreach ($deaths->records() as $name => ['fpmsentinel' => $ours]) {
    same("$name: incomplete", [], $ours['incomplete']);
    // Where PHP was, whichever thread died
    same("$name: innermost", ['crashme', '{main}'], array_column($ours['php']['stack'], 'function'));
}
?>
done
--EXPECT--
done
