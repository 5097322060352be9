--TEST--
The names of native frames are kept for the user whose process found them, and for the very file
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

// An extension that may be changed

mkdir($directory = sys_get_temp_dir() . '/fps-names-' . bin2hex(random_bytes(6)));
chmod($directory, 0755);
copy(Server::path('TEST_CRASHME_SO'), $library = "$directory/crashme.so");
putenv("TEST_CRASHME_SO=$library");
register_shutdown_function(fn () => exec("rm -rf $directory"));

$server = new Server(['pools' => ['other' => ['user' => 'nobody', 'group' => 'nogroup']]]);
foreach (['', 'other/'] as $pool) {
    $server->script("{$pool}die.php", 'eval("function f$_GET[n]() { crashme(\'null-read\'); } f$_GET[n]();");');
}
$supervisor = $server->supervisor();
$stop = fn (bool $stops) => Server::kill($supervisor, $stops ? 'STOP' : 'CONT');

/** Whether the record of one more death has the names of the library, and of PHP. */
$names = function (string $pool = '') use ($server): array {
    static $n = 0;
    same('status', 502, $server->get("$pool/die.php?n=" . $n++)->status);
    $native = $server->records($n)[$n - 1]['fpmsentinel']['native']['stack'];
    $has = fn (string $name) => (bool) array_filter($native,
        fn ($frame) => str_starts_with($frame['symbol'] ?? '', "$name+"));
    return [$has('crashme_null_read'), $has('execute_ex')];
};

// While the supervisor is stopped it starts no process that could look anything up

same('looked up', [true, true], $names());
$stop(true);
same('kept', [true, true], $names());
same("of another user's nothing is known", [false, false], $names('/other'));
touch($library, 1_000_000_000);
same('another file', [false, false], $names());
$stop(false);
same('looked up again', [true, true], $names());
same('by the other user', [true, true], $names('/other'));
$stop(true);
same('kept again', [true, true], $names());
same('for the other user', [true, true], $names('/other'));

// What others can change is looked up each time

foreach (['owner' => fn () => chown($library, 'www-data'),
    'mode' => fn () => chown($library, 'root') && chmod($library, 0775),
    'directory' => fn () => chmod($library, 0755) && chmod($directory, 0777)] as $what => $change) {
    $stop(false);
    $change();
    same("$what: looked up", [true, true], $names());
    $stop(true);
    same("$what: not kept", [false, false], $names());
}
$stop(false);
same('left', [], $server->stop());
?>
done
--EXPECT--
done
