<?php
/*
 * FPM reloaded again and again, each tenth time with another build of the extension under the same path, as a package
 * upgrade leaves it: no process and no descriptor is left over, FPM answers, and deaths have their records at once.
 *
 *     php reloads.php OTHER [RELOADS]     OTHER: the other build, of another FPS_SLOT_VERSION
 *
 * Run by dev/storms reloads, which builds both. Prints a line for FPM as process 1, one for FPM in the background, and
 * `N passed, N failed, 0 skipped`.
 */
require __DIR__ . '/../fpm/server.inc';
require __DIR__ . '/../fpm/scenario.inc';

const WORKERS = 2;

$builds = [Server::path('TEST_FPMSENTINEL_SO'), realpath($argv[1])];
$reloads = (int) ($argv[2] ?? 200);
$place = sys_get_temp_dir() . '/fps-build-' . bin2hex(random_bytes(6));
mkdir($place);
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($place)));

/** Puts a build in its place, where FPM finds it. */
function install(string $build): void
{
    global $place;
    copy($build, "$place/new");
    chmod("$place/new", 0644);
    rename("$place/new", "$place/fpmsentinel.so");
}

/** FPM as process 1 of a namespace. */
function processOne(): Server
{
    return new Server(['pool' => ['pm.max_children' => WORKERS],
        'wrapper' => ['unshare', '--pid', '--fork', '--kill-child', mountPropagation(), '--mount-proc']]);
}

/** FPM in the background, in the place of one in the foreground. */
function daemon(): Server
{
    $server = new Server(['pool' => ['pm.max_children' => WORKERS]]);
    $server->signalMaster('TERM');
    $server->until(fn () => !$server->running(), 10, 'FPM to stop');
    @unlink("$server->dir/fpm.pid");
    $conf = strtr(file_get_contents("$server->dir/fpm.conf"), ['/dev/stderr' => "$server->dir/log/fpm.log"]);
    file_put_contents("$server->dir/fpm.conf", $conf);
    $null = ['file', '/dev/null', 'r+'];
    $fpm = proc_open([...$server->php(), '-D', '-y', "$server->dir/fpm.conf"], [$null, $null, $null], $pipes,
        $server->dir,
        ['FPMSENTINEL_TEST' => $server->dir] + getenv());
    proc_close($fpm);
    $server->masterPid = (int) $server->until(fn () => (int) @file_get_contents("$server->dir/fpm.pid"), 10,
        "FPM's pid");
    return $server;
}

/** @return list<string> titles of the processes of FPM that there are, sorted */
function titles(Server $server): array
{
    $titles = [];
    foreach (glob('/proc/[0-9]*') as $proc) {
        $title = trim(strtr((string) @file_get_contents("$proc/cmdline"), "\0", ' '));
        $isOurs = str_contains((string) @file_get_contents("$proc/environ"), "FPMSENTINEL_TEST=$server->dir")
            || (string) @readlink("$proc/cwd") === $server->dir; // what a long title has replaced the environment of
        if ($isOurs && preg_match('~^\S*php-fpm~', $title)) {
            $titles[] = preg_replace('~^(php-fpm: master process) .*~', '$1', $title);
        }
    }
    sort($titles);
    return $titles;
}

function masterDescriptors(Server $server): int
{
    return count(scandir("/proc/$server->masterPid/fd"));
}

/** @return list<string> what is wrong */
function reloadOften(Server $server, int $reloads, array $builds, bool $inBackground): array
{
    $wrong = [];
    $check = function (string $what, mixed $expected, mixed $found) use (&$wrong) {
        $expected === $found || $wrong[] = "$what: " . json_encode([$expected, $found], JSON_UNESCAPED_SLASHES);
    };
    $expected = ['php-fpm: master process', ...array_fill(0, WORKERS, 'php-fpm: pool www'), 'php-fpm: sentinel',
        'php-fpm: sentinel supervisor'];
    $settled = function () use ($server, $expected, $inBackground) {
        if ($inBackground) { // FPM forks again at a reload
            $server->masterPid = (int) @file_get_contents("$server->dir/fpm.pid") ?: $server->masterPid;
        }
        return titles($server) === $expected && count($server->workers()) === WORKERS;
    };
    $server->script('hello.php', 'echo "hello";');
    $server->script('die.php', 'crashme($_GET["how"], (int) $_GET["arg"]);');
    $descriptors = $deaths = 0;
    for ($n = 1; $n <= $reloads; $n++) {
        $before = [...$server->workers(), $server->supervisor(), $server->coroner()];
        $n % 10 === 0 && install($builds[$n / 10 % 2]);
        $server->signalMaster('USR2');
        $server->until(fn () => !array_filter($before, fn ($pid) => !isGone($pid)), 10,
            "what was before reload $n to end");
        $check("$n: processes", true, (bool) $server->until($settled, 30) ?: titles($server));
        $check("$n: answer", 'hello', $server->get('/hello.php')->body);
        if ($n % 10 <= 1) {
            $check("$n: segfault", 502, $server->get('/die.php?how=null-read&arg=0')->status);
            $check("$n: SIGKILL", 502, $server->get('/die.php?how=kill-self&arg=9')->status);
            $deaths += 2;
            $records = $server->until(fn () => count($server->rawRecords()) >= $deaths, 60)
                ? array_slice($server->rawRecords(), $deaths - 2) : [];
            $causes = array_map(fn ($line) => implode(' ', array_intersect_key(json_decode($line, true)['fpmsentinel'],
                ['cause' => 0, 'written_by' => 0])), $records);
            sort($causes);
            $check("$n: records", ['coroner killed', 'coroner segfault'],
                array_map(fn ($cause) => implode(' ', array_reverse(explode(' ', $cause))), $causes));
            $server->until($settled, 30);
        }
        $descriptors = $descriptors ?: masterDescriptors($server);
    }
    $check('descriptors of the master', $descriptors, masterDescriptors($server));
    $check('records', $deaths, count($server->rawRecords()));
    return $wrong;
}

putenv("TEST_FPMSENTINEL_SO=$place/fpmsentinel.so");
$failed = 0;
$modes = ['process 1' => processOne(...), 'in the background' => daemon(...)];
foreach ($modes as $mode => $start) {
    install($builds[0]);
    $server = $start();
    $server->until(fn () => count($server->workers()) === WORKERS, 10, 'the workers');
    $wrong = reloadOften($server, $reloads, $builds, $mode !== 'process 1');
    Server::kill($server->masterPid, 'TERM');
    $server->until(fn () => isGone($server->masterPid), 10, 'FPM to stop');
    $left = array_column($server->stop(), 'title');
    $left && $wrong[] = 'left: ' . implode(', ', $left);
    $failed += $wrong ? 1 : 0;
    printf("%s %s: %d reloads\n", $wrong ? 'FAIL' : 'PASS', $mode, $reloads);
    foreach (array_slice($wrong, 0, 10) as $line) {
        echo "  $line\n";
    }
}
printf("%d passed, %d failed, 0 skipped\n", count($modes) - $failed, $failed);
exit($failed ? 1 : 0);
