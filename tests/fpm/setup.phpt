--TEST--
fpmsentinel setup: prints, writes, leaves changed files alone, takes back what does not load, undoes
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/trace.inc';

$dir = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
foreach (['', '/conf.d', '/modules', '/etc', '/etc/logrotate.d', '/etc/tmpfiles.d', '/bin'] as $folder) {
    mkdir($dir . $folder);
}
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($dir)));

/** A program under a name of its own. */
function program(string $file, string $code): void
{
    file_put_contents($file, "#!/bin/sh\n$code\n");
    chmod($file, 0755);
}

copy(Server::path('TEST_FPMSENTINEL_SO'), "$dir/modules/fpmsentinel.so");
program("$dir/php-fpm", "PHP_INI_SCAN_DIR=$dir/conf.d exec " . Server::path('TEST_PHP_FPM') . " -d extension_dir=$dir/modules \"\$@\"");
program("$dir/bin/nginx", 'exec ' . Server::path('TEST_NGINX') . " -p $dir -e $dir/nginx.log -c $dir/nginx.conf \"\$@\"");
program("$dir/bin/systemctl", 'exit 1');
putenv("PATH=$dir/bin:" . getenv('PATH'));
file_put_contents("$dir/fpm.conf", "[global]\nerror_log = $dir/fpm.log\n[www]\nuser = nobody\nlisten = $dir/www.sock\npm = static\npm.max_children = 1\n");
$nginx = fn (string $more) => file_put_contents("$dir/nginx.conf", "pid $dir/nginx.pid;\nevents {}\nhttp {\n server {\n  listen unix:$dir/http.sock;\n"
    . "  location / { include /etc/nginx/fastcgi_params; $more\n   fastcgi_pass unix:$dir/www.sock; }\n }\n}\n");
$nginx('');

$paths = ["$dir/conf.d/50-fpmsentinel.ini", "$dir/fastcgi-fpmsentinel.conf", "$dir/etc/logrotate.d/fpmsentinel", "$dir/etc/tmpfiles.d/fpmsentinel.conf"];
$setup = fn (string ...$arguments) => tool(['setup', '--php', "$dir/php-fpm", '--fpm-conf', "$dir/fpm.conf", '--etc', "$dir/etc", ...$arguments]);
$files = fn () => array_values(array_filter($paths, is_file(...)));

/** The run's status, what it says of each file, and its errors. */
$said = fn (object $run) => [$run->status, preg_match_all("~^(?:==> )?$dir/(\S+?):? \(?((?:to be|in place|written|changed|removed)[^)\n]*)\)?$~m", $run->output, $m, PREG_SET_ORDER)
    ? array_column($m, 2, 1) : [], $run->errors];
$all = fn (string $what) => ['conf.d/50-fpmsentinel.ini' => $what, 'fastcgi-fpmsentinel.conf' => $what, 'etc/logrotate.d/fpmsentinel' => $what, 'etc/tmpfiles.d/fpmsentinel.conf' => $what];

// printed, nothing written

$run = $setup();
same('printed', [0, $all('to be written'), ''], $said($run));
same('printed', true, str_contains($run->output, file_get_contents(__DIR__ . '/../../conf/fpmsentinel.ini')));
same('the pool\'s user', true, str_contains($run->output, "d /var/log/fpmsentinel 0750 nobody adm -\n"));
same('printed', [], $files());

// an extension that is not there, and one that does not load

rename("$dir/modules/fpmsentinel.so", "$dir/kept.so");
same('not installed', [2, []], array_slice($said($setup('--write')), 0, 2));
same('not installed', [], $files());
file_put_contents("$dir/modules/fpmsentinel.so", 'no library');
$run = $setup('--write');
same('does not load', [2, true, true], [$run->status, str_contains($run->errors, 'Unable to load dynamic library'), str_contains($run->errors, 'The files were taken back')]);
same('does not load', [], $files());
rename("$dir/kept.so", "$dir/modules/fpmsentinel.so");

// written, and loaded; again: nothing changes

$run = $setup('--write');
same('written', [0, $all('written'), ''], $said($run));
same('written', $paths, $files());
matches('next', "~beside fastcgi_pass in $dir/nginx\.conf:7:  include fastcgi-fpmsentinel\.conf;~", $run->output);
same('loaded', true, str_contains(shell_exec("$dir/php-fpm -m"), 'fpmsentinel'));
$before = array_map('file_get_contents', $paths);
same('again', [0, $all('in place'), ''], $said($setup('--write')));
same('again', [$before, []], [array_map('file_get_contents', $paths), glob("$dir/*/*~")]);

// what nginx is then told to include is right, and what nginx refuses is noticed

$nginx('include fastcgi-fpmsentinel.conf;');
$run = $setup('--write');
same('included', [0, false], [$run->status, str_contains($run->output, 'beside fastcgi_pass')]);
$findings = tool(['doctor', '--format=json', '--php', "$dir/php-fpm", '--fpm-conf', "$dir/fpm.conf"]);
$rules = array_column(json_decode($findings->output, true)['findings'], 'rule');
same('doctor', [], array_intersect(['parameters-missing', 'not-loaded'], $rules));

// changed by somebody: left alone, also by --undo; of an earlier version: replaced, with a backup, and put back

$changed = "$dir/conf.d/50-fpmsentinel.ini";
file_put_contents($changed, ";fpmsentinel.lifecycle = 1\n", FILE_APPEND);
$text = file_get_contents($changed);
$old = "#" . strstr(strstr($before[2], "\n", true), ' ');
$earlier = "daily\n";
file_put_contents($paths[2], $older = substr($old, 0, -8) . hash('crc32b', $earlier) . "\n$earlier");
same('changed', [1, ['conf.d/50-fpmsentinel.ini' => 'changed by somebody: left alone', 'etc/logrotate.d/fpmsentinel' => 'written'] + $all('in place'), ''],
    (function () use ($said, $setup) {
        [$status, $told, $errors] = $said($setup('--write'));
        return [$status, ['conf.d/50-fpmsentinel.ini' => $told['conf.d/50-fpmsentinel.ini'], 'etc/logrotate.d/fpmsentinel' => $told['etc/logrotate.d/fpmsentinel']] + $told, $errors];
    })());
same('changed', [$text, $before[2], $older], [file_get_contents($changed), file_get_contents($paths[2]), file_get_contents("$paths[2]~")]);
$nginx('');
same('undone', [1, ['conf.d/50-fpmsentinel.ini' => 'changed by somebody: left alone', 'fastcgi-fpmsentinel.conf' => 'removed', 'etc/logrotate.d/fpmsentinel' => 'removed',
    'etc/tmpfiles.d/fpmsentinel.conf' => 'removed'], ''], $said($setup('--undo')));
same('undone', [[$changed, $paths[2]], $older], [$files(), file_get_contents($paths[2])]);
file_put_contents($changed, $before[0]);
same('undone', 0, $setup('--undo')->status);
same('undone', [], [...$files(), ...glob("$dir/*/*~"), ...glob("$dir/etc/*/*~")]);

// links and folders in the way, and wrong usage

mkdir($paths[1]);
same('a folder', [2, [$paths[1]]], [$setup('--write')->status, array_filter($paths, file_exists(...)) === [1 => $paths[1]] ? [$paths[1]] : $files()]);
rmdir($paths[1]);
same('usage', [2, 2, 0], [$setup('--write', '--undo')->status, $setup('extra')->status, tool(['setup', '--help'])->status]);
?>
done
--EXPECT--
done
