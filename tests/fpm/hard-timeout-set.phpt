--TEST--
hard_timeout with the limit set late: in the middle of a request, and after it was passed in PHP code
--SKIPIF--
<?php
require __DIR__ . '/skipif.inc';
PHP_ZTS && die('skip a thread-safe PHP has no hard_timeout');
?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/hard-timeout.inc';

timeOut(['middle' => "set_time_limit(1); {$long['pbkdf2']}",
    'ini_set' => "ini_set('max_execution_time', 1); {$long['pbkdf2']}"],
    [], ['max_execution_time' => 30] + $ini);
$again = "register_shutdown_function(function () { set_time_limit(1); {$long['pbkdf2']} }); for (;;);";
timeOut(['again' => $again], [], ['fpmsentinel.fatal_errors' => 0] + $ini);
?>
done
--EXPECT--
done
