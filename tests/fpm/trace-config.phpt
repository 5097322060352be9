--TEST--
fpmsentinel trace with a configuration: its values are doctor's; a log from elsewhere gets none of this machine's
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/advised.inc';

$folder = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($folder)));
foreach (['mixed', 'alike'] as $name) {
    mkdir($dir = "$folder/$name", recursive: true);
    $conf = parts(str_replace('@DIR@', $dir, template('trace-config.conf')));
    file_put_contents("$dir/nginx.conf", $conf["$name nginx"]);
    file_put_contents("$dir/fpm.conf", $conf["$name fpm"]);
    file_put_contents("$dir/php.ini", "log_errors = On\n");
    file_put_contents("$dir/php", "#!/bin/sh\nexec " . Server::path('TEST_PHP_FPM') . " -c $dir/php.ini \"\$@\"\n");
    chmod("$dir/php", 0755);
    same("$name: some are set", true, holdAgainst($name, $dir) > 10);
    same("$name, behind a load balancer: some are set", true, holdAgainst($name, $dir, '--balancer-timeout=20') > 10);
}

// people read where a value stands, and where another one goes

$text = fn (string ...$arguments) => tool(['trace', ...$arguments]);
$files = ["--nginx-conf=$folder/alike/nginx.conf", "--fpm-conf=$folder/alike/fpm.conf", "--php=$folder/alike/php"];
$log = "$folder/alike/error.log";
$said = str_replace("$folder/", '', $text('--only=fpm_reload', ...$files, ...[$log, "$folder/alike/records.jsonl"])
    ->output);
matches('in force', '~^  (?:in force|        ) \[global\] process_control_timeout = 0s \(the default\)  '
    . 'alike/fpm.conf:1$~m', $said);
matches('set', '~^  (?:doctor|      )   process_control_timeout = \d+s\n {13}in alike/fpm.conf, \[global\]  '
    . '\(process-control-timeout\)$~m', $said);

// this machine's configuration is for the logs that its nginx writes: not for a copy, nor for another host's records

file_put_contents("$folder/nginx", "#!/bin/sh\n[ \"\$1\" = -T ] || exit 0\n"
    . "echo '# configuration file $folder/n.conf:'\ncat $folder/alike/nginx.conf\n");
chmod("$folder/nginx", 0755);
putenv("PATH=$folder:" . getenv('PATH'));
copy($log, "$folder/alike/nginx.log");
copy($log, "$folder/alike/nginx.log.1");
copy($log, "$folder/copy.log");
$strange = fn (string ...$logs) => preg_match('~(\d+) incidents? not advised~', $text('--config', '--format=json',
    ...$logs)->errors, $match) ? (int) $match[1] : 0;
same('its own', 0, $strange("$folder/alike/nginx.log"));
same('its own, rotated', 0, $strange("$folder/alike/nginx.log.1"));
same('a copy', true, $strange("$folder/copy.log") > 0);
same('of another host', true, $strange("$folder/alike/nginx.log", "$folder/alike/records.jsonl") > 0);
$said = $text('--config', '--format=ndjson', "$folder/copy.log")->output;
same('nothing of it', [false, false], [str_contains($said, '"settings"'), str_contains($said, '"plan"')]);
$run = $text("--nginx-conf=$folder/alike/nginx.conf", $log);
same('half of it', [2, "fpmsentinel: name all of --nginx-conf or --apache-conf, --fpm-conf and --php: the others would "
    . "be this "
    . "machine's"], [$run->status, strtok($run->errors, "\n")]);
?>
done
--EXPECT--
done
