--TEST--
A fault in another thread, and in many at once: always one record for one death
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

function told_of_thread(Deaths $deaths): void
{
    foreach ($deaths->records() as $name => ['fpmsentinel' => $ours, 'process' => $process, 'message' => $message]) {
        same("$name: incomplete", [], $ours['incomplete']);
        same("$name: whose", ['other', false], [$ours['thread'], $process['thread']['id'] === $process['pid']]);
        // Where PHP was meanwhile
        same("$name: innermost", ['crashme', '{main}'], array_column($ours['php']['stack'], 'function'));
        // musl has no unwind tables: of what its functions were called by nothing is known
        $place = str_contains($ours['native']['stack'][0]['module'], '/ld-musl') ? '' : ', at crashme\.so\+0x[0-9a-f]+';
        matches("$name: message", "~ in a thread that is not PHP's \\({$process['thread']['id']} [^\\s,)]+$place\\), "
            . "\\S+ s into GET /die\\.php, "
            . 'while PHP was in crashme\\(\\) called at ~', $message);
    }
}

$deaths = new Deaths;
$deaths->inflict('thread-segv', 'segfault');
foreach (['SEGV' => [11, 'segfault'], 'ABRT' => [6, 'abort'], 'TRAP' => [5, 'trap']] as $signal => [$number, $cause]) {
    $deaths->inflict("$signal raised", $cause, "/die.php?what=thread-raise&arg=$number");
}
$deaths->inflict('exit', 'exit_in_request', '/die.php?what=thread-exit&arg=3');
told_of_thread($deaths);
foreach ([2, 4, 8] as $threads) {
    for ($round = 1; $round <= 3; $round++) { // of ten deaths at most: from the eleventh on it is a storm
        $deaths = new Deaths;
        for ($i = 1; $i <= 8; $i++) {
            $deaths->inflict("$threads threads, round $round, time $i", 'segfault',
                "/die.php?what=threads-barrier&arg=$threads");
        }
        told_of_thread($deaths);
    }
}

// One defect, wherever PHP is meanwhile; another where PHP's own thread has it; a signal that is sent to the process is
// no thread's

$deaths = new Deaths;
$deaths->script('sleeps.php', 'function wait() { sleep(30); } crashme("thread-later", 100); wait();');
$deaths->script('computes.php', 'function loop() { for (;;); } crashme("thread-later", 100); loop();');
$deaths->script('nap.php', 'crashme("thread-later", 60000); crashme("nap", 60000);');
$deaths->inflict('sleeps', 'segfault', '/sleeps.php');
$deaths->inflict('computes', 'segfault', '/computes.php');
$deaths->inflict('own', 'segfault', '/die.php?what=null-write');
$deaths->inflict('sent', 'segfault', '/nap.php', function (Server $server, int $pid) {
    untilAsleep($server, $pid);
    $sleeps = fn ($thread) => @file_get_contents("$thread/comm") === "decoder\n"
        && str_contains((string) @file_get_contents("$thread/wchan"), 'nanosleep');
    $decoders = fn () => array_filter(glob("/proc/$pid/task/*"), $sleeps);
    $server->until($decoders, 10, 'the thread to sleep'); // one that only begins may take a signal of the process
    Server::kill($pid, 'SEGV');
});
$records = $deaths->records();
foreach (['sleeps' => 'wait', 'computes' => 'loop'] as $name => $function) {
    ['fpmsentinel' => $ours, 'process' => $process, 'message' => $message] = $records[$name];
    same("$name: thread", ['other', 'decoder'], [$ours['thread'], $process['thread']['name']]);
    same("$name: PHP", true, in_array($function, array_column($ours['php']['stack'], 'function')));
    matches("$name: message", '~^\S+ segfault: null pointer write at 0x0 in a thread .* while PHP was in ~', $message);
}
foreach (['own', 'sent'] as $name) {
    same("$name: thread", ['php', null], [$records[$name]['fpmsentinel']['thread'],
        $records[$name]['process']['thread'] ?? null]);
}
$fingerprint = fn (string $name) => $records[$name]['fpmsentinel']['fingerprint'];
same('the same defect', $fingerprint('sleeps'), $fingerprint('computes'));
same('another defect', false, $fingerprint('own') === $fingerprint('sleeps'));
$words = implode(lastWords($deaths->server, '/sleeps.php'));
matches('last words', "~fpmsentinel: segfault in a thread that is not PHP's \(\d+ decoder, "
    . "at crashme\.so\S+\) while PHP was in sleep\(\) called at ~", $words);

// No handler of a thread that has no stack for it, nor of one that was taken away: what is known is of some time before

$deaths = new Deaths;
$deaths->script('overflow.php', 'crashme("thread-recursion");');
$deaths->script('reset.php', 'crashme("reset", 11); function wait() { ' . untilReleased()
    . '} wait(); crashme("null-read");');
$deaths->inflict('overflow', 'segfault', '/overflow.php', silent: true);
$deaths->inflict('reset', 'segfault', '/reset.php', releaseOnceSampled(...), silent: true);
$records = $deaths->records();
foreach ($records as $name => ['fpmsentinel' => $ours, 'error' => $error]) {
    same("$name: type", 'SIGSEGV', $error['type']);
    matches("$name: error", '~^SIGSEGV ended the worker(, or a program that it had become)?, and no handler ran$~',
        $error['message']);
    same("$name: thread", null, $ours['thread'] ?? null);
}
matches('reset: message', '~, last seen \d+ ms before in crashme\(\) called at ~', $records['reset']['message']);
same('two pages', 2, count(array_unique(array_map(fn ($record) => $record['fpmsentinel']['fingerprint'], $records))));

// PHP's thread ends, and no other: the watcher is no reason for the process to stay
$deaths = new Deaths;
$deaths->inflict('exit', 'exit_in_request', '/die.php?what=exit-thread&arg=9', silent: true);
$deaths->inflict('seccomp', 'bad_syscall', '/die.php?what=kill-thread', silent: true);
$deaths->inflict('seccomp, all', 'bad_syscall', '/die.php?what=kill-thread&arg=1', silent: true);
$deaths->script('later.php', untilReleased() . 'crashme("exit-thread", 7);');
$deaths->inflict('later', 'exit_in_request', '/later.php', releaseOnceSampled(...), silent: true);
$records = $deaths->records();
matches('exit: code', '~^C code called _exit\(9\)~', $records['exit']['error']['message']);
matches('later: code', '~^C code called _exit\(7\)~', $records['later']['error']['message']);
?>
done
--EXPECT--
done
