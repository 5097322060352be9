--TEST--
Memory that the kernel refuses, to libc and to PHP's own heap: what gives up says so, and the tool what to change
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/trace.inc';

const NO_LIMIT = ['memory_limit' => -1, 'opcache.memory_consumption' => 16]; // 8.5 always has opcache

// malloc(): PHP aborts from 8.6 on, and calls exit(1) before. The string is there once, and putenv() copies it

[$cause, $what] = PHP_VERSION_ID < 80600 ? ['exit_in_request', 'C code called exit(1)']
    : ['abort', 'abort() was called'];
$limits = ['as' => '~^RLIMIT_AS allows 600 MiB of address space, of which [345]\d\d are in use$~',
    'data' => '~^RLIMIT_DATA allows 500 MiB of private memory, of which 3\d\d are in use$~'];
foreach (['as' => 600 << 20, 'data' => 500 << 20] as $name => $limit) {
    $deaths = new Deaths(['ini' => NO_LIMIT, 'wrapper' => ['prlimit', "--$name=$limit"]]);
    $deaths->script('refused.php', 'putenv(str_repeat("A=", 150 << 20));');
    $deaths->inflict($name, $cause, '/refused.php');
    ['error' => $error, 'fpmsentinel' => $ours] = $deaths->records()[$name];
    same("$name: message", "$what after memory was refused (ENOMEM)", $error['message']);
    same("$name: evidence", 1, count(preg_grep($limits[$name], $ours['evidence'])));
    same("$name: innermost", 'putenv', $ours['php']['stack'][0]['function']);
    same("$name: incomplete", [], $ours['incomplete']);
    ['advice' => $advice] = verdict($deaths->server, trace($deaths->server), '/refused.php', $cause,
        certainty: 'certain');
    matches("$name: meaning", '~^The kernel refused memory~', $advice['meaning']);
    matches("$name: change", '~RLIMIT_AS .*RLIMIT_DATA .*overcommit_memory~', $advice['change']);
}

// mmap() for PHP's own heap: exit(1), or in some builds, and in all from 8.5 on, a fatal error

$fatal = !Server::leavesWithoutMemory();
foreach (['at-once' => 'str_repeat("x", 2 << 30);', 'slowly' =>
    'for (;;) { $kept[] = str_repeat("x", 100_000); }'] as $name => $code) {
    $server = new Server(['ini' => NO_LIMIT, 'wrapper' => ['prlimit', '--as=' . (512 << 20)]]);
    $server->script("$name.php", $code);
    same("$name: status", $fatal ? 500 : 502, $server->get("/$name.php")->status);
    [$record] = $server->records(1);
    same("$name: cause", $fatal ? 'fatal_error' : 'exit_in_request', $record['fpmsentinel']['cause']);
    matches("$name: message", $fatal ? '~^Out of memory \(allocated \d+ bytes\) \(tried to allocate \d+ bytes\)$~'
        : '~^C code called exit\(1\) after memory was refused \(ENOMEM\)$~', $record['error']['message']);
    same("$name: incomplete", [], $record['fpmsentinel']['incomplete']);
    ['advice' => $advice] = verdict($server, trace($server), "/$name.php", $record['fpmsentinel']['cause']);
    matches("$name: meaning", '~^The kernel refused memory~', $advice['meaning']);
}

// Nothing was refused

$deaths = new Deaths;
$deaths->inflict('abort', 'abort');
$deaths->inflict('exit', 'exit_in_request', '/die.php?what=exit&arg=7');
same('not refused', ['abort' => 'abort() was called', 'exit' => 'C code called exit(7)'],
    array_map(fn ($record) => $record['error']['message'], $deaths->records()));
?>
done
--EXPECT--
done
