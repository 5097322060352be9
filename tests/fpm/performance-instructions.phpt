--TEST--
A request costs a worker at most 1,000 instructions more, of a thread-safe PHP 1,500 (callgrind, opcache on)
--SKIPIF--
<?php require 'skipif.inc'; ?>
--FILE--
<?php
require 'server.inc';
require 'instructions.inc';

// Of PHP's thread: the watcher's looks are by the clock, and under callgrind a request lasts a hundred times as long.
[$without] = instructionsPerRequest(false);
[$with] = instructionsPerRequest(true);
$added = $with - $without;
echo min($without, $with) > 10_000 ? "measured\n" : "requests of $without and $with instructions?\n";
$limit = PHP_ZTS ? 1500 : 1000; // there each hook looks for its thread's globals
echo $added <= $limit ? "cheap\n" : "$added instructions a request on top of $without\n";
?>
--EXPECT--
measured
cheap
