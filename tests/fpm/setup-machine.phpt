--TEST--
fpmsentinel setup: beside packages, in a container, several PHP-FPMs, a reload that kills; --undo leaves nothing
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/setup.inc';

$conf = __DIR__ . '/../../conf';
$listing = fn () => shell_exec("cd $dir && find . ! -name '*.log' ! -name nginx.pid -type f -exec md5sum {} + "
    . '| sort -k2');
$put = function (string $from, string $to) use ($conf, $dir) {
    @mkdir(dirname("$dir/$to"), 0755, true);
    copy("$conf/$from", "$dir/$to");
};

// --undo leaves everything as it was

$before = $listing();
same('written', 0, $setup('--write')->status);
same('there', false, $listing() === $before);
same('undone', [0, $before], [$setup('--undo')->status, $listing()]);

// what packages have installed is not written, nor removed

$put('fpmsentinel.ini', 'conf.d/20-fpmsentinel.ini');
$put('fpmsentinel.logrotate', 'etc/logrotate.d/fpmsentinel');
$put('fpmsentinel.tmpfiles', 'usr/lib/tmpfiles.d/fpmsentinel.conf');
$put('fastcgi-fpmsentinel.conf', 'usr/share/fpmsentinel/fastcgi-fpmsentinel.conf');
$before = $listing();
$run = $setup();
same('packages', [0, true, 3, ''], [$run->status, str_contains($run->output, "Nothing is missing.\n"),
    substr_count($run->output, '(in place, from a package)'), $run->errors]);
$run = $setup('--write');
same('packages', [0, $before, true], [$run->status, $listing(),
    str_contains($run->output, "include $dir/usr/share/fpmsentinel/fastcgi-fpmsentinel.conf;")]);
same('packages', [0, $before], [$setup('--undo', '--force')->status, $listing()]);
exec("rm -r $dir/usr $dir/conf.d/20-fpmsentinel.ini $dir/etc/logrotate.d/fpmsentinel");

// in a container

touch("$dir/.dockerenv");
same('container', 0, $setup('--write')->status);
same('container', [array_slice($paths, 0, 2), true], [$files(),
    str_contains(file_get_contents($paths[0]), "\nfpmsentinel.log = stderr\n")]);
unlink("$dir/.dockerenv");
same('no container', [0, []], [$setup('--undo')->status, $files()]);

// a running FPM: its reload kills requests unless process_control_timeout says otherwise

foreach (['' => true, 'process_control_timeout = 20s' => false] as $global => $kills) {
    file_put_contents("$dir/fpm.conf", smallFpm($dir, 'nobody', $global));
    $fpm = proc_open([Server::path('TEST_PHP_FPM'), '-n', '-F', '-y',
        "$dir/fpm.conf"], [2 => ['file', '/dev/null', 'w']], $pipes);
    while (!file_exists("$dir/www.sock")) {
        usleep(10_000);
    }
    $run = $setup('--write');
    $again = $setup('--undo')->status;
    proc_terminate($fpm);
    proc_close($fpm);
    @unlink("$dir/www.sock");
    same("'$global'", [0, $kills, $kills], [$run->status,
        str_contains($run->output, 'The reload kills every request that is running then'),
        (bool) preg_match('~\[global\]:  process_control_timeout = \d+s~', $run->output)]);
    same('undone', [0, []], [$again, $files()]);
}

// every running FPM whose program and configuration root may use, each once; a pid namespace hides those of others

file_put_contents("$dir/two.conf", str_replace(["$dir/www.sock", "$dir/fpm.log"], ["$dir/two.sock", "$dir/two.log"],
    smallFpm($dir, 'nobody')));
file_put_contents("$dir/among", implode('', array_map(fn ($name) => Server::path('TEST_PHP_FPM')
    . " -n -F -y $dir/$name.conf 2>/dev/null & " . untilTitled('php-fpm: master'), ['fpm', 'two']))
    . "\nuntil [ -e $dir/www.sock ] && [ -e $dir/two.sock ]; do sleep 0.01; done\n"
    . Server::path('TEST_FPMSENTINEL') . " setup -e $dir/etc 2>&1\n");
$output = shell_exec('unshare --pid --fork --kill-child ' . mountPropagation() . " --mount-proc bash $dir/among");
same('several', 2, preg_match_all("~^PHP-FPM \S+: \S+, $dir/(?:fpm|two)\.conf, pid \d+$~m", $output));
same('several', 1, preg_match_all('~^==> \S+/50-fpmsentinel\.ini ~m', $output));
?>
done
--EXPECT--
done
