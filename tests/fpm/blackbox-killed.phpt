--TEST--
Black box in a file: all of FPM killed at once, and the next start tells what was being served, once
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/blackbox.inc';

function seconds(array $record): float
{
    return (float) (new DateTimeImmutable($record['@timestamp']))->format('U.u');
}

// Four workers: one has died and has been told of, two are at work, one is idle

$directory = boxDirectory();
$server = boxServer($directory, ['pool' => ['pm.max_children' => 4]]);
$server->script('die.php', 'crashme("null-read");');
$server->script('other.php', 'sleep(60);');
[$first, $one] = sleeper($server, '/nap.php?secret');
[$second, $two] = sleeper($server, '/other.php');
for ($i = 0; $i < 10; $i++) {
    $server->get('/hello.php');
}
$server->get('/die.php');
[$told] = $server->records(1);
$workers = $server->until(fn () => count($pids = $server->workers()) === 4 ? $pids : null, 10, 'four workers');
same('slots', 2, count(array_unique([slotFile($server, $directory, $first), slotFile($server, $directory, $second)])));
killAll($server, ...$workers);
$after = microtime(true);
same('status', [502, 502], [$server->finish($one)->status, $server->finish($two)->status]);
same('boxes', 1, count(boxes($directory)));

$records = scavenge($directory, 2);
usort($records, fn ($a, $b) => $a['url']['path'] <=> $b['url']['path']);
foreach ([[$first, '/nap.php'], [$second, '/other.php']] as $i => [$pid, $path]) {
    $record = $records[$i];
    recordIs($server, $record, 'unknown_death', $path);
    same("$path: process", [$pid, $server->masterPid], [$record['process']['pid'],
        $record['process']['parent']['pid']]);
    $ours = $record['fpmsentinel'];
    same("$path: written by", ['scavenger', 'possible', true],
        [$ours['written_by'], $ours['confidence'], $ours['worker_died']]);
    same("$path: host", gethostname(), $record['host']['name']);
    same("$path: PHP", PHP_VERSION, $ours['php']['version']);
    same("$path: phase", ['www', 'execute', 1], [$ours['pool'], $ours['phase'], $ours['requests_served']]);
    matches("$path: message", "~^www\[$pid\] unknown_death: gone without a word, and its coroner too, "
        . "\d+\.\d+ s into GET $path, ~", $record['message']);
    same("$path: evidence", 'its coroner died as well, and could not record it', $ours['evidence'][0]);
    matches("$path: evidence", '~^its last sign of life was \d+ ms before their black box was found$~',
        $ours['evidence'][1]);
    // the crash woke the coroner
    same("$path: evidence", 'that is the time given here: nothing later is known', $ours['evidence'][2]);
    // when the coroner looked last: for /die.php, or a hello after it
    same("$path: time", true, seconds($record) > seconds($told) - 0.01 && seconds($record) < $after + 0.01);
}

// Once

same('files left', [], files($directory));
scavenge($directory, 0);
same('files left', [], files($directory));

// A request that is younger than the coroner's last look

$start = "that was the request's start: nothing later is known";
for ($tries = 100, $evidence = null; $evidence !== $start && $tries; $tries--) { // unless it looks just then
    $server = boxServer($directory);
    $server->get('/hello.php');
    [$pid] = sleeper($server, '/nap.php');
    slotFile($server, $directory, $pid);
    killAll($server, $pid);
    [$record] = scavenge($directory, 1);
    recordIs($server, $record, 'unknown_death', '/nap.php');
    same('requests served', 2, $record['fpmsentinel']['requests_served']);
    $evidence = $record['fpmsentinel']['evidence'][2];
}
same('evidence', $start, $evidence);
same('time', $record['fpmsentinel']['request']['started'], $record['@timestamp']);

// A request that the watcher had looked at

$server = boxServer($directory, ['ini' => ['fpmsentinel.sample_interval' => 20]]);
$server->get('/hello.php');
[$pid] = sleeper($server, '/nap.php');
$slot = slotFile($server, $directory, $pid);
$sampled = fn () => str_contains($bytes = file_get_contents($slot), '/docroot/nap.php')
    && str_contains($bytes, 'crashme');
$server->until($sampled, 10, 'a sample');
killAll($server, $pid);
[$record] = scavenge($directory, 1);
recordIs($server, $record, 'unknown_death', '/nap.php');
same('PHP stack', ['crashme', '{main}'], array_column($record['fpmsentinel']['php']['stack'], 'function'));
same('age', true, $record['fpmsentinel']['php']['stack_age_ms'] <= $record['fpmsentinel']['request']['elapsed_ms']);
same('incomplete', ['native.stack'], $record['fpmsentinel']['incomplete']);
same('evidence', 'that is the time given here: nothing later is known', $record['fpmsentinel']['evidence'][2]);

// A draft that was sealed, and that the coroner had no time for

$server = boxServer($directory);
$server->script('die.php', 'crashme("null-read");');
[$pid] = $server->workers();
$server->get('/hello.php');
slotFile($server, $directory, $pid);
Server::kill($server->coroner(), 'STOP');
same('status', 502, $server->get('/die.php')->status);
matches('exit', '~SIGSEGV~', $server->childExit($pid));
killAll($server, ...$server->workers());
[$record] = scavenge($directory, 1);
recordIs($server, $record, 'segfault', '/die.php');
same('process', $pid, $record['process']['pid']);
same('written by', ['scavenger', 'certain'], [$record['fpmsentinel']['written_by'],
    $record['fpmsentinel']['confidence']]);
matches('evidence', '~^found in their black box \d+ ms later$~', end($record['fpmsentinel']['evidence']));
same('PHP stack', 'crashme', $record['fpmsentinel']['php']['stack'][0]['function']);
same('files left', [], files($directory));
?>
done
--EXPECT--
done
