--TEST--
fpmsentinel trace with the configurations of applications, hosting panels and images: its values are doctor's
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/advised.inc';
require __DIR__ . '/trees.inc';

foreach (glob(dirname(__DIR__) . '/trees/*/expect.json') as $file) {
    $name = basename(dirname($file));
    if (!str_starts_with($name, 'stock-') && !is_file(dirname($file) . '/apache.conf')) {
        same("$name: some are set", true, holdAgainst($name, (new Tree($name))->dir) > 0);
    }
}
?>
done
--EXPECT--
done
