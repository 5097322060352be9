--TEST--
A request costs a worker at most 25 instructions more than docs/performance.md says (callgrind, opcache on)
--SKIPIF--
<?php require 'skipif.inc'; needs('valgrind'); ?>
--FILE--
<?php
require 'server.inc';
require 'instructions.inc';

// Of PHP's thread: the watcher's looks are by the clock, and under callgrind a request lasts a hundred times as long.
$without = instructionsPerRequest(['extension' => false]);
$added = instructionsPerRequest([]) - $without;
echo $without > 10_000 ? "measured\n" : "a request of $without instructions?\n";
preg_match('~^\| a hello-world request: instructions added, PHP (\d\.\d) \| ([\d,]+) ~m',
    file_get_contents(__DIR__ . '/../../docs/performance.md'), $documented);
$limit = (int) strtr($documented[2], [',' => '']) + 25;
if (PHP_ZTS) { // there each hook looks for its thread's globals
    $limit += 500;
} elseif (!str_starts_with(PHP_VERSION, "$documented[1].")) { // another compiler, another libc
    $limit += 75;
}
echo $added <= $limit ? "cheap\n" : "$added instructions a request on top of $without; $limit are the limit\n";
?>
--EXPECT--
measured
cheap
