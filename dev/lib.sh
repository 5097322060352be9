# shellcheck shell=bash
# Shared by the scripts of dev/: packages, and builds of the extension outside the checkout.
#
#   root=$(cd "$(dirname "$0")/.." && pwd); . "$root/dev/lib.sh"
#
# Environment: PHP_VERSION (8.2, 8.4 …; default: the one of this Debian), PHP_CONFIG and PHPIZE
# (another PHP altogether), JOBS (make -j, default 2).
#
# Callers use these functions in conditions, where `set -e` is off: each step says what its failure means.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '== %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
indent() { awk '{ print "  " $0; fflush() }'; } # also ends the last line

# quietly LOG COMMAND…: append the output to LOG; if the command fails, show the end of what it said,
# without libtool's long lines
quietly() {
    local log=$1 status=0 before
    shift
    touch "$log"
    before=$(wc -l <"$log")
    "$@" >>"$log" 2>&1 || status=$?
    if ((status)); then
        printf '  %s failed (%s):\n' "$*" "$(realpath -- "$log")"
        tail -n "+$((before + 1))" "$log" | grep -vE -- '--mode=(compile|link) |^libtool: ' | tail -n 60 | indent
    fi
    return "$status"
}

# --- packages ----------------------------------------------------------------------------------

# The name of this Debian
codename=
[[ ! -r /etc/os-release ]] || codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")

default_php_version() {
    case $codename in
        bookworm) echo 8.2 ;;
        trixie) echo 8.4 ;;
        *) { apt-cache depends php-fpm 2>/dev/null || true; } | sed -n 's/.*Depends: php\([0-9.]*\)-fpm$/\1/p' ;;
    esac
}

PHP_VERSION=${PHP_VERSION:-$(default_php_version)}
PHP_CONFIG=${PHP_CONFIG:-php-config$PHP_VERSION}
PHPIZE=${PHPIZE:-phpize$PHP_VERSION}
export PHP_VERSION PHP_CONFIG PHPIZE

# package_names SET-OR-PACKAGE…: one package a line
package_names() {
    local php=php$PHP_VERSION word
    for word; do
        case $word in
            build) printf '%s\n' gcc make pkg-config autoconf file libunwind-dev libjson-c-dev zlib1g-dev libdw-dev "$php-dev" "$php-cli" ;;
            run)
                printf '%s\n' "$php-fpm" "$php-cli" nginx procps
                # built into PHP from 8.5 on
                case $PHP_VERSION in 8.[0-4]) echo "$php-opcache" ;; esac
                ;;
            test)
                printf '%s\n' python3-jsonschema strace valgrind wrk gdb binutils dwz libdebuginfod-dev zsh logrotate
                # extensions that Debian has for the default PHP of a release: none for 8.5 and 8.6 yet
                case $PHP_VERSION in
                    8.2) printf '%s\n' "$php-xdebug" "$php-apcu" php-excimer ;; # one package for whichever PHP there is
                    8.[34]) printf '%s\n' "$php-xdebug" "$php-apcu" "$php-excimer" ;;
                esac
                ;;
            check) printf '%s\n' clang libclang-rt-dev clang-tidy cppcheck shellcheck ;;
            *) echo "$word" ;;
        esac
    done
}

as_root() { if (($(id -u))); then sudo "$@"; else "$@"; fi; }

apt_install() (
    # The packages of php-fpm and nginx start their services, unless policy-rc.d says no
    policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
        trap 'as_root rm -f "$policy"' EXIT
        trap 'exit 130' INT TERM
        as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy" || exit
    fi
    as_root apt-get update -qq || exit
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "$@"
)

# debian_mirror SUITE: the machine's mirror of it, from whichever kind of sources file it has
debian_mirror() {
    { apt-get update --print-uris 2>/dev/null || true; } | sed -n "s|^'\(.*\)/dists/$1/InRelease'.*|\1|p" | sed -n 1p
}

# need_packages SET-OR-PACKAGE…: install what is missing; sets are build, run, test, check
need_packages() {
    local package missing=()
    if ! command -v dpkg-query >/dev/null; then
        say "no dpkg here, so these are up to you: $(package_names "$@" | xargs)"
        return 0
    fi
    for package in $(package_names "$@" | sort -u); do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    say "installing ${missing[*]}"
    mkdir -p "$root/build" && quietly "$root/build/apt.log" apt_install "${missing[@]}"
}

# --- builds ------------------------------------------------------------------------------------

# The checkout's files, one a line. Where there is no git, or no repository (a release tarball), .gitignore
# still tells what in the top folder is a product of phpize rather than a file of ours.
source_files() (
    cd "$root" || exit
    if [[ -e .git ]] && git ls-files >/dev/null 2>&1; then
        # git also lists what has been deleted but not yet committed
        git -c core.quotePath=off ls-files -co --exclude-standard |
            while IFS= read -r file; do [[ ! -e $file && ! -L $file ]] || printf '%s\n' "$file"; done
    else
        find . -path ./.git -prune -o -name .libs -prune -o \( -type f -o -type l \) -printf '%P\n' |
            awk -F/ 'NR == FNR { if (/^\/[^*\/]+\/?$/) product[$2]; next }
                !($1 in product) && !/\.(o|lo|la|so|dep)$/' .gitignore -
    fi | LC_ALL=C sort
)

# copy_files DIR: bring DIR up to date. An unchanged file is left alone, so that make does so as well;
# one that is gone here goes there, or its test would run for ever.
copy_files() {
    local dir=$1 file
    mkdir -p "$dir" && source_files >"$dir/.files.new" || return
    if [[ -e $dir/.files ]]; then
        LC_ALL=C comm -23 "$dir/.files" "$dir/.files.new" | while IFS= read -r file; do
            rm -f -- "$dir/$file"
        done
    fi
    while IFS= read -r file; do
        if cmp -s -- "$root/$file" "$dir/$file" && [[ ! -x $root/$file || -x $dir/$file ]]; then
            continue
        fi
        mkdir -p -- "$(dirname -- "$dir/$file")" || return
        cp -P --remove-destination --preserve=mode -- "$root/$file" "$dir/$file" || return
    done <"$dir/.files.new"
    mv "$dir/.files.new" "$dir/.files"
}

# build_extension DIR CC CONFIGURE_FLAG…: phpize, configure, make. Configured again only when something
# that configure reads has changed; the objects then go too, since make knows nothing of flags.
build_extension() (
    cc=$2 log=build.log
    cd "$1" || exit
    shift 2
    : >"$log"
    config=$(command -v "$PHP_CONFIG") || die "no $PHP_CONFIG"
    wanted=$(printf '%s\n' "$config $("$config" --version) $cc $*" && cat config.m4 && { cat Makefile.frag 2>/dev/null || true; })
    if [[ ! -e Makefile || ! -e .configured || $(<.configured) != "$wanted" ]]; then
        rm -f .configured
        [[ ! -e Makefile ]] || make clean >>"$log" 2>&1 || true
        quietly "$log" "$PHPIZE" || exit
        quietly "$log" ./configure --quiet --with-php-config="$config" "$@" CC="$cc" || exit
        printf '%s\n' "$wanted" >.configured
    fi
    quietly "$log" make -j"${JOBS:-2}"
)

# build_variant NAME CC CONFIGURE_FLAG…: the extension in build/NAME
build_variant() {
    local name=$1 cc=$2
    shift 2
    say "build/$name: $cc $*"
    copy_files "$root/build/$name" &&
        build_extension "$root/build/$name" "$cc" --enable-fpmsentinel "$@"
}

# build_crashme NAME CC CONFIGURE_FLAG…: the crash-on-purpose extension in build/NAME/tests/crashme, after build_variant
build_crashme() {
    local name=$1 cc=$2
    shift 2
    say "build/$name/tests/crashme: $cc"
    build_extension "$root/build/$name/tests/crashme" "$cc" --enable-crashme "$@"
}
