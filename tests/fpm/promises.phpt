--TEST--
fpmsentinel doctor: what failed before its plan is answered after it, and nothing else fails: the same requests, counted
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; needs('patch'); ?>
--FILE--
<?php
/* dev/promises tries all of them, which takes longer. */
require __DIR__ . '/promises.inc';

$quick = ['keepalive-starves', 'process-control-timeout', 'backlog-short', 'post-max-size', 'next-upstream-repeats'];
foreach (array_intersect_key(promises(), array_flip($quick)) as $name => [$server, $load, $ends]) {
    promise($name, $server(), $load, $ends);
}
?>
done
--EXPECT--
done
