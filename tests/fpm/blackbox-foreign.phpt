--TEST--
Black box in a file: what else may stand in its directory, and directories that it does not go to
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/blackbox.inc';

// A box to make others of: its header, and the slot of its worker 0

$directory = boxDirectory();
$server = boxServer($directory);
[$pid] = sleeper($server, '/nap.php');
$slot = slotFile($server, $directory, $pid);
same('number', '-0', substr($slot, -2));
$slot = file_get_contents($slot);
$header = file_get_contents(box($server, $directory));
killAll($server, ...$server->workers());
array_map(fn ($name) => unlink("$directory/$name"), files($directory));
$noise = str_pad('', strlen($slot), hash('sha512', 'garbage', true));

function put(string $name, string $bytes): string
{
    global $directory;
    file_put_contents("$directory/$name", $bytes);
    chmod("$directory/$name", 0600);
    return $name;
}

/** Another one each time. */
function generation(): string
{
    static $count = 0;
    return sprintf('%016x-%d', 0xabcdef + $count, 100 + $count++);
}

/** What PHP has no function for. */
function posix(string ...$command): void
{
    exec(implode(' ', array_map('escapeshellarg', $command)), $output, $status);
    same($command[0], 0, $status);
}

/** @return list<string> files that must be left alone, by such names: not ours to open, whatever is in them */
function foreign(string $directory, string $bytes, callable $name): array
{
    symlink("$directory/precious", "$directory/" . $link = $name());
    symlink("$directory/nothing", "$directory/" . $dangling = $name());
    posix('mkfifo', "$directory/" . $fifo = $name());
    posix('mknod', "$directory/" . $device = $name(), 'c', '1', '5');
    mkdir("$directory/" . $folder = $name());
    chmod("$directory/" . $mode = put($name(), $bytes), 0640);
    chown("$directory/" . $owner = put($name(), $bytes), 'www-data');
    link("$directory/other", "$directory/" . $twice = $name());
    return [$link, $dangling, $fifo, $device, $folder, $mode, $owner, $twice];
}

$said = []; // what is to be said, by name

// Headers that are none: removed, and their slots with them

put('precious', 'not ours');
put('other', $header);
$broken = [$noise, '', "hello\n", substr($header, 0, 100), substr_replace($header, pack('V', 999), 8, 4),
    substr_replace($header, pack('V', 4096), 12, 4), "\0" . substr($header, 1, 3) . $noise];
foreach ($broken as $bytes) {
    $said[put('blackbox-' . $generation = generation(), $bytes)] = 'is no black box of this version, and was removed';
    put("slot-$generation-0", $slot);
}

// A header of ours, and slots of workers that it does not have, or that are none

put('blackbox-' . $generation = generation(), $header);
foreach (['1', '65536', '4294967295'] as $number) {
    $said[put("slot-$generation-$number", $slot)] = 'is of no worker that its header has, and was removed';
}
$said[put("slot-$generation-0", $noise)] = 'is no slot of this version, and was removed';
foreach (['', substr($slot, 0, 1000), substr($slot, 0, 20000), substr_replace($slot, pack('V', 999), 8, 4),
    'x' . substr($slot, 1)] as $bytes) {
    put('blackbox-' . $generation = generation(), $header);
    $said[put("slot-$generation-0", $bytes)] = 'is no slot of this version, and was removed';
}

// A slot of which the request and all behind it is noise, one that has grown, and one as it should be: each is told of,
// as the worker that the header has

$request = strpos($slot, "GET\0");
foreach ([substr($slot, 0, $request) . substr($noise, $request), "$slot$noise", $slot] as $bytes) {
    put('blackbox-' . $generation = generation(), $header);
    put("slot-$generation-0", $bytes);
}

// Slots without a header

foreach ([$slot, $noise, ''] as $bytes) {
    $said[put('slot-' . generation() . '-0', $bytes)] = 'has no header, and was removed';
}

// What is not ours to open, or not to name

$left = [...foreign($directory, $header, fn () => 'blackbox-' . generation()),
    ...foreign($directory, $slot, fn () => 'slot-' . generation() . '-0')];
put('blackbox-' . $generation = generation(), $header);
$left = [...$left, ...foreign($directory, $slot, function () use ($generation) {
    static $number = 0;
    return "slot-$generation-" . $number++;
})];
$said += array_fill_keys($left, 'is not a file that only its owner can open, and was left alone');
$g = generation();
$odd = ['blackbox-', 'slot-', 'slot--', 'blackbox-x', "blackbox-$g-", "blackbox-$g-1", "blackbox--$g", "slot-$g",
    "slot-$g-", "slot-$g-x", "slot-$g-01",
    "slot-$g--1", "slot-$g-1-1", "slot-$g-4294967296", "slot-$g-99999999999999999999",
    'blackbox-' . str_repeat('a', 240), 'slot-' . str_repeat('1-', 120)];
foreach ($odd as $name) {
    $said[$left[] = put($name, $slot)] = 'has no name that fpmsentinel gives, and was left alone';
}
$left = [...$left, 'precious', 'other', put('.starting', $header), put("xslot-$g-0", $slot)];
sort($left);
$contents = fn () => array_map(fn ($name) => filetype("$directory/$name") === 'file' ? md5_file("$directory/$name")
    : filetype("$directory/$name"), $left);
$before = $contents();

$next = boxServer($directory);
same('status', 200, $next->get('/hello.php')->status);
$own = '~^(blackbox|slot)-[0-9a-f]{16}-' . $next->masterPid . '(-\d+)?$~';
$now = fn () => array_values(preg_grep($own, files($directory), PREG_GREP_INVERT));
$next->until(fn () => $now() === $left, 60);
same('left', [[], []], [array_diff($left, $now()), array_diff($now(), $left)]);
same('contents', $before, $contents());
$records = $next->records(3);
foreach ($records as $record) {
    same('who', ['www', $pid, 'scavenger'], [$record['fpmsentinel']['pool'], $record['process']['pid'],
        $record['fpmsentinel']['written_by']]);
}
$ofRequest = array_values(array_filter($records, fn ($record) => ($record['url']['path'] ?? '') === '/nap.php'));
same('told of the request', 2, count($ofRequest));
recordIs($server, $ofRequest[0], 'unknown_death', '/nap.php');
preg_match_all('~^fpmsentinel\.blackbox: (.*?): (.*)$~m', $next->fpmLog(), $lines, PREG_SET_ORDER);
$lines = array_column($lines, 2, 1);
same('said', [[], []], [array_diff_assoc($said, $lines), array_diff_assoc($lines, $said)]);
same('each once', count($said), substr_count($next->fpmLog(), 'fpmsentinel.blackbox:'));
same('one coroner', 0, substr_count($next->fpmLog(), 'restart'));
same('processes left', [], $next->stop());
$next = files($directory);
sort($next);
same('left at the end', $left, $next);
$server->stop();

// Directories

/** A server that has refused it, says so once, works and leaves nothing in it. */
function refused(string $directory, string $reason, string $as = ''): void
{
    $server = boxServer($directory . $as);
    $server->script('die.php', 'crashme("null-read");');
    $warning = "fpmsentinel.blackbox = \"$directory$as\": $reason; "
        . "set a directory that belongs to the user who starts FPM and that nobody else can write to. Until then the "
        . "black box is in anonymous memory";
    same($reason, 1, substr_count($server->fpmLog(), $warning));
    same("$reason: status", 502, $server->get('/die.php')->status);
    same("$reason: written by", 'coroner', $server->records(1)[0]['fpmsentinel']['written_by']);
    same("$reason: left in it", [], files($directory));
    same("$reason: processes left", [], $server->stop());
}

$mounted = [];
register_shutdown_function(function () use (&$mounted) { // before the directory goes
    array_map(fn ($place) => exec('umount -l ' . escapeshellarg($place)), $mounted);
});
$parent = boxDirectory();
mkdir($parent, 0755);
foreach (['others', 'writable', 'open', 'target', 'full', 'small'] as $name) {
    mkdir("$parent/$name", 0700);
}
chown("$parent/others", 'www-data');
chmod("$parent/writable", 0770);
chmod("$parent/open", 0777);
symlink("$parent/target", "$parent/link");
touch("$parent/file");
refused("$parent/others", 'the directory belongs to another user');
refused("$parent/writable", 'others can write to the directory');
refused("$parent/others/box", "$parent/others belongs to uid 33");
mkdir("$parent/open/theirs", 0700);
chown("$parent/open/theirs", 'www-data');
refused("$parent/open/theirs", 'the directory belongs to another user');
symlink("$parent/target", "$parent/open/link");
refused("$parent/open/link", 'is a symbolic link');
mkdir("$parent/open/further", 0700);
refused("$parent/open/further/box", "others can rename entries of $parent/open");
refused("$parent/link", 'is a symbolic link');
refused("$parent/link", 'is a symbolic link', as: '//');
refused("$parent/missing/box", 'no such directory');
refused("$parent/file", 'not a directory');

// A volume of a container: it is root's, and everybody can write to it

$server = boxServer("$parent/open/box");
$server->get('/hello.php');
box($server, "$parent/open/box");
same('mode', '40700', sprintf('%o', stat("$parent/open/box")['mode']));
same('warnings', 0, substr_count($server->fpmLog(), 'fpmsentinel.blackbox'));
same('processes left', [], $server->stop());
same('left in it', [], files("$parent/open/box"));

// Full: for the header, and for the slots alone, which are in memory then

foreach (['full' => '4k', 'small' => '64k'] as $name => $size) {
    posix('mount', '-t', 'tmpfs', '-o', "size=$size,mode=0700", 'none', $mounted[] = "$parent/$name");
}
file_put_contents("$parent/full/filler", 'x');
refused("$parent/full/box", 'no space left');
$server = boxServer("$parent/small");
$server->script('die.php', 'crashme("null-read");');
same('status', [200, 502], [$server->get('/hello.php')->status, $server->get('/die.php')->status]);
same('written by', 'coroner', $server->records(1)[0]['fpmsentinel']['written_by']);
same('files', [1, []], [count(boxes("$parent/small")), slotFiles("$parent/small")]);
same('processes left', [], $server->stop());
same('files at the end', [], files("$parent/small"));
same('nothing in the target', [], files("$parent/target"));
?>
done
--EXPECT--
done
