--TEST--
A request costs a worker at most 1,000 instructions more (callgrind, opcache on)
--SKIPIF--
<?php require 'skipif.inc'; ?>
--FILE--
<?php
require 'server.inc';
require 'instructions.inc';

$without = instructionsPerRequest(false);
$added = instructionsPerRequest(true) - $without;
echo $without > 10_000 ? "measured\n" : "a request of $without instructions?\n";
echo $added <= 1000 ? "cheap\n" : "$added instructions a request on top of $without\n";
?>
--EXPECT--
measured
cheap
