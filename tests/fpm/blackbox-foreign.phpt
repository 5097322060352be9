--TEST--
Black box in a file: what else may stand in its directory, and directories that it does not go to
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/blackbox.inc';

// A box to make others of

$directory = boxDirectory();
$server = boxServer($directory);
sleeper($server, '/nap.php');
$box = file_get_contents(box($server, $directory));
$killed = box($server, $directory);
killTogether($server, $server->masterPid, $server->coroner(), ...$server->workers());
unlink($killed);

function put(string $name, string $bytes): void
{
    global $directory;
    file_put_contents("$directory/$name", $bytes);
    chmod("$directory/$name", 0600);
}

$victim = "$directory/precious";
put('precious', 'not ours');
put('blackbox-garbage', str_repeat(hash("sha512", "garbage", true), 2000));
put('blackbox-empty', '');
put('blackbox-text', "hello\n");
put('blackbox-truncated', substr($box, 0, -1));
put('blackbox-header', substr($box, 0, 4096));
put('blackbox-longer', $box . "\0");
put('blackbox-version', substr_replace($box, pack('V', 999), 8, 4));
put('blackbox-slot-size', substr_replace($box, pack('V', 4096), 12, 4));
put('blackbox-no-slots', substr_replace($box, pack('V', 0), 16, 4));
put('blackbox-many-slots', substr_replace($box, pack('V', 0xffffffff), 16, 4));
put('blackbox-stride', substr_replace($box, pack('V', 1), 20, 4));
put('blackbox-directory-size', substr_replace($box, pack('V', 8), 24, 4));
put('.starting-123', $box); // one whose FPM was killed before it was named; its worker is dead by now
put('.starting-garbage', 'x');
put('blackbox-slots', substr($box, 0, unpack('V', $box, 24)[1])
    . str_pad('', strlen($box) - unpack('V', $box, 24)[1], hash("sha512", "garbage", true))); // a header and owners, and slots of garbage
$own = ['blackbox-garbage', 'blackbox-empty', 'blackbox-text', 'blackbox-truncated', 'blackbox-header', 'blackbox-longer',
    'blackbox-version', 'blackbox-slot-size', 'blackbox-no-slots', 'blackbox-many-slots', 'blackbox-stride', 'blackbox-directory-size',
    '.starting-garbage'];

$foreign = ['blackbox-link', 'blackbox-fifo', 'blackbox-folder', 'blackbox-mode', 'blackbox-owner', 'blackbox-twice'];
symlink($victim, "$directory/blackbox-link");
posix('mkfifo', "$directory/blackbox-fifo");
mkdir("$directory/blackbox-folder");
put('blackbox-mode', $box);
chmod("$directory/blackbox-mode", 0644);
put('blackbox-owner', $box);
chown("$directory/blackbox-owner", 'www-data');
put('other', $box);
link("$directory/other", "$directory/blackbox-twice");

/** What PHP has no function for. */
function posix(string ...$command): void
{
    exec(implode(' ', array_map('escapeshellarg', $command)), $output, $status);
    same($command[0], 0, $status);
}

$next = boxServer($directory);
same('status', 200, $next->get('/hello.php')->status);
[$record] = $next->records(1);
told($server, $record, 'unknown_death', '/nap.php');
$left = fn () => array_values(preg_grep('~^blackbox-[0-9a-f]{16}-\d+$~', boxes($directory), PREG_GREP_INVERT));
$expected = [...$foreign, 'precious', 'other'];
sort($expected);
$next->until(fn () => $left() === $expected, 10, 'the rest to go');
same('precious', 'not ours', file_get_contents($victim));
foreach ($own as $name) {
    same($name, 1, preg_match_all("~^fpmsentinel\.blackbox: $name: is no black box of this version, and was removed$~m", $next->fpmLog()));
}
foreach ($foreign as $name) {
    same($name, 1, preg_match_all("~^fpmsentinel\.blackbox: $name: is (open to others|not a regular file)$~m", $next->fpmLog()));
}
same('all is said', count($own) + count($foreign), substr_count($next->fpmLog(), 'fpmsentinel.blackbox:'));
$next->stop();

// Directories

/** A server that has refused it, says so once, works and leaves nothing in it. */
function refused(string $directory, string $reason, array $options = [], string $as = ''): void
{
    $server = boxServer($directory . $as, $options);
    $server->script('die.php', 'crashme("null-read");');
    $warning = "fpmsentinel.blackbox = \"$directory$as\": $reason; set a directory that belongs to the user who starts FPM and that nobody else can write to. Until then the black box is in anonymous memory";
    same($reason, 1, substr_count($server->fpmLog(), $warning));
    same("$reason: status", 502, $server->get('/die.php')->status);
    same("$reason: written by", 'coroner', $server->records(1)[0]['fpmsentinel']['written_by']);
    same("$reason: left in it", [], boxes($directory));
    same("$reason: processes left", [], $server->stop());
}

$full = '';
register_shutdown_function(function () use (&$full) {
    $full === '' || exec('umount -l ' . escapeshellarg($full)); // before the directory goes
});
$parent = boxDirectory();
mkdir($parent, 0755);
foreach (['others', 'writable', 'target', 'full'] as $name) {
    mkdir("$parent/$name", 0700);
}
chown("$parent/others", 'www-data');
chmod("$parent/writable", 0770);
symlink("$parent/target", "$parent/link");
touch("$parent/file");
refused("$parent/others", 'the directory belongs to another user');
refused("$parent/writable", 'others can write to the directory');
refused("$parent/link", 'is a symbolic link');
refused("$parent/link", 'is a symbolic link', as: '//');
refused("$parent/missing/box", 'no such directory');
refused("$parent/file", 'not a directory');
refused("$parent/limited", 'file size limit reached', ['wrapper' => ['prlimit', '--fsize=100000']]);

$full = "$parent/full";
posix('mount', '-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'none', $full);
refused("$parent/full", 'no space left');
same('nothing in the target', [], boxes("$parent/target"));
?>
done
--EXPECT--
done
