--TEST--
A request costs a worker at most 1,000 instructions more (callgrind, opcache on)
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
echo $added <= 1000 ? "cheap\n" : "$added instructions a request on top of $without\n";
?>
--EXPECT--
measured
cheap
