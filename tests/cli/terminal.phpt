--TEST--
fpmsentinel trace on a terminal: its width, colour, NO_COLOR; nothing of a log reaches it as a command
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
chdir(__DIR__);
$tool = realpath(__DIR__ . '/../../bin/fpmsentinel');

/** What a terminal of so many columns is sent. */
function shown(string $environment, int $columns, string $logs): string
{
    return (string) shell_exec("env TZ=UTC TERM=xterm PAGER= $environment script -qec 'stty cols $columns; "
        . "$GLOBALS[tool] trace $logs' /dev/null </dev/null");
}

/** Of the lines that can be wrapped: names and nginx's words are as long as they are. */
function widest(string $text): int
{
    $lines = preg_grep('~^  (?:cause|error|had|change|not|because)|^ {11}\w~',
        explode("\n", preg_replace('~\e\[\d*m|\r~', '', $text)));
    return max(array_map(strlen(...), $lines));
}

foreach (['' => [60, true], 'NO_COLOR=' => [80, true], 'NO_COLOR=1' => [100, false],
    'TERM=dumb' => [300, false]] as $environment => [$columns, $colour]) {
    $text = shown($environment, $columns, 'shop/nginx.txt -r shop/records.jsonl');
    echo $environment ?: 'nothing set', ': ', str_contains($text, "\e[1m") && str_contains($text, "\e[31m") ? 'colour'
        : (str_contains($text, "\e") ? 'some' : 'none'),
        widest($text) <= min($columns, 120) && widest($text) > min($columns, 120) - 20 ? ''
            : ', ' . widest($text) . ' columns', "\n";
}
file_put_contents($log = tempnam(sys_get_temp_dir(), 'fps'),
    str_replace('/price.php', "/\e]0;title\x07\xc2\x9b1mprice.php", file_get_contents('shop/nginx.txt')));
preg_match_all('~\e.|\x07|\xc2\x9b~', shown('', 80, $log), $sent);
echo implode(' ', array_unique($sent[0])) === "\e[" ? '' : "commands of a log's\n";
unlink($log);
?>
--EXPECT--
nothing set: colour
NO_COLOR=: colour
NO_COLOR=1: none
TERM=dumb: none
