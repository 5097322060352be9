--TEST--
configure: fails with the names of packages where the tool's libraries are missing, and closes with what it builds
--SKIPIF--
<?php is_file(__DIR__ . '/../../configure') || die('skip no configure: it was not made by phpize here'); ?>
--FILE--
<?php
$top = realpath(__DIR__ . '/../..');
$dir = sys_get_temp_dir() . '/fps-configure-' . getmypid();
mkdir($dir);
$phpConfig = preg_match("~--with-php-config=([^' ]+)~", (string) @file_get_contents("$top/config.nice"), $match)
    ? $match[1] : 'php-config';

/** pkg-config that lacks $missing; --modversion is the same everywhere. */
function pkgConfig(string $missing): string
{
    global $dir;
    file_put_contents("$dir/pkg-config", <<<SH
        #!/bin/sh
        for missing in $missing; do
            case "\$*" in *\$missing*) echo "Package \$missing was not found"; exit 1 ;; esac
        done
        case "\$*" in *--modversion*) echo 1.2.3 ;; *--atleast-pkgconfig-version*) ;; *) exec pkg-config "\$@" ;; esac
        SH);
    chmod("$dir/pkg-config", 0755);
    return "$dir/pkg-config";
}

/** Its status and the last lines, in a folder of its own. */
function configure(string $missing, string $options = ''): void
{
    global $dir, $top, $phpConfig;
    exec("mkdir $dir/build && cd $dir/build && PKG_CONFIG=" . pkgConfig($missing)
        . " $top/configure --with-php-config=$phpConfig $options 2>&1", $lines, $status);
    $text = implode("\n", $lines);
    echo trim("$options without '$missing': $status"), "\n";
    $ours = preg_match('~^configure: (error|fpmsentinel).*?(?=\nconfig|\z)~ms', $text, $match) ? $match[0] : $text;
    echo preg_replace('~\d+\.\d+\.\d+\S*, (not thread-safe|thread-safe \(ZTS\))~', 'VERSION, THREADS', $ours), "\n\n";
    exec("rm -r $dir/build");
}

configure('json-c');
configure('zlib libdw libunwind', '--without-fpmsentinel-tool');
configure('libunwind', '--with-fpmsentinel-libunwind');
configure('libdw');
exec("rm -r $dir");
?>
--EXPECT--
without 'json-c': 1
configure: error: the command-line tool bin/fpmsentinel needs json-c (0.13 or later) and zlib:
Package json-c was not found
Install them, with libdw for source lines of native frames:
  Debian, Ubuntu           apt-get install pkg-config libjson-c-dev zlib1g-dev libdw-dev
  RHEL, Fedora             dnf install pkgconf-pkg-config json-c-devel zlib-devel elfutils-devel
  Alpine                   apk add pkgconf json-c-dev zlib-dev elfutils-dev
  SUSE                     zypper install pkgconf-pkg-config libjson-c-devel zlib-devel libdw-devel
or build the extension only: ./configure --without-fpmsentinel-tool

--without-fpmsentinel-tool without 'zlib libdw libunwind': 0
configure: fpmsentinel is configured:
  PHP              VERSION, THREADS
  native stacks    none: libunwind is missing (Debian, Alpine: libunwind-dev; RHEL, SUSE: libunwind-devel)
  bin/fpmsentinel  left out (--without-fpmsentinel-tool)

--with-fpmsentinel-libunwind without 'libunwind': 1
configure: error: --with-fpmsentinel-libunwind: pkg-config does not find libunwind. Install:
  Debian, Ubuntu           apt-get install pkg-config libunwind-dev
  RHEL, Fedora             dnf install pkgconf-pkg-config libunwind-devel
  Alpine                   apk add pkgconf libunwind-dev
  SUSE                     zypper install pkgconf-pkg-config libunwind-devel

without 'libdw': 0
configure: fpmsentinel is configured:
  PHP              VERSION, THREADS
  native stacks    libunwind 1.2.3
  bin/fpmsentinel  with json-c 1.2.3, without libdw 0.171 or later (Debian: libdw-dev; RHEL: elfutils-devel; Alpine: elfutils-dev; SUSE: libdw-devel)
