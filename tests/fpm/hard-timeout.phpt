--TEST--
hard_timeout: a worker that the engine ends inside one long call of C code leaves a record
--SKIPIF--
<?php
require __DIR__ . '/skipif.inc';
PHP_ZTS && die('skip a thread-safe PHP has no hard_timeout');
?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/hard-timeout.inc';

timeOut($long, ['similar-text' => 'similar_text', 'regex' => 'preg_match', 'sort' => 'sort'],
    ['memory_limit' => '512M'] + $ini);
?>
done
--EXPECT--
done
