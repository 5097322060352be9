--TEST--
fpmsentinel setup: shows a diff, writes, leaves edited files alone, takes back what does not load, undoes
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/setup.inc';

// printed, nothing written

$run = $setup();
same('printed', [0, $all('to be written'), ''], $said($run));
matches('the FPM', "~^PHP-FPM 8\.\S+: $dir/php-fpm, $dir/fpm\.conf, not running$~m", $run->output);
same('printed', true, str_contains($run->output, preg_replace('~^~m', '+',
    rtrim(file_get_contents(__DIR__ . '/../../conf/fpmsentinel.ini'))) . "\n"));
same('the pool\'s user', true, str_contains($run->output, "+d /var/log/fpmsentinel 0750 nobody adm -\n"));
same('the pool\'s user', [1, 1], [substr_count($run->output, "+\tsu nobody nogroup\n"),
    substr_count($run->output, "+\tsu root adm\n")]);
$diff = $run->output;
same('printed', [], $files());

// an extension that is not there, and one that does not load

rename("$dir/modules/fpmsentinel.so", "$dir/kept.so");
same('not installed', [2, []], array_slice($said($setup('--write')), 0, 2));
same('not installed', [], $files());
file_put_contents("$dir/modules/fpmsentinel.so", 'no library');
$run = $setup('--write');
same('does not load', [2, true, true], [$run->status, str_contains($run->errors, 'Unable to load dynamic library'),
    str_contains($run->errors, 'The files were restored')]);
same('does not load', [], $files());
rename("$dir/kept.so", "$dir/modules/fpmsentinel.so");

// written, and loaded; again: nothing changes

$run = $setup('--write');
same('written', [0, $all('written'), ''], $said($run));
same('written', $paths, $files());
matches('next', "~$dir/nginx\.conf:7, beside fastcgi_pass:  include fastcgi-fpmsentinel\.conf;~", $run->output);
same('loaded', true, str_contains(shell_exec("$dir/php-fpm -m"), 'fpmsentinel'));
$before = array_map('file_get_contents', $paths);
array_map('unlink', $paths);
patch($diff);
same('the diff', $before, array_map('file_get_contents', $paths));
same('again', [0, $all('in place'), ''], $said($setup('--write')));
same('again', [$before, []], [array_map('file_get_contents', $paths), glob("$dir/*/*~")]);

// what nginx is then told to include is right, and what nginx refuses is noticed

$nginx('include fastcgi-fpmsentinel.conf;');
$run = $setup('--write');
same('included', [0, false], [$run->status, str_contains($run->output, 'beside fastcgi_pass')]);
$findings = tool(['doctor', '--format=json', '--php', "$dir/php-fpm", '--fpm-conf', "$dir/fpm.conf"]);
$rules = array_column(json_decode($findings->output, true)['findings'], 'rule');
same('doctor', [], array_intersect(['parameters-missing', 'not-loaded'], $rules));

// edited: left alone, also by --undo without --force; of an earlier version: replaced, with a backup

$changed = "$dir/conf.d/50-fpmsentinel.ini";
file_put_contents($changed, ";fpmsentinel.lifecycle = 1\n", FILE_APPEND);
$text = file_get_contents($changed);
$old = "#" . strstr(strstr($before[2], "\n", true), ' ');
$earlier = "daily\n";
file_put_contents($paths[2], $older = substr($old, 0, -8) . hash('crc32b', $earlier) . "\n$earlier");
same('changed', [1, ['conf.d/50-fpmsentinel.ini' => 'edited since setup wrote it: left alone',
    'etc/logrotate.d/fpmsentinel' => 'written'] + $all('in place'), ''],
    (function () use ($said, $setup) {
        [$status, $told, $errors] = $said($setup('--write'));
        return [$status, ['conf.d/50-fpmsentinel.ini' => $told['conf.d/50-fpmsentinel.ini'],
            'etc/logrotate.d/fpmsentinel' => $told['etc/logrotate.d/fpmsentinel']] + $told, $errors];
    })());
same('changed', [$text, $before[2], $older], [file_get_contents($changed), file_get_contents($paths[2]),
    file_get_contents("$paths[2]~")]);
$nginx('');
same('undone', [1, ['conf.d/50-fpmsentinel.ini' => 'edited since setup wrote it: left alone; --force removes it',
    'fastcgi-fpmsentinel.conf' => 'removed', 'etc/logrotate.d/fpmsentinel' => 'removed',
    'etc/tmpfiles.d/fpmsentinel.conf' => 'removed'], ''], $said($setup('--undo')));
same('undone', [[$changed], []], [$files(), [...glob("$dir/*/*~"), ...glob("$dir/etc/*/*~")]]);
same('forced', [0, ['conf.d/50-fpmsentinel.ini' => 'removed, although it was edited'], ''],
    $said($setup('--undo', '--force')));
same('forced', [], $files());

// the diff to an earlier version is one of lines

$earlier = preg_replace('~^\tweekly\n~m', "\tdaily\n", preg_replace('~^.*\n~', '', $before[2]), 1);
file_put_contents($paths[2], $older = substr($old, 0, -8) . hash('crc32b', $earlier) . "\n$earlier");
$run = $setup();
preg_match_all("~^--- a$paths[2]\n\+\+\+ b$paths[2]\n(?:(?!==>).*\n)+~m", $run->output, $part);
preg_match_all('~^(?:@@|-\t|\+\t).*~m', $part[0][0] ?? '', $lines);
same('to an earlier version', ["-\tdaily", "+\tweekly"],
    array_values(array_filter($lines[0], fn ($line) => $line[0] !== '@')));
same('hunks', 2, count($lines[0]) - 2);
patch($run->output);
same('to an earlier version', $before, array_map('file_get_contents', $paths));
same('undone', [0, []], [$setup('--undo')->status, $files()]);

// the group that php-fpm.conf names

file_put_contents("$dir/fpm.conf", str_replace('user = nobody', "user = nobody\ngroup = adm",
    $fpm = file_get_contents("$dir/fpm.conf")));
same('a group', true, str_contains($setup()->output, "\tsu nobody adm\n"));
file_put_contents("$dir/fpm.conf", $fpm);

// links and folders in the way, and wrong usage

mkdir($paths[1]);
same('a folder', [2, [$paths[1]]], [$setup('--write')->status,
    array_filter($paths, file_exists(...)) === [1 => $paths[1]] ? [$paths[1]] : $files()]);
rmdir($paths[1]);
same('usage', [2, 2, 2, 0], [$setup('--write', '--undo')->status, $setup('extra')->status,
    $setup('--write', '--force')->status, tool(['setup', '--help'])->status]);

// a folder in place of /etc that is not there, or is none

foreach (["$dir/no-etc" => 'No such file or directory', "$dir/fpm.conf" => 'Not a directory'] as $etc => $why) {
    same('no etc', [2, "fpmsentinel: --etc $etc: $why\n", []],
        [($run = $setup('--write', '--etc', $etc))->status, $run->errors, $files()]);
}
?>
done
--EXPECT--
done
