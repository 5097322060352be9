--TEST--
fpmsentinel: built alone and without libdw it says so, and shows what a record has; what is installed
--SKIPIF--
<?php is_file(__DIR__ . '/../../bin/fpmsentinel') || die('skip no bin/fpmsentinel'); ?>
--FILE--
<?php
chdir(__DIR__);
$top = sys_get_temp_dir() . '/fps-build-' . getmypid();
function run(string $command): string
{
    // not as a part of the make that runs the tests
    exec("unset MAKEFLAGS MAKELEVEL MFLAGS; $command 2>&1", $lines, $status);
    return "$status " . implode("\n", $lines) . "\n";
}
echo run("make -s -C ../../src/cli TOP=$top PREFIX=/usr DESTDIR=$top/root LIBDW=no CFLAGS='-O0 -Werror' all install");
echo run("$top/bin/fpmsentinel --version");
echo preg_match('~Built without libdw~', run("$top/bin/fpmsentinel show --help")), "\n";
echo run("ldd $top/bin/fpmsentinel | grep -c libdw");
$frames = fn (string $shown) => preg_replace('~.*\nNative stack\n(.*?)\n    1 .*~s', '$1', $shown);
echo $frames(run("$top/bin/fpmsentinel show shop/records.jsonl")), "\n";
echo run("cd $top/root && find . -type f ! -path '*/rules/*' ! -path '*/causes/*' | LC_ALL=C sort");
foreach (['rules', 'causes'] as $folder) {
    $pages = run("cd $top/root/usr/share/doc/fpmsentinel/$folder && ls");
    echo $pages === run('cd ' . dirname(__DIR__, 2) . "/docs/$folder && ls") ? '' : $pages;
}
chdir('doctor');
preg_match('~Each rule has a page, RULE\.md in (.*)\.$~m', run("$top/root/usr/bin/fpmsentinel doctor -n nginx.dump "
    . '-c php-fpm.conf -b ./php-fpm'), $match);
echo $match[1] === "$top/root/usr/share/doc/fpmsentinel/rules" ? '' : "pages: $match[1]\n";
// uninstalled: what is there of others stays
touch("$top/root/usr/share/man/man1/other.1");
$removed = run("make -s -C ../../../src/cli TOP=$top PREFIX=/usr DESTDIR=$top/root LIBDW=no "
    . "CFLAGS='-O0 -Werror' uninstall");
echo preg_match_all('~^rm -f ~m', $removed), $removed[0] === '0' ? " removed\n" : $removed;
echo run("cd $top/root && find . | LC_ALL=C sort");
exec("rm -r $top");
?>
--EXPECTF--
0 
0 fpmsentinel %d.%d.%d
Built without libdw: no files and lines of native frames.
1
1 0
    0  0x7f7fc54ed503  clock_nanosleep+0x23  /lib/x86_64-linux-gnu/libc.so.6 + 0xcf503
0 ./usr/bin/fpmsentinel
./usr/share/bash-completion/completions/fpmsentinel
./usr/share/fish/vendor_completions.d/fpmsentinel.fish
./usr/share/man/man1/fpmsentinel-doctor.1
./usr/share/man/man1/fpmsentinel-explain.1
./usr/share/man/man1/fpmsentinel-info.1
./usr/share/man/man1/fpmsentinel-list.1
./usr/share/man/man1/fpmsentinel-report.1
./usr/share/man/man1/fpmsentinel-setup.1
./usr/share/man/man1/fpmsentinel-trace.1
./usr/share/man/man1/fpmsentinel.1
./usr/share/man/man7/fpmsentinel-causes.7
./usr/share/zsh/site-functions/_fpmsentinel
%d removed
0 .
./usr
./usr/bin
./usr/share
./usr/share/man
./usr/share/man/man1
./usr/share/man/man1/other.1
