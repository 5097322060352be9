PHP_ARG_ENABLE([crashme],
  [whether to build crashme],
  [AS_HELP_STRING([--enable-crashme],
    [Build crashme, which kills its process on purpose (for tests only)])])

if test "$PHP_CRASHME" != "no"; then
  dnl stack-smash needs the stack protector, which not every compiler turns on by itself.
  PHP_NEW_EXTENSION([crashme],
    [crashme.c children.c faults.c handler.c phpthread.c signals.c slot.c vm.c], [$ext_shared],,
    [-Wall -Wextra -Wno-unused-parameter -D_GNU_SOURCE -fstack-protector-strong])
  PHP_ADD_MAKEFILE_FRAGMENT
fi
