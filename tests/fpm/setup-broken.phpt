--TEST--
fpmsentinel setup: where nginx or FPM refuses its configuration, and files of somebody else's
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/setup.inc';

$good = file_get_contents("$dir/nginx.conf");
$fpm = file_get_contents("$dir/fpm.conf");
$says = fn (object $run, string ...$texts) => [$run->status,
    ...array_map(fn ($text) => str_contains($run->errors, $text), $texts)];
$nginxIsWell = function () {
    exec('nginx -t 2>&1', $output, $status);
    return $status === 0;
};

// nginx refuses its configuration once the files are there: includes them where they must not be

file_put_contents("$dir/nginx.conf", "include fastcgi-fpm*.conf;\n$good");
same('before', true, $nginxIsWell());
same('nginx refuses', [2, true, true], $says($setup('--write'), '"fastcgi_param" directive is not allowed here',
    'The files were restored'));
same('nginx refuses', [[], true], [$files(), $nginxIsWell()]);

// an extension that was built for another PHP, which is only a warning for PHP

file_put_contents("$dir/nginx.conf", $good);
preg_match('~^PHP Extension => (\d+)$~m', shell_exec("$dir/php-fpm -i"), $api);
$so = file_get_contents($module = "$dir/modules/fpmsentinel.so");
file_put_contents("$module.new", preg_replace('~(?<=\xa8\0\0\0)' . preg_quote(pack('V', $api[1])) . '~',
    pack('V', 20210902), $so, -1, $count));
same('its module entry', 1, $count);
rename($module, "$dir/kept.so");
rename("$module.new", $module);
same('another API', [2, true, true], $says($setup('--write'), 'Module compiled with module API=20210902',
    'The files were restored'));
same('another API', [], $files());
rename("$dir/kept.so", $module);

// broken before: nothing is written, but what is there can be undone

foreach (['nginx.conf' => [str_replace('fastcgi_pass', 'fastcgi_pass_it', $good),
    'unknown directive "fastcgi_pass_it"'],
    'fpm.conf' => ["$fpm\nno_such_thing = 1\n", "unknown entry 'no_such_thing'"]] as $name => [$broken, $reason]) {
    $kept = file_get_contents("$dir/$name");
    file_put_contents("$dir/$name", $broken);
    same("$name broken, written", [2, true, []], [...$says($setup('--write'), $reason), $files()]);
    same("$name broken, printed", [2, true], $says($setup(), $reason));
    file_put_contents("$dir/$name", $kept);
    same('written', [0, $all('written'), ''], $said($setup('--write')));
    file_put_contents("$dir/$name", $broken);
    same("$name broken, undone", [2, true, $name === 'nginx.conf' ? [$paths[1]] : []],
        [...$says($setup('--undo'), $reason), $files()]);
    file_put_contents("$dir/$name", $kept);
    same("$name repaired, undone", [0, []], [$setup('--undo')->status, $files()]);
}

// nginx includes it already: without it, there is no configuration to read

$nginx('include fastcgi-fpmsentinel.conf;');
same('awaited, printed', [2, true], $says($setup(), "nginx includes $paths[1], "
    . "which does not exist: --write installs it"));
same('awaited', [0, $all('written'), '', true], [...$said($setup('--write')), $nginxIsWell()]);
$nginx('');
same('undone', [0, []], [$setup('--undo')->status, $files()]);
$nginx('include fastcgi-fpmsentinel.conf; no_such_thing;');
same('awaited, and broken', [2, true, []], [...$says($setup('--write'), 'no_such_thing'), $files()]);
$nginx('');

// nginx still includes it: without it nginx would not start

same('written', 0, $setup('--write')->status);
$nginx('include fastcgi-fpmsentinel.conf;');
$run = $setup('--undo');
same('still included', [1, [$paths[1]], true], [$run->status, $files(), $nginxIsWell()]);
matches('still included', "~^$paths[1]: left in place, as nginx includes it: remove that include first$~m",
    $run->output);
$nginx('');
same('not included any more', [0, []], [$setup('--undo')->status, $files()]);

// somebody else's backup: neither overwritten nor put back; a link that leads nowhere: not replaced

same('written', 0, $setup('--write')->status);
$older = str_replace(strstr(file_get_contents($paths[2]), "\n"), '', file_get_contents($paths[2]));
file_put_contents($paths[2], $older = substr($older, 0, -8) . hash('crc32b', "daily\n") . "\ndaily\n");
file_put_contents("$paths[2]~", "an editor's\n");
$before = array_map('file_get_contents', $paths);
same('a backup in the way', [2, true], $says($setup('--write'), "$paths[2]: File exists"));
same('a backup in the way', [$before, "an editor's\n"],
    [array_map('file_get_contents', $paths), file_get_contents("$paths[2]~")]);
same('undone', [0, [], "an editor's\n"], [$setup('--undo')->status, $files(), file_get_contents("$paths[2]~")]);
unlink("$paths[2]~");
symlink("$dir/nowhere", $paths[3]);
same('a link', [1, 'not written by setup: left alone'],
    [($run = $said($setup('--write')))[0], $run[1]['etc/tmpfiles.d/fpmsentinel.conf']]);
same('a link', ["$dir/nowhere", false], [readlink($paths[3]), file_exists("$dir/nowhere")]);
same('undone', [1, "$dir/nowhere"], [$setup('--undo')->status, readlink($paths[3])]);
unlink($paths[3]);

// loaded by an ini file of somebody else's: not a second time

file_put_contents("$dir/conf.d/20-fpmsentinel.ini", "extension = fpmsentinel\n");
$run = $setup('--write');
same('loaded already', [0, array_slice($paths, 1), true],
    [$run->status, $files(), str_contains($run->output, 'loads the extension already')]);
same('loaded once', false, str_contains(shell_exec("$dir/php-fpm -t -y $dir/fpm.conf 2>&1"), 'already loaded'));
same('undone', [0, []], [$setup('--undo')->status, $files()]);
unlink("$dir/conf.d/20-fpmsentinel.ini");

// not root: nothing is written, and it says what it takes

$nobody = fn (string $what) => shell_exec('setpriv --reuid=nobody --clear-groups ' . Server::path('TEST_FPMSENTINEL')
    . " setup --php $dir/php-fpm --fpm-conf $dir/fpm.conf --etc $dir/etc $what 2>&1; echo $?");
same('not root', [true, true, []], [str_contains($said = $nobody('--write'), "nginx -T usually needs root"),
    str_ends_with($said, "\n2\n"), $files()]);
?>
done
--EXPECT--
done
