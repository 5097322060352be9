--TEST--
fpmsentinel without arguments on a machine with real nginx, PHP-FPM and coroner: records, and what is wrong
--SKIPIF--
<?php
require __DIR__ . '/skipif.inc';
needs('curl', 'unshare');
preg_match('~^Scan this dir for additional .ini files => /~m',
    shell_exec(Server::path('TEST_PHP_FPM') . ' -i 2>/dev/null'))
    || die('skip this PHP scans no folder of .ini files');
?>
--FILE--
<?php
/*
 * A machine of its own for each case: namespaces of processes and mounts, in which nginx.conf, FPM's conf.d and
 * /var/log are this test's. Nothing is passed to fpmsentinel.
 */
require __DIR__ . '/trace.inc';
putenv('TZ=UTC');

[$fpm, $nginx] = [Server::path('TEST_PHP_FPM'), Server::path('TEST_NGINX')];
preg_match('~^Scan this dir for additional .ini files => (/.+)~m', shell_exec("$fpm -i 2>/dev/null"), $scanned);
preg_match('~--conf-path=(\S+)~', shell_exec("$nginx -V 2>&1"), $path);
$dir = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
foreach (['', '/conf.d', '/docroot', '/closed', '/open'] as $folder) {
    mkdir($dir . $folder, 0755);
}
chmod("$dir/closed", 0700);
chown("$dir/open", 'www-data');
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($dir)));
file_put_contents("$dir/docroot/hello.php", '<?php echo "hello";');
file_put_contents("$dir/docroot/die.php", "<?php\nfunction total() {\n    crashme('null-read');\n}\ntotal();\n");
file_put_contents("$dir/inside", <<<'END'
    set -u
    cd / && dir=$1 scanned=$2 conf=$3 fpm=$4 nginx=$5 tool=$6
    mount --bind "$dir/log" /var/log && mount --bind "$dir/conf.d" "$scanned" &&
        mount --bind "$dir/nginx.conf" "$conf" || exit 2
    [ ! -d /etc/logrotate.d ] || { mount -t tmpfs none /etc/logrotate.d &&
        echo '/var/log/fpmsentinel.jsonl /var/log/fpmsentinel/*.jsonl {}' >/etc/logrotate.d/fpmsentinel; }
    get() { curl -s --unix-socket "$dir/http.sock" "http://localhost/$1" | grep -m1 -oE 'hello|502'; }
    "$fpm" -F -y "$dir/fpm.conf" 2>"$dir/fpm.err" &
    await() { for try in $(seq 600); do ! "$@" || break; sleep 0.05; done; }
    await grep -qs 'ready to handle connections' /var/log/php-fpm.log
    "$nginx" -g 'daemon off;' 2>"$dir/nginx.err" &
    await get hello.php
    get die.php
    [ -z "$7" ] || await grep -qs '"worker-death"' "$7"
    "$tool" ; echo "status $?"
    "$tool" --format json
    for command in "report --by pool" "list --limit 1 --format ndjson" "info -1 --json" "--complete list --pool="; do
        echo "== $command"
        "$tool" $command 2>&1
    done
    END);

/** Starts everything, lets one worker die: what the client got, what the tool says as text and JSON, its commands. */
function machine(string $record, string $pool = '', bool $loaded = true, bool $numbers = true,
    string $ini = 'fpmsentinel.log=/var/log/fpmsentinel.jsonl'): array
{
    global $dir, $fpm, $nginx, $scanned, $path;
    exec("rm -rf $dir/log; mkdir -p $dir/log/nginx $dir/log/fpmsentinel; rm -f $dir/*.sock");
    chown("$dir/log/fpmsentinel", 'www-data');
    file_put_contents("$dir/conf.d/10-crashme.ini", 'extension=' . Server::path('TEST_CRASHME_SO'));
    @unlink("$dir/conf.d/20-fpmsentinel.ini");
    $loaded && file_put_contents("$dir/conf.d/20-fpmsentinel.ini",
        'extension=' . Server::path('TEST_FPMSENTINEL_SO') . "\n" . $ini);
    file_put_contents("$dir/fpm.conf", "[global]\nerror_log = /var/log/php-fpm.log\n[shop]\nuser = www-data\n"
        . "listen = $dir/www.sock\nlisten.owner = www-data\npm = static\npm.max_children = 2\n$pool\n");
    $include = $numbers ? 'include ' . realpath(__DIR__ . '/../../conf/fastcgi-fpmsentinel.conf') . ';' : '';
    file_put_contents("$dir/nginx.conf", "user www-data;\npid $dir/nginx.pid;\nerror_log /var/log/nginx/error.log;\n"
        . "events { }\nhttp {\n    access_log /var/log/nginx/access.log;\n    server {\n"
        . "        listen unix:$dir/http.sock;\n        root $dir/docroot;\n        location / {\n"
        . "            fastcgi_pass unix:$dir/www.sock;\n"
        . "            fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;\n"
        . "            include /etc/nginx/fastcgi_params; $include\n        }\n    }\n}\n");
    $text = (string) shell_exec('unshare --mount --pid --fork --kill-child ' . mountPropagation()
        . " --mount-proc bash $dir/inside $dir $scanned[1] $path[1] $fpm $nginx " . Server::path('TEST_FPMSENTINEL')
        . " '$record' 2>&1");
    $text = str_replace($dir, 'DIR', $text);
    if (!preg_match('~\Ahello\n(\d+)\n(.*?\nstatus \d)\n(\{\n.*?\n\}\n)(.*)\z~s', $text, $parts)) {
        throw new RuntimeException($text . file_get_contents("$dir/fpm.err") . file_get_contents("$dir/nginx.err"));
    }
    return [(int) $parts[1], $parts[2], json_decode($parts[3], true, flags: JSON_THROW_ON_ERROR), $parts[4]];
}

/** Without what depends on the moment. */
$still = fn (string $text) => preg_replace(['~^\S+, [-\d]+ [\d:]+ UTC~', '~\d{4}-\d\d-\d\d \d\d:\d\d~',
    '~[·.▁-█]{6,} +~u', '~(?<=segfault-)[0-9a-f]{8}~', '~  \(memory .*~'],
    ['HOST, TIME', 'TIME', '… ', '12345678', ''], $text);
$setup = fn (array $json) => preg_replace('~(?<=\()[^;)]*(; missing: .*(?=\)))?~', '…',
    preg_grep('~^log-not-rotated:~', $json['setup'], PREG_GREP_INVERT)); // where logrotate is

echo "-- as it should be\n";
[$status, $text, $json, $commands] = machine('/var/log/fpmsentinel.jsonl');
echo "$status\n", $still($text), "\n";
same('deaths', 1, $json['incidents']['hour']['deaths']);

echo "-- records of a pool's own, where they are usual: each command finds them\n";
[$status, $text, $json, $commands] = machine('/var/log/fpmsentinel/shop.jsonl',
    "php_admin_value[fpmsentinel.log] = /var/log/fpmsentinel/shop.jsonl\n");
same('deaths', [1, []], [$json['incidents']['hour']['deaths'], $setup($json)]);
echo preg_replace(['~^\{"time.*"cause":"(\w+)".*"pool":"(\w+)".*~m', '~^\{\n.*?^\}~ms'], ['$1 $2', 'JSON'],
    $still($commands));

echo "-- a log that its pool cannot write\n";
[$status, $text, $json] = machine('', "php_admin_value[fpmsentinel.log] = $dir/closed/shop.jsonl\n");
echo implode("\n", $setup($json)), "\n", $still($json['next']), "\n";

echo "-- a log elsewhere\n";
[$status, $text, $json] = machine("$dir/open/shop.jsonl", "php_admin_value[fpmsentinel.log] = $dir/open/shop.jsonl\n");
echo implode("\n", $setup($json)), "\n";

echo "-- no log is set\n";
[$status, $text, $json] = machine('', ini: '');
echo wordwrap(implode("\n", $json['setup']), 100), "\n";

echo "-- nginx passes no numbers\n";
[$status, $text, $json] = machine('/var/log/fpmsentinel.jsonl', numbers: false);
same('deaths', 1, $json['incidents']['hour']['deaths']);
echo implode("\n", $setup($json)), "\n";

echo "-- FPM does not load it\n";
[$status, $text, $json] = machine('', loaded: false);
echo $status, ' ', implode("\n", $setup($json)), "\n$json[next]\n";
?>
--EXPECT--
-- as it should be
502
HOST, TIME
Read nginx's error log since TIME (1 file), records since TIME (1 file),
PHP-FPM's log (1 file). Only the last 7 days count.

            incidents   deaths
  last hour         1        1  … 5 minutes each
  last day          1        1  … 1 hour each
  last week         1        1  … 6 hours each

Defects of the week, the most frequent first
      1  segfault-12345678       total  DIR/docroot/die.php:3
New: not known, as the logs do not reach back for more than a day

Set-up of fpmsentinel: nothing is known to be wrong
  Not checked: limits and timeouts (fpmsentinel doctor)

Next: fpmsentinel info segfault-12345678 (its stack, cause and advice)
status 1
-- records of a pool's own, where they are usual: each command finds them
== report --by pool
1 record, TIME

By pool
      1  shop  (all deaths; memory peak up to 0.4 MB of 128 MB)
== list --limit 1 --format ndjson
segfault shop
== info -1 --json
JSON
== --complete list --pool=
--pool=shop	1
-- a log that its pool cannot write
log-not-writable: a pool's user cannot write the pool's log (…; DIR/closed/shop.jsonl, as www-data: Permission denied)
fpmsentinel info segfault-12345678
-- a log elsewhere
records of the pool shop are in DIR/open/shop.jsonl, which is not read here: fpmsentinel list DIR/open/shop.jsonl
-- no log is set
fpmsentinel.log is not set: PHP-FPM in the foreground, as systemd and containers start it, writes
records to its standard error; set fpmsentinel.log = /var/log/fpmsentinel.jsonl in php.ini
-- nginx passes no numbers
parameters-missing: nginx does not tell PHP which request this is (…)
-- FPM does not load it
502 not-loaded: fpmsentinel is not loaded in FPM (…)
fpmsentinel setup
