--TEST--
Black box in a file: it takes as much as the workers that there are, and never more than its file system has
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/blackbox.inc';

const KIB = 1024, SLOT = 164 * KIB; // docs/directives.md

/** A volume of that size in KiB, which everybody can write to, and the box in it. */
function volume(int $size): string
{
    mkdir($place = sys_get_temp_dir() . '/fps-box-' . bin2hex(random_bytes(6)), 0755);
    register_shutdown_function(fn () => exec("umount -l $place; rmdir $place"));
    exec("mount -t tmpfs -o size={$size}k,mode=0777 none $place", $output, $status);
    same('mount', 0, $status);
    return $place;
}

/** Bytes in use there, of files without a name as well. */
function used(string $place): int
{
    return (int) (disk_total_space($place) - disk_free_space($place));
}

function workers(string $place, int $count): Server
{
    $server = boxServer("$place/box", ['pool' => ['pm' => 'static', 'pm.max_children' => $count]]);
    $server->until(fn () => count($server->workers()) === $count, 10, "$count workers");
    return $server;
}

// The sum of pm.max_children, and a header

foreach ([1, 5, 20] as $count) {
    $place = volume(8 * KIB);
    $server = workers($place, $count);
    $server->until(fn () => used($place) >= $count * SLOT, 10, "$count files");
    same("$count workers: the header", true, used($place) - $count * SLOT <= 16 * KIB);
    [$pid] = $server->workers(); // one that is replaced leaves nothing
    Server::kill($pid, 'KILL');
    $server->until(fn () => !in_array($pid, $server->workers(), true) && count($server->workers()) === $count, 10,
        'another worker');
    $server->until(fn () => used($place) - $count * SLOT <= 16 * KIB, 10, 'the file of the dead one to go');
    same('processes left', [], $server->stop());
    same("$count workers: left", true, used($place) <= 4 * KIB); // the directory
}

// A volume that is too small for all: the others are in memory, and all have their records

$place = volume(1 * KIB);
$server = workers($place, 20);
$server->script('die.php', 'crashme("null-read");');
same('full, not more', true, used($place) <= KIB * KIB && used($place) >= 5 * SLOT);
for ($i = 0; $i < 8; $i++) {
    same('status', 502, $server->get('/die.php')->status);
}
same('records', array_fill(0, 8, 'segfault'), array_map(fn ($record) => $record['fpmsentinel']['cause'],
    $server->records(8)));
same('processes left', [], $server->stop());
?>
done
--EXPECT--
done
