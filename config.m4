PHP_ARG_ENABLE([fpmsentinel],
  [whether to enable fpmsentinel],
  [AS_HELP_STRING([--enable-fpmsentinel], [Record what kills PHP-FPM workers])])

PHP_ARG_WITH([fpmsentinel-libunwind],
  [whether fpmsentinel records native stacks],
  [AS_HELP_STRING([--without-fpmsentinel-libunwind], [fpmsentinel: no native stacks, even if libunwind is there])],
  [auto], [no])

PHP_ARG_WITH([fpmsentinel-tool],
  [whether to build fpmsentinel's command-line tool],
  [AS_HELP_STRING([--without-fpmsentinel-tool], [fpmsentinel: the extension only, without bin/fpmsentinel])],
  [yes], [no])

PHP_ARG_ENABLE([fpmsentinel-dev],
  [whether warnings are errors in fpmsentinel],
  [AS_HELP_STRING([--enable-fpmsentinel-dev], [fpmsentinel: build as its developers do, warnings are errors])],
  [no], [no])

PHP_ARG_ENABLE([fpmsentinel-asan],
  [whether to build fpmsentinel with sanitizers],
  [AS_HELP_STRING([--enable-fpmsentinel-asan], [fpmsentinel: AddressSanitizer and UndefinedBehaviorSanitizer])],
  [no], [no])

if test "$PHP_FPMSENTINEL" != "no"; then
  fps_sources="fpmsentinel.c src/blackbox.c dnl
    src/worker/altstack.c src/worker/configwarnings.c src/worker/fatal.c src/worker/fatalrecord.c dnl
    src/worker/fcgiparams.c src/worker/hooks.c src/worker/phpexception.c src/worker/phpthread.c dnl
    src/worker/preload.c src/worker/prerequest.c src/worker/ratelimit.c src/worker/requestwarnings.c src/worker/service.c dnl
    src/worker/thread.c src/worker/warnonce.c src/worker/watcher.c src/worker/worker.c dnl
    src/coroner/aftermath.c src/coroner/boxdir.c src/coroner/boxfile.c src/coroner/cgroupfs.c src/coroner/channel.c dnl
    src/coroner/coroner.c src/coroner/crosscheck.c src/coroner/deathcause.c src/coroner/elffile.c dnl
    src/coroner/fdclose.c src/coroner/fdpass.c src/coroner/forks.c src/coroner/fpmstderr.c src/coroner/handover.c dnl
    src/coroner/jail.c src/coroner/lastsample.c src/coroner/logdestination.c src/coroner/master.c dnl
    src/coroner/namecache.c src/coroner/normalexit.c src/coroner/oomledger.c src/coroner/oomvictim.c dnl
    src/coroner/pendingdeaths.c src/coroner/pidfd.c src/coroner/process.c src/coroner/scavenge.c dnl
    src/coroner/setuidchild.c src/coroner/sigterm.c src/coroner/storm.c src/coroner/supervisor.c dnl
    src/coroner/symbols.c src/coroner/userquota.c src/coroner/workertable.c dnl
    src/sig/allocfailure.c src/sig/cxxexception.c src/sig/death.c src/sig/doorbell.c src/sig/draftowner.c dnl
    src/sig/engine.c src/sig/fault.c src/sig/fcgi.c src/sig/handler.c src/sig/handlertimeout.c src/sig/heap.c dnl
    src/sig/lastwords.c src/sig/logfile.c src/sig/maps.c src/sig/namelist.c src/sig/phpstack.c src/sig/proc.c dnl
    src/sig/recursion.c src/sig/requestinfo.c src/sig/saferead.c src/sig/sender.c src/sig/stackbounds.c dnl
    src/sig/trustedpath.c src/sig/unwind.c dnl
    src/record/buf.c src/record/clock.c src/record/fingerprint.c src/record/frames.c src/record/json.c dnl
    src/record/message.c src/record/names.c src/record/record.c src/record/sanitize.c src/record/signals.c"
  dnl No ZEND_ENABLE_STATIC_TSRMLS_CACHE: a thread-local variable of this module would be allocated when a thread first uses
  dnl it, which may be in a signal handler, and would have to be set in every thread in which a hook runs.
  fps_cflags="-I@ext_srcdir@/src -std=gnu11 -D_GNU_SOURCE -fvisibility=hidden"

  if test "$PHP_FPMSENTINEL_DEV" != "no"; then
    dnl PHP's own headers have unused parameters, from 8.5 on.
    fps_cflags="$fps_cflags -Wall -Wextra -Werror -Wno-unused-parameter"
  fi
  if test "$PHP_FPMSENTINEL_ASAN" != "no"; then
    fps_cflags="$fps_cflags -g -fno-omit-frame-pointer -fsanitize=address,undefined"
    FPMSENTINEL_SHARED_LIBADD="-fsanitize=address,undefined"
  fi

  dnl Since glibc 2.34; the coroner keeps PHP's heap without it.
  AC_CHECK_FUNCS([_Fork])

  fps_libunwind=no
  if test "$PHP_FPMSENTINEL_LIBUNWIND" != "no"; then
    PKG_CHECK_MODULES([LIBUNWIND], [libunwind], [
      PHP_EVAL_INCLINE([$LIBUNWIND_CFLAGS])
      PHP_EVAL_LIBLINE([$LIBUNWIND_LIBS], [FPMSENTINEL_SHARED_LIBADD])
      AC_DEFINE([HAVE_LIBUNWIND], [1], [Define to 1 if libunwind records native stacks.])
      fps_libunwind=`$PKG_CONFIG --modversion libunwind`
    ], [
      if test "$PHP_FPMSENTINEL_LIBUNWIND" != "auto"; then
        AC_MSG_ERROR([--with-fpmsentinel-libunwind: pkg-config does not find libunwind. Install:
  Debian, Ubuntu           apt-get install pkg-config libunwind-dev
  RHEL, Fedora             dnf install pkgconf-pkg-config libunwind-devel
  Alpine                   apk add pkgconf libunwind-dev
  SUSE                     zypper install pkgconf-pkg-config libunwind-devel])
      fi
    ])
  fi

  dnl The command-line tool is another program, built by Makefile.frag. The extension does not depend on it.
  FPS_CLI=
  FPS_CLI_LIBDW=no
  if test "$PHP_FPMSENTINEL_TOOL" != "no"; then
    PKG_CHECK_MODULES([FPS_CLI_LIBS], [json-c >= 0.13 zlib], [FPS_CLI="fpmsentinel-cli"], [
      AC_MSG_ERROR([the command-line tool bin/fpmsentinel needs json-c (0.13 or later) and zlib:
$FPS_CLI_LIBS_PKG_ERRORS
Install them, with libdw for source lines of native frames:
  Debian, Ubuntu           apt-get install pkg-config libjson-c-dev zlib1g-dev libdw-dev
  RHEL, Fedora             dnf install pkgconf-pkg-config json-c-devel zlib-devel elfutils-devel
  Alpine                   apk add pkgconf json-c-dev zlib-dev elfutils-dev
  SUSE                     zypper install pkgconf-pkg-config libjson-c-devel zlib-devel libdw-devel
or build the extension only: ./configure --without-fpmsentinel-tool])
    ])
    PKG_CHECK_MODULES([FPS_CLI_LIBDW], [libdw >= 0.171], [FPS_CLI_LIBDW=yes], [:])
  fi
  FPS_CLI_CFLAGS=
  if test "$PHP_FPMSENTINEL_DEV" != "no"; then
    FPS_CLI_CFLAGS="-Werror"
  fi
  if test "$PHP_FPMSENTINEL_ASAN" != "no"; then
    FPS_CLI_CFLAGS="$FPS_CLI_CFLAGS -g -fno-omit-frame-pointer -fsanitize=address,undefined"
  fi
  PHP_SUBST([FPS_CLI])
  PHP_SUBST([FPS_CLI_LIBDW])
  PHP_SUBST([PKG_CONFIG])
  PHP_SUBST([FPS_CLI_CFLAGS])

  dnl Bound at load time, since a handler must not resolve symbols; never unloaded, since a signal
  dnl may come at any time.
  FPMSENTINEL_SHARED_LIBADD="$FPMSENTINEL_SHARED_LIBADD -Wl,-z,now -Wl,-z,nodelete"
  PHP_SUBST([FPMSENTINEL_SHARED_LIBADD])

  PHP_NEW_EXTENSION([fpmsentinel], [$fps_sources], [$ext_shared],, [$fps_cflags])
  PHP_ADD_MAKEFILE_FRAGMENT
  PHP_ADD_BUILD_DIR([$ext_builddir/src $ext_builddir/src/coroner $ext_builddir/src/record $ext_builddir/src/sig $ext_builddir/src/worker])

  dnl At the end, since what is left out was one line among 250.
  AC_CONFIG_COMMANDS_POST([
    fps_php=`$PHP_CONFIG --version`
    fps_threads="not thread-safe"
    fps_native="none: left out (--without-fpmsentinel-libunwind)"
    fps_tool="left out (--without-fpmsentinel-tool)"
    fps_lines="without libdw 0.171 or later (Debian: libdw-dev; RHEL: elfutils-devel; Alpine: elfutils-dev; SUSE: libdw-devel)"
    test "$PHP_THREAD_SAFETY" = "yes" && fps_threads="thread-safe (ZTS)"
    if test "$fps_libunwind" != "no"; then
      fps_native="libunwind $fps_libunwind"
    elif test "$PHP_FPMSENTINEL_LIBUNWIND" != "no"; then
      fps_native="none: libunwind is missing (Debian, Alpine: libunwind-dev; RHEL, SUSE: libunwind-devel)"
    fi
    test "$FPS_CLI_LIBDW" = "yes" && fps_lines="with libdw `$PKG_CONFIG --modversion libdw`"
    test -n "$FPS_CLI" && fps_tool="with json-c `$PKG_CONFIG --modversion json-c`, $fps_lines"
    AC_MSG_NOTICE([fpmsentinel is configured:
  PHP              $fps_php, $fps_threads
  native stacks    $fps_native
  bin/fpmsentinel  $fps_tool])
  ])
fi
