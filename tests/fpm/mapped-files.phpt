--TEST--
SIGBUS in a mapped file: which file, whether it was cut or its file system is full, and how much room that has
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/assert.inc';
require __DIR__ . '/trace.inc';

$small = sys_get_temp_dir() . '/fps-small-' . getmypid();
mkdir($small);
$deaths = new Deaths(['wrapper' => ['unshare', '--mount', mountPropagation(), 'sh', '-c',
    "mount -t tmpfs -o size=64k,mode=777 none $small && exec \"\$@\"", 'sh']]);
$cut = "{$deaths->server->dir}/temp/data file";
$files = [ // file => [what it dies of, error, whether the room is told]
    "$small/grown" => ['map-grow', '~^no room left on the file system of a mapped file: \S+/grown$~',
        '~file system of a mapped file is full.*df~', 0],
    'gone' => ['map-grow', '~^no room left on the file system of a mapped file: \S+/unlinked$~', '~is full~', 0],
    'cut' => ['map-cut', '~^access behind the end of a mapped file that was cut to 0 bytes: .*/data file$~',
        '~was truncated.*rename~', null],
];
$deaths->script('grown.php', "ini_set('crashme.output', '$small/grown'); crashme('map-grow', 1 << 20);");
$deaths->inflict("$small/grown", 'bus_error', '/grown.php');
$deaths->script('gone.php', "array_map('unlink', glob('$small/*'));
    ini_set('crashme.output', '$small/unlinked'); touch('$small/unlinked');
    register_shutdown_function(fn () => 0); crashme('map-grow', 1 << 20);");
$deaths->inflict('gone', 'bus_error', '/gone.php');
foreach ([$deaths->server, $deaths->without] as $server) {
    $server->script('cut.php', "ini_set('crashme.output', '$server->dir/temp/data file'); crashme('map-cut');");
}
foreach ([$deaths->server, $deaths->without] as $server) {
    chmod("$server->dir/temp", 0777);
}
$deaths->inflict('cut', 'bus_error', '/cut.php');
foreach ($deaths->records() as $name => ['fpmsentinel' => $ours, 'error' => $error]) {
    [, $message, , $free] = $files[$name];
    matches("$name: message", $message, $error['message']);
    $mapping = $ours['signal']['mapping'] ?? [];
    matches("$name: file", '~' . preg_quote(substr($error['message'], strrpos($error['message'], '/'))) . '$~',
        $mapping['file'] ?? '');
    same("$name: room", true, $free === null ? ($mapping['free_bytes'] ?? 0) > 0
        : ($mapping['free_bytes'] ?? -1) === $free);
    same("$name: incomplete", [], $ours['incomplete']);
}
$incidents = trace($deaths->server, 'nginx', 'records', 'fpm-log', 'access');
foreach (['/grown.php', '/gone.php', '/cut.php'] as $i => $path) {
    $incident = verdict($deaths->server, $incidents, $path, 'bus_error');
    matches("$path: trace", array_values($files)[$i][2], json_encode($incident['advice'] ?? [],
        JSON_UNESCAPED_SLASHES));
}
unset($deaths, $server);
rmdir($small);
?>
done
--EXPECT--
done
