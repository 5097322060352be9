--TEST--
fpmsentinel help: man where it has the page, --help elsewhere; the nearest right command, option and value
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
$tool = realpath(__DIR__ . '/../../bin/fpmsentinel');
$folder = tempnam(sys_get_temp_dir(), 'fps');
unlink($folder);
mkdir($folder, 0755);

function run(string $arguments, string $path = '/nonexistent'): string
{
    exec("PATH=$path $GLOBALS[tool] $arguments 2>&1", $lines, $status);
    return "$status " . implode("\n", $lines) . "\n";
}

foreach (['trace', 'list', 'info', 'report', 'doctor', 'setup', 'help'] as $command) {
    echo run("help $command") === run("$command --help") ? '' : "help $command is not $command --help without man\n";
    preg_match("~^  $command +(.*)~m", run('help'), $summary) || print "help does not list $command\n";
}
echo run('help') === run('--help') ? '' : "help\n";
echo run('help show') === run('info --help') ? '' : "help show\n";
echo run('show --help') === run('info --help') ? '' : "show --help\n";

// man has the page of trace only
file_put_contents("$folder/man", "#!/bin/sh\n[ \"\$1\" = -w ] || { echo \"man \$*\"; exit 0; }\n"
    . "[ \"\$2\" = fpmsentinel-trace ] || { echo 'No manual entry' >&2; exit 16; }\n");
chmod("$folder/man", 0755);
echo run('help trace', "$folder:/bin"), run('help list', "$folder:/bin") === run('list --help') ? '' : "help list\n";

$wrong = ['lst', 'reprot', 'doc', 'xyzzy', 'help lsit', 'help xyzzy', 'list --limt 3', 'list --reversed',
    'list --nonsense', 'list --s', 'trace --onyl killed', 'trace --cause segfalt', 'trace --format jsn', 'list --pool',
    'list --deaths=1', 'list --limit 1e3', 'list --since last-week', 'list --status 6xx', 'report -t x', 'info --jsno'];
foreach ($wrong as $arguments) {
    $said = run($arguments);
    preg_match('~^(\d) (.*)~', $said, $first);
    echo "$arguments: $first[1] ", str_replace('fpmsentinel: ', '', $first[2]),
        preg_match('~\nTry \'fpmsentinel[a-z ]* --help\'\.\n$|\nUsage: ~', $said) ? ''
            : " and no next step: $said", "\n";
}
unlink("$folder/man");
rmdir($folder);
?>
--EXPECT--
0 man fpmsentinel-trace
lst: 2 no such command: lst (nearest: list)
reprot: 2 no such command: reprot (nearest: report)
doc: 2 no such command: doc (nearest: doctor)
xyzzy: 2 no such command: xyzzy
help lsit: 2 no such command: lsit (nearest: list)
help xyzzy: 2 no such command: xyzzy
list --limt 3: 2 unknown option: --limt (nearest: --limit)
list --reversed: 2 unknown option: --reversed (nearest: --reverse)
list --nonsense: 2 unknown option: --nonsense
list --s: 2 ambiguous option: --s (--since, --script, --status)
trace --onyl killed: 2 unknown option: --onyl (nearest: --only)
trace --cause segfalt: 2 invalid value for --cause: segfalt (nearest: segfault); use one of
trace --format jsn: 2 invalid value for --format: jsn (nearest: json); use one of
list --pool: 2 --pool needs a value
list --deaths=1: 2 --deaths takes no value
list --limit 1e3: 2 invalid value for --limit: 1e3; use a number
list --since last-week: 2 invalid value for --since: last-week; use "2026-11-25 06:55", 06:55, today, yesterday, 2h or -2h (ago), 3d, 1w, @EPOCH; a Z at the end is UTC
list --status 6xx: 2 invalid value for --status: 6xx; expected: what the client got, by an access log: 502, or 5xx
report -t x: 2 invalid value for --top: x; use a number
info --jsno: 2 unknown option: --jsno (nearest: --json)
