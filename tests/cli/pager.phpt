--TEST--
fpmsentinel on a terminal: the pager, which one, what it gets, when there is none; one that is left; strangers' pagers
--SKIPIF--
<?php
is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel');
shell_exec('command -v less') || die('skip no less');
?>
--FILE--
<?php
chdir(__DIR__);
$tool = realpath(__DIR__ . '/../../bin/fpmsentinel');
$folder = tempnam(sys_get_temp_dir(), 'fps');
unlink($folder);
mkdir($folder, 0755);
// says how it was started, and then shows what it gets
file_put_contents("$folder/pager",
    "#!/bin/sh\necho \"[pager \$* LESS=\$LESS SECURE=\$LESSSECURE EVIL=\$EVIL]\"\ncat\n");
file_put_contents("$folder/left", "#!/bin/sh\necho '[left]'\n");
chmod("$folder/pager", 0755);
chmod("$folder/left", 0755);

/** What a terminal is sent. */
function shown(string $environment, string $arguments = 'list shop', string $after = ''): string
{
    $text = shell_exec("env TZ=UTC TERM=xterm EVIL=1 $environment script -qec "
        . escapeshellarg("stty cols 200 rows 50; $GLOBALS[tool] $arguments$after; echo status \$?")
        . ' /dev/null </dev/null 2>&1');
    return str_replace([$GLOBALS['folder'], "\r"], ['DIR', ''], (string) $text);
}

/** Which pager, colour or none, lines of the list, status. */
function summary(string $shown): string
{
    preg_match_all('~^\[.*\]$~m', $shown, $pagers);
    preg_match_all('~^fpmsentinel: .*$~m', $shown, $messages);
    preg_match('~^status \d+$~m', $shown, $status);
    return implode(' ', [...$pagers[0], str_contains($shown, "\e[1m") ? 'colour' : 'plain',
        preg_match_all('~^2026-~m', $shown), $status[0] ?? 'no status', ...$messages[0]]) . "\n";
}

$none = summary(shown('PAGER='));
echo $none;
// root's pager gets nothing of the environment but the terminal, and starts nothing
$expect = trim(shell_exec('id -u')) === '0' ? 'LESS=FRX SECURE=1 EVIL=]' : 'LESS=FRX SECURE= EVIL=1]';
foreach (["PAGER=$folder/pager", "PAGER='$folder/pager  -a b'", "PAGER=$folder/left FPMSENTINEL_PAGER=$folder/pager",
    "PAGER=$folder/pager LESS=R"] as $environment) {
    echo str_replace([$expect, str_replace('FRX', 'R', $expect)], ['ok]', 'LESS=R]'], summary(shown($environment)));
}
echo summary(shown("PAGER=$folder/pager NO_COLOR=1")) === str_replace('colour', 'plain', "[pager  $expect $none")
    ? '' : "NO_COLOR\n";
foreach (['PAGER=cat', "PAGER=$folder/missing", 'PAGER=no-such-pager', "PAGER=$folder/pager TERM=dumb"]
    as $environment) {
    echo str_starts_with(summary(shown($environment)), '[') ? "$environment: a pager\n" : '';
}
foreach (['--no-pager list shop', 'list --no-pager shop', 'trace --help'] as $arguments) {
    echo str_starts_with(summary(shown("PAGER=$folder/pager", $arguments)), '[') ? "$arguments: a pager\n" : '';
}
echo str_contains(shown("PAGER=$folder/pager", 'list shop', ' | cat'), 'pager') ? "a pager in a pipe\n" : '';
foreach (['trace shop', 'info -1 shop', 'report shop/records.jsonl', 'list --format json shop'] as $arguments) {
    $shown = shown("PAGER=$folder/pager", $arguments);
    echo str_starts_with($shown, '[pager') && str_contains($shown, "\nstatus 0\n") ? '' : "$arguments: $shown\n";
}
// messages are in the pager, behind what they belong to
echo preg_match('~^\[pager.*; 0 unexplained\nfpmsentinel: read \d.*\nstatus 0\n$~s',
    shown("PAGER=$folder/pager", 'trace shop/nginx.txt shop/records.jsonl')) ? '' : "messages\n";
// less quits by itself where all fits
echo summary(preg_replace('~\e\[[?mK]\S*|\e[=>]~', '', shown('PAGER=', 'list shop'))) === summary(preg_replace(
    '~\e\[m|\e\[K|\e\[\?\d+[hl]|\e[=>]~', '', shown('PAGER=less', 'list shop'))) ? '' : "less\n";
// one that is left early: no message, no hanging
echo preg_match('~^\[left\]\nstatus (0|141)\n$~', shown("PAGER=$folder/left", 'trace --format json shop'))
    ? '' : "left\n";
// whose is it
chmod($folder, 0777);
echo summary(shown("PAGER=$folder/pager"));
chmod($folder, 0755);
echo summary(shown("PAGER=./pager")), summary(shown("PAGER='$folder/pager; touch $folder/shell'"));
echo is_file("$folder/shell") ? "a shell\n" : '';
array_map(unlink(...), glob("$folder/*"));
rmdir($folder);
?>
--EXPECT--
colour 3 status 0
[pager  ok] colour 3 status 0
[pager -a b ok] colour 3 status 0
[pager  ok] colour 3 status 0
[pager  LESS=R] colour 3 status 0
colour 3 status 0 fpmsentinel: DIR/pager is not trusted: everybody may write to DIR
colour 3 status 0 fpmsentinel: ./pager is not trusted: that is relative to the current directory
colour 3 status 0
