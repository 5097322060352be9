# shellcheck shell=bash
# Shared by the scripts of dev/: packages, and builds of the extension outside the checkout.
#
#   root=$(cd "$(dirname "$0")/.." && pwd); . "$root/dev/lib.sh"
#
# Environment:
#   PHP_VERSION   8.2, 8.4 …; default: the one of this Debian
#   PHP_PREFIX    a PHP that is not Debian's: the folder that it is installed in (dev/php builds some)
#   DEV_CACHE     where dev/php and dev/fresh keep what takes minutes to make; default: build/
#   MIRROR        Debian's mirror; default: the one in this machine's apt sources
#   JOBS          make -j; default: 2
#
# Exit status 75 everywhere: the archive did not hand out something. What depends on it could not be tried,
# which is no failure.
#
# Callers use these functions in conditions, where `set -e` is off: each step says what its failure means.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# shellcheck disable=SC2034 # for dev/php and dev/fresh
cache=${DEV_CACHE:-$root/build}
refused=75

say() { printf '== %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
not_available() { printf 'not available: %s\n' "$*"; return "$refused"; }
# indent [PREFIX]: each line at once, which not every awk does; also ends the last line
indent() {
    local line
    while IFS= read -r line || [[ -n $line ]]; do printf '  %s%s\n' "${1-}" "$line"; done
}

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

# --- commands in the background ----------------------------------------------------------------

# start_job LOG COMMAND…: in a process group of its own, $!, all of which end_jobs can end. The output is kept, and
# shown with the log's name before it, also lest its closing line be taken for ours. The exit status is kept in
# LOG.status as well: bash forgets that of a job once another child of the shell has got the same pid.
start_job() {
    local log=$1 name status=0
    shift
    rm -f "$log.status"
    name=${log##*/} name=${name%.log}
    mkdir -p "${log%/*}"
    set -m
    {
        trap : TERM # waits for the command, which has something to clean up
        "$@" 2>&1 | (
            trap '' TERM
            tee "$log" | indent "$name | "
        ) || status=$?
        echo "$status" >"$log.status"
        exit "$status"
    } </dev/null &
    set +m
}

end_jobs() {
    local job
    for job in $(jobs -p); do kill -TERM -- "-$job" 2>/dev/null || true; done
    wait
}

# closing_line LOG: of `N passed, N failed, N skipped` the three numbers
closing_line() {
    tail -n 1 "$1" | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p' | grep .
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

if [[ -n ${PHP_PREFIX-} ]]; then
    PHP_CONFIG=$PHP_PREFIX/bin/php-config PHPIZE=$PHP_PREFIX/bin/phpize
    PHP_VERSION=$("$PHP_CONFIG" --version | cut -d. -f1,2) || die "no PHP in PHP_PREFIX, $PHP_PREFIX"
    php_cli=$PHP_PREFIX/bin/php php_fpm=$PHP_PREFIX/sbin/php-fpm
    export TEST_PHP_FPM=$php_fpm
else
    PHP_VERSION=${PHP_VERSION:-$(default_php_version)}
    PHP_CONFIG=${PHP_CONFIG:-php-config$PHP_VERSION} PHPIZE=${PHPIZE:-phpize$PHP_VERSION}
    # shellcheck disable=SC2034 # for dev/test
    php_cli=/usr/bin/php$PHP_VERSION php_fpm=/usr/sbin/php-fpm$PHP_VERSION
fi
export PHP_VERSION PHP_CONFIG PHPIZE

# package_names SET-OR-PACKAGE…: one package a line
package_names() {
    local word
    for word; do
        case $word in
            build) printf '%s\n' gcc make pkg-config autoconf file libunwind-dev libjson-c-dev zlib1g-dev libdw-dev ;;
            run) printf '%s\n' nginx procps ;;
            test)
                printf '%s\n' python3-jsonschema strace valgrind wrk gdb binutils dwz libdebuginfod-dev zsh fish \
                    logrotate patch apache2-bin less man-db curl
                ;;
            check) printf '%s\n' clang libclang-rt-dev clang-format-14 clang-tidy cppcheck shellcheck ;;
            *) echo "$word" ;;
        esac
        [[ -n ${PHP_PREFIX-} ]] || php_package_names "$word"
    done
}

# php_package_names SET: those of Debian's PHP
php_package_names() {
    local php=php$PHP_VERSION
    case $1/$PHP_VERSION in
        build/*) printf '%s\n' "$php-dev" "$php-cli" ;;
        # opcache is built into PHP from 8.5 on
        run/8.[0-4]) printf '%s\n' "$php-fpm" "$php-cli" "$php-opcache" ;;
        run/*) printf '%s\n' "$php-fpm" "$php-cli" ;;
        # extensions that Debian has for the PHP of a release, not for one that is to come
        test/8.2) printf '%s\n' "$php-xdebug" "$php-apcu" php-excimer ;; # one package for whichever PHP there is
        test/8.[34]) printf '%s\n' "$php-xdebug" "$php-apcu" "$php-excimer" ;;
    esac
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
    install=(env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "$@")
    # Apart, since only what cannot be had is nobody's fault
    as_root apt-get update -qq && as_root "${install[@]}" --download-only || exit "$refused"
    as_root "${install[@]}"
)

# debian_mirror SUITE: the machine's mirror of it, from whichever kind of sources file it has
debian_mirror() {
    { apt-get update --print-uris 2>/dev/null || true; } | sed -n "s|^'\(.*\)/dists/$1/InRelease'.*|\1|p" | sed -n 1p
}

# need_packages SET-OR-PACKAGE…: install what is missing; sets are build, run, test, check
need_packages() {
    local package missing=() status=0 log=$root/build/apt.log
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
    mkdir -p "$root/build" && : >"$log" && quietly "$log" apt_install "${missing[@]}" || status=$?
    ((status != refused)) || not_available "$(sed -n 's/^E: //p' "$log" | sed -n 1p)"
    return "$status"
}

# download_source DIR SUITE PACKAGE[=VERSION]…: the files of the first of these source packages that the archive
# hands out, in DIR. The machine's own lists know nothing of source packages.
download_source() (
    from=${MIRROR:-$(debian_mirror "$codename")}
    [[ -n $from ]] || die "no mirror of Debian in this machine's apt sources: set MIRROR"
    mkdir -p "$1/lists" && cd "$1" || exit
    echo "deb-src $from $2 main" >sources.list
    shift 2
    apt=(apt-get -q -o APT::Sandbox::User=root -o Dir::Etc::SourceList="$PWD/sources.list"
        -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$PWD/lists"
        -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache=)
    "${apt[@]}" update || exit "$refused"
    for package; do
        ! "${apt[@]}" --download-only source "$package" || exit 0
    done
    exit "$refused"
)

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

# copy_head DIR: the files of HEAD, in a new folder. Not a clone, which fails on a checkout that belongs to somebody
# else: `safe.directory` does not reach the other side of it. Without a repository (a release tarball) there is no HEAD:
# all files.
copy_head() {
    local git=(git -c safe.directory="$root" -C "$root")
    mkdir -p "$1" || return
    if [[ -e $root/.git ]]; then
        [[ -z $("${git[@]}" status --porcelain) ]] || say "note: what is not committed is not tried"
        "${git[@]}" archive HEAD | tar -C "$1" -xf -
    else
        copy_files "$1"
    fi
}

# build_extension DIR CC CONFIGURE_FLAG…: phpize, configure, make. Configured again only when something
# that configure reads has changed; the objects then go too, since make knows nothing of flags.
build_extension() (
    cc=$2 log=build.log
    cd "$1" || exit
    shift 2
    : >"$log"
    config=$(command -v "$PHP_CONFIG") || die "no $PHP_CONFIG"
    wanted=$(printf '%s\n' "$config $("$config" --version) $cc $*" &&
        cat config.m4 && { cat Makefile.frag 2>/dev/null || true; })
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
