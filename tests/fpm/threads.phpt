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
        $script = "barrier$threads-$i.php"; // each with a fingerprint of its own, since in a storm records are short
        $deaths->script($script, "crashme('threads-barrier', $threads);");
        $deaths->inflict("$threads threads, time $i", 'segfault', "/$script");
    }
}
foreach ($deaths->records() as $name => ['fpmsentinel' => $ours]) {
    same("$name: incomplete", [], $ours['incomplete']);
    // Where PHP was, whichever thread died
    same("$name: innermost", ['crashme', '{main}'], array_column($ours['php']['stack'], 'function'));
}

// PHP's thread ends, and no other: the watcher is no reason for the process to stay
$deaths = new Deaths;
$deaths->inflict('exit', 'exit_in_request', '/die.php?what=exit-thread&arg=9', silent: true);
$deaths->inflict('seccomp', 'bad_syscall', '/die.php?what=kill-thread', silent: true);
$deaths->inflict('seccomp, all', 'bad_syscall', '/die.php?what=kill-thread&arg=1', silent: true);
$deaths->script('later.php', 'usleep(300_000); crashme("exit-thread", 7);');
$deaths->inflict('later', 'exit_in_request', '/later.php', silent: true);
$records = $deaths->records();
same('exit: code', 'C code called _exit(9)', $records['exit']['error']['message']);
same('later: code', 'C code called _exit(7)', $records['later']['error']['message']);
?>
done
--EXPECT--
done
