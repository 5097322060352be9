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

// every running FPM whose program and configuration root may use, each with the folder that it scans; FPMs that scan
// the same one share the file. Programs with folders of their own are copies in which that name is another one. A pid
// namespace hides the FPMs of others.

preg_match('~^Scan this dir for additional .ini files => (/\S+)$~m',
    shell_exec(Server::path('TEST_PHP_FPM') . ' -i 2>/dev/null'), $scanned) || exit("done\n"); // this PHP scans none
$program = function (string $name) use ($dir, $scanned): string {
    $folder = substr("/tmp/fps-$name-" . bin2hex(random_bytes(32)), 0, strlen($scanned[1]));
    mkdir($folder);
    register_shutdown_function(fn () => exec("rm -r $folder"));
    file_put_contents("$folder/00-modules.ini", "extension_dir = $dir/modules\n");
    file_put_contents("$dir/$name", str_replace("$scanned[1]\0", "$folder\0",
        file_get_contents(Server::path('TEST_PHP_FPM'))));
    chmod("$dir/$name", 0755);
    return $folder;
};
$folders = array_map($program, ['one', 'two']);
$start = '';
foreach (['one' => 'one', 'two' => 'two', 'three' => 'two'] as $name => $binary) {
    file_put_contents("$dir/$name.conf", str_replace(["$dir/www.sock", "$dir/fpm.log"], ["$dir/$name.sock",
        "$dir/$name.log"], smallFpm($dir, 'nobody')));
    $start .= "$dir/$binary -n -F -y $dir/$name.conf 2>/dev/null & " . untilTitled('php-fpm: master') . "\n";
}
$ini = implode(' ', array_map(fn ($folder) => "$folder/50-fpmsentinel.ini", $folders));
file_put_contents("$dir/among", "{$start}until [ -e $dir/one.sock ] && [ -e $dir/two.sock ] && [ -e $dir/three.sock ]\n"
    . "do sleep 0.01; done\n" . implode('', array_map(fn ($what) => Server::path('TEST_FPMSENTINEL')
    . " setup $what -e $dir/etc 2>&1; echo status $?; ls $ini 2>&1 | grep -c '^/'\n", ['', '--write', '--undo'])));
$output = shell_exec('unshare --pid --fork --kill-child ' . mountPropagation() . " --mount-proc bash $dir/among");
preg_match_all('~^status (\d)\n(\d)$~m', $output, $numbers);
same('several: status', ['0', '0', '0'], $numbers[1]);
same('several: ini files', ['0', '2', '0'], $numbers[2]);
same('several: named', 9, preg_match_all("~^PHP-FPM \S+: $dir/(?:(one), $dir/one|(two), $dir/(?:two|three))\.conf, "
    . 'pid \d+$~m', $output));
same('several: shown', explode(' ', $ini), preg_match_all('~^==> (\S+/50-fpmsentinel\.ini) ~m', $output, $shown)
    ? $shown[1] : []);
same('several: written, removed', [2, 2], array_map(fn ($word) => preg_match_all("~^\S+50-fpmsentinel\.ini: $word$~m",
    $output), ['written', 'removed']));
?>
done
--EXPECT--
done
