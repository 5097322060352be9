--TEST--
Control characters, invalid UTF-8 and unseen characters of paths and names get into no log and no record as they are
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$deaths = new Deaths;
$deaths->script("evil\n\x1b[31m\xff.php", 'crashme("null-read");');
$deaths->script('names.php', "function f\xff\xc3\xa9\xed\xa0\x80() { crashme('null-read'); } "
    . "f\xff\xc3\xa9\xed\xa0\x80();");
$deaths->script($unseen = "unseen\u{202e}\u{200b}\u{ad}\u{e0041}.php", 'crashme("null-read");');
$path = '/evil%0a%1b%5b31m%ff.php';
$deaths->inflict('path', 'segfault', $path);
$deaths->inflict('unseen', 'segfault', '/' . rawurlencode($unseen));
$deaths->inflict('called from', 'segfault', '/names.php');
$deaths->inflict('vm-name-bytes', 'segfault');
$server = $deaths->server;
$records = $deaths->records();
same('path', $path, $records['path']['url']['path']);
same('script', "$server->dir/docroot/evil\n\x1b[31m\u{fffd}.php", $records['path']['fpmsentinel']['request']['script']);
same('function', "f\u{fffd}é\u{fffd}\u{fffd}\u{fffd}",
    $records['called from']['fpmsentinel']['php']['stack'][1]['function']);
same('unseen', "$server->dir/docroot/$unseen", $records['unseen']['fpmsentinel']['request']['script']);
same('unseen, as it stands', [], preg_grep('~[\x{7f}-\x{9f}\x{ad}\x{200b}\x{202e}\x{e0041}]~u', $server->rawRecords()));

[$ofPath, $ofUnseen, $ofName, $ofBytes] = array_values(
    preg_grep('~fpmsentinel~', array_column($server->nginxErrors(), 'message')));
matches('path', '~^FastCGI sent in stderr: "fpmsentinel: segfault in crashme\(\) called at \S+/evil\?\?\[31m\?\.php:1 '
    . '\(record \w+\)"~', $ofPath);
matches('names', '~^FastCGI sent in stderr: "fpmsentinel: segfault in "quoted" \\\\ line\?next\?\?\?\[31m nul~',
    $ofBytes);
matches('unseen', '~/unseen\\\\u202e\\\\u200b\\\\u00ad\\\\U000e0041\.php:1 \(record \w+\)"~', $ofUnseen);
foreach ([$ofPath, $ofUnseen, $ofName, $ofBytes] as $line) {
    same("valid in $line", [1, 0], [preg_match('~~u', $line), preg_match('~[\x00-\x1f\x7f]~', $line)]);
}
?>
done
--EXPECT--
done
