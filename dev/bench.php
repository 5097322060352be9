<?php
/*
 * What the extension costs, as docs/performance.md has it: on standard output, a table in Markdown.
 *
 *   php dev/bench.php BUILD [ROUNDS]      BUILD: where the extension and the tests were built;
 *                                         ROUNDS of paired runs, default 20
 *
 * Paired: servers that differ only in the extension take turns, so that what else the machine does comes to all of
 * them. The twin is a second server without it: what that differs by is noise.
 */
[, $build, $rounds] = $argv + [2 => 20];
putenv('TEST_CRASHME_SO=/nonexistent'); // only what is measured is loaded
require "$build/tests/fpm/instructions.inc";

const HELLO = 'echo "hello, world";';
const FILES = 'for ($i = 0; $i < 200; $i++) { clearstatcache(); is_file(__FILE__); } echo "hello, world";';

function row(string $what, string $value, string $command = 'dev/bench'): void
{
    echo "| $what | $value | `$command` |\n";
}

function quantile(array $numbers, float $share): float
{
    sort($numbers);
    return $numbers[(int) min(count($numbers) - 1, $share * count($numbers))];
}

// --- instructions and system calls ---

/** A page that includes 50 files. @return array{string, array<string, string>} it, and they */
function including(): array
{
    $scripts = [];
    for ($i = 0; $i < 50; $i++) {
        $scripts["part$i.php"] = "function part$i() { return $i; }";
    }
    return ['for ($i = 0; $i < 50; $i++) { require __DIR__ . "/part$i.php"; } ' . HELLO, $scripts];
}

/** The fewest of three tries: if the machine pauses for a second between two requests, the watcher parks. */
function systemCalls(array $options, string $page, array $scripts): float
{
    return min(array_map(fn () => systemCallsOnce($options, $page, $scripts), [1, 2, 3]));
}

/** System calls of one of 20 requests that follow upon another. */
function systemCallsOnce(array $options, string $page, array $scripts): float
{
    $options['ini'] = ($options['ini'] ?? []) +
        ['opcache.file_update_protection' => 0, 'opcache.validate_timestamps' => 0];
    $server = new Server($options + ['opcache' => true]);
    foreach (['page.php' => $page] + $scripts as $name => $code) {
        $server->script($name, $code);
    }
    $server->get('/page.php');
    [$worker] = $server->workers();
    $strace = proc_open(['strace', '-qq', '-o', "$server->dir/trace", '-p', $worker], [], $pipes);
    $server->until(fn () => !str_contains(file_get_contents("/proc/$worker/status"), "TracerPid:\t0\n"), 10, 'strace');
    $idle = fn () => preg_match('~accept|wait_for_more_packets~', (string) file_get_contents("/proc/$worker/wchan"));
    $counts = [];
    for ($i = 0; $i < 21; $i++) {
        $server->get('/page.php');
        $server->until($idle, 10, 'the worker to wait');
        $counts[] = preg_match_all('~^\w+\(.* = ~m', file_get_contents("$server->dir/trace"));
    }
    proc_terminate($strace);
    proc_close($strace);
    $server->stop();
    return ($counts[20] - $counts[0]) / 20;
}

function countAll(): void
{
    $others = ['excimer, loaded' => ['extension' => false, 'ini' => ['extension' => 'excimer']],
        'Xdebug, loaded' => ['extension' => false, 'ini' => ['zend_extension' => 'xdebug']]];
    $version = PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
    foreach (['a hello-world request' => [HELLO, []],
            'a request that includes 50 files' => including()] as $name => [$page, $scripts]) {
        $base = instructionsPerRequest(['extension' => false], $page, $scripts);
        $calls = systemCalls(['extension' => false], $page, $scripts);
        row("$name: instructions added, PHP $version",
            sprintf('%s on top of %s',
            number_format(instructionsPerRequest([], $page, $scripts) - $base), number_format($base)));
        row("$name: system calls added", sprintf('%.2f on top of %.1f',
            systemCalls([], $page, $scripts) - $calls, $calls));
        foreach ($others as $other => $options) {
            row("$name: $other, instead", sprintf('%s instructions, %.2f system calls',
                number_format(instructionsPerRequest($options, $page, $scripts) - $base),
                systemCalls($options, $page, $scripts) - $calls));
        }
    }
    row('a second of a request that lasts, 14 PHP frames deep: instructions of the watcher',
        number_format(instructionsPerSecond()));
}

// --- time ---

/**
 * @return array{float, float, float} a slice of 40 requests on one connection: CPU time of a request in all of the
 * worker's threads, its time as the client sees it, and the longest, in µs
 */
function slice(Server $server): array
{
    [$pid] = $server->workers();
    $cpu = fn () => array_sum(array_map(fn ($file) => (int) file_get_contents($file),
        glob("/proc/$pid/task/*/schedstat"))) / 1000;
    $stream = stream_socket_client("tcp://$server->address");
    $before = $cpu();
    for ($i = 0; $i < 40; $i++) {
        $start = hrtime(true);
        fwrite($stream, "GET /page.php HTTP/1.1\r\nHost: localhost\r\n\r\n");
        for ($answer = ''; !str_contains($answer, "\r\n0\r\n\r\n");) {
            $answer .= ($part = fread($stream, 8192)) !== '' && $part !== false
                ? $part : throw new RuntimeException("no answer: $answer");
        }
        $times[] = (hrtime(true) - $start) / 1000;
    }
    return [($cpu() - $before) / 40, array_sum($times) / 40, max($times)];
}

/** Rows of what the servers measure in turns: the quickest tenth, undisturbed by other work, beside the twin's. */
function pairOne(string $name, string $page, int $rounds, callable $measure, array $names): void
{
    $results = $servers = [];
    foreach (['without' => false, 'twin' => false, 'with' => true] as $kind => $extension) {
        $servers[$kind] = new Server(['extension' => $extension, 'opcache' => true]);
        $servers[$kind]->script('page.php', $page);
        $servers[$kind]->get('/page.php');
    }
    for ($round = 0; $round < 10 * $rounds; $round++) {
        $kinds = array_keys($servers);
        shuffle($kinds);
        foreach ($kinds as $kind) {
            $results[$kind][] = $measure($servers[$kind]);
        }
    }
    array_map(fn ($server) => $server->stop(), $servers);
    foreach ($names as $i => $what) {
        $tenth = fn ($kind) => quantile(array_column($results[$kind], $i), .1);
        $more = fn ($kind) => ($tenth($kind) / $tenth('without') - 1) * 100;
        row("$name: $what",
            sprintf('%+.1f %% (twin %+.1f %%) on top of %.1f µs', $more('with'), $more('twin'), $tenth('without')));
    }
}

function pairAll(int $rounds): void
{
    $names = ['CPU time of a worker', 'time of a request', 'longest of 40 requests'];
    pairOne('hello world', HELLO, $rounds, slice(...), $names);
    pairOne('200 file operations', FILES, $rounds, slice(...), $names);
    $page = '$least = INF; for ($k = 0; $k < 60; $k++) { $t = hrtime(true); '
        . 'for ($i = 0; $i < 50; $i++) { $f = fopen(__FILE__, "r"); fread($f, 100); fstat($f); fclose($f); } '
        . '$least = min($least, hrtime(true) - $t); } echo $least / 50e3;';
    pairOne('fopen, fread, fstat and fclose', $page, max(1, intdiv($rounds, 3)),
        fn ($server) => [(float) $server->get('/page.php')->body], ['time']);
}

/** Requests a second of one worker, with four clients. */
function throughput(int $rounds): void
{
    $servers = [
        'without' => new Server(['extension' => false, 'opcache' => true]),
        'twin' => new Server(['extension' => false, 'opcache' => true]),
        'with' => new Server(['opcache' => true]),
    ];
    foreach ($servers as $server) {
        $server->script('page.php', HELLO);
        $server->get('/page.php');
    }
    for ($round = 0; $round < $rounds; $round++) {
        foreach ($servers as $kind => $server) {
            $said = (string) shell_exec("wrk -t1 -c4 -d1s http://$server->address/page.php");
            preg_match('~Requests/sec:\s+([\d.]+)~', $said, $match);
            $rates[$kind][] = (float) $match[1];
        }
    }
    array_map(fn ($server) => $server->stop(), $servers);
    $most = array_map(fn ($rate) => quantile($rate, .9), $rates);
    row('hello world: throughput',
        sprintf('%+.1f %% (twin %+.1f %%) on top of %.0f requests/s',
        ($most['with'] / $most['without'] - 1) * 100, ($most['twin'] / $most['without'] - 1) * 100, $most['without']));
}

// --- memory ---

/** Private memory of a process in kB: what goes away with it. Without what files can give back. */
function privateMemory(int $pid): int
{
    $rollup = (string) @file_get_contents("/proc/$pid/smaps_rollup");
    return preg_match('~^Private_Dirty:\s+(\d+)~m', $rollup, $match) ? (int) $match[1] : 0;
}

/** @return array{float, int, int} of a worker, the coroner and the supervisor */
function memory(int $workers, bool $extension): array
{
    $server = new Server(['extension' => $extension, 'opcache' => true,
        'pool' => ['pm' => 'static', 'pm.max_children' => $workers]]);
    $server->script('page.php', 'usleep(300_000 + 5_000 * ' . $workers . '); ' . HELLO);
    $server->until(fn () => count($server->workers()) === $workers, 60, 'the workers');
    foreach ([1, 2] as $round) { // at once, so that each worker has one
        array_map($server->finish(...), array_map(fn () => $server->start('/page.php'), range(1, $workers)));
    }
    $each = array_map(privateMemory(...), $server->workers());
    $pair = $extension ? [privateMemory($server->coroner()), privateMemory($server->supervisor())] : [0, 0];
    $server->stop();
    return [quantile($each, .5), ...$pair];
}

function weighAll(): void
{
    foreach ([1, 16, 256] as $workers) {
        [$without] = memory($workers, false);
        [$with, $coroner, $supervisor] = memory($workers, true);
        row("private memory with $workers worker" . ($workers > 1 ? 's' : ''),
            sprintf('%+d kB a worker, coroner %d kB, supervisor %d kB',
            $with - $without, $coroner, $supervisor));
    }
}

/** @return array<string, int> kB by mapping */
function mappings(int $pid): array
{
    $kilobytes = [];
    foreach (file("/proc/$pid/smaps") as $line) {
        if (preg_match('~^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+\s*(.*)$~', $line, $map)) {
            [$from, $to] = [hexdec($map[1]), hexdec($map[2])];
            $file = basename($map[3]) ?: ($from === ($end ?? 0) && str_contains($last, '.so')
                ? "$last, zeroed data" : sprintf('anonymous, %d kB', ($to - $from) / 1024));
            [$last, $end] = [basename($map[3]), $to];
        } elseif (preg_match('~^Private_Dirty:\s+(\d+)~', $line, $match)) {
            $kilobytes[$file] = ($kilobytes[$file] ?? 0) + (int) $match[1];
        }
    }
    return $kilobytes;
}

/** What a worker has in addition to one without the extension; differences in the heap are partly chance. */
function listMappings(): void
{
    foreach ([false, true] as $extension) {
        $server = new Server(['extension' => $extension, 'opcache' => true,
            'pool' => ['pm' => 'static', 'pm.max_children' => 2]]);
        $server->script('page.php', 'usleep(300_000); ' . HELLO);
        foreach ([1, 2, 3] as $round) {
            array_map($server->finish(...), [$server->start('/page.php'), $server->start('/page.php')]);
        }
        $maps[] = mappings($server->workers()[0]);
        $server->stop();
    }
    echo "\n## A worker's private memory, by mapping\n\n| mapping | kB more |\n|---|---|\n";
    $sum = 0;
    foreach (array_keys($maps[1] + $maps[0]) as $name) { // less, too: the kernel joins neighbours to one mapping
        $sum += $more = ($maps[1][$name] ?? 0) - ($maps[0][$name] ?? 0);
        echo $more ? "| $name | $more |\n" : '';
    }
    echo "| in all | $sum |\n";
}

countAll();
pairAll((int) $rounds);
throughput((int) $rounds);
weighAll();
listMappings();
