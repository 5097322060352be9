--TEST--
Every fault of a single thread has its cause and its words, and the worker dies of it as it would have
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';
require __DIR__ . '/trace.inc';

$faults = [ // what => [cause, error.message, signal.code, whether there is an address]
    'null-read' => ['segfault', '~^null pointer read at 0x0$~', 'SEGV_MAPERR', true],
    'null-write' => ['segfault', '~^null pointer write at 0x0$~', 'SEGV_MAPERR', true],
    'wild-read' => ['segfault', '~^read at wild address 0x[0-9a-f]+042, where nothing is mapped$~', 'SEGV_MAPERR',
        true],
    'non-canonical' => ['segfault', '~^general protection fault: non-canonical address~', 'SI_KERNEL', false],
    'non-canonical-frame' => ['bus_error', '~^stack-segment fault: non-canonical address, '
        . 'counted from the frame or stack pointer$~', 'SI_KERNEL', false],
    'write-readonly' => ['segfault', '~^write at .*, which is mapped but does not permit it$~', 'SEGV_ACCERR', true],
    'jump-null' => ['segfault', '~^null pointer jump at 0x0$~', 'SEGV_MAPERR', true],
    'jump-unmapped' => ['segfault', '~^jump at wild address 0x[0-9a-f]+, where nothing is mapped$~', 'SEGV_MAPERR',
        true],
    'jump-noexec' => ['segfault', '~^jump at .*, which is mapped but does not permit it$~', 'SEGV_ACCERR', true],
    'bus-truncated-mapping' => ['bus_error', '~behind the end of a mapped file~', 'BUS_ADRERR', true],
    'divide-by-zero' => ['floating_point_error', '~^integer division by zero~', 'FPE_INTDIV', true],
    'illegal-instruction' => ['illegal_instruction', '~^illegal instruction$~', 'ILL_ILLOPN', true],
    'breakpoint' => ['trap', '~^breakpoint~', 'SI_KERNEL', false],
    'bad-syscall' => ['bad_syscall', '~^a seccomp filter refused system call \d+$~', 'SYS_SECCOMP', false],
    'abort' => ['abort', '~^abort\(\) was called$~', 'SI_TKILL', false],
    'assert' => ['abort', "~^[^:]*/faults\.c:\d+: crashme_assert: Assertion `0' failed\.$~", 'SI_TKILL', false],
    'double-free' => ['abort', '~^free\(\): double free detected~', 'SI_TKILL', false],
    'heap-corruption' => ['abort', '~^\w+\(\): invalid (pointer|size)~', 'SI_TKILL', false],
    'stack-smash' => ['abort', '~^\*\*\* stack smashing detected \*\*\*: terminated$~', 'SI_TKILL', false],
    'zend-heap' => ['abort', '~^abort\(\) was called$~', 'SI_TKILL', false], // the engine's words go to FPM's log
];
foreach (['unix', 'tcp'] as $upstream) {
    $deaths = new Deaths(['upstream' => $upstream]);
    foreach ($faults as $what => [$cause]) {
        $deaths->inflict($what, $cause);
    }
    foreach ($deaths->records() as $what => ['error' => $error, 'fpmsentinel' => $ours]) {
        [, $message, $code, $hasAddress] = $faults[$what];
        matches("$what: message", $message, $error['message']);
        same("$what: code", $code, $ours['signal']['code']);
        same("$what: address", $hasAddress, isset($ours['signal']['address']));
        same("$what: incomplete", $what === 'stack-smash' ? ['native.stack'] : [], $ours['incomplete']);
        same("$what: innermost", ['function' => 'crashme'], $ours['php']['stack'][0]);
    }
    foreach (trace($deaths->server) as $incident) {
        if (str_starts_with($incident['record']['error'] ?? '', 'stack-segment fault')) { // no file is to blame
            matches('trace', '~a pointer was overwritten~', $incident['advice']['meaning']
                ?? json_encode($incident['advice']));
        }
    }
}
?>
done
--EXPECT--
done
