# The command-line tool, unless configure left it out: FPS_CLI is empty then. Each `+` passes on make -j.

.PHONY: fpmsentinel-cli install-fpmsentinel-cli uninstall uninstall-fpmsentinel-cli

fps_cli_make = $(MAKE) -s --no-print-directory -C $(srcdir)/src/cli TOP=$(top_builddir) PREFIX=$(prefix) DESTDIR=$(INSTALL_ROOT) \
	CC="$(CC)" CPPFLAGS= LDFLAGS= PKG_CONFIG="$(PKG_CONFIG)" LIBDW=$(FPS_CLI_LIBDW) CFLAGS="$(CFLAGS) $(FPS_CLI_CFLAGS)"

all: $(FPS_CLI)

fpmsentinel-cli:
	+$(fps_cli_make)

install: $(FPS_CLI:%=install-%)

install-fpmsentinel-cli:
	+$(fps_cli_make) install

# phpize's Makefile has no such target. Take the ini file away before that: `fpmsentinel setup --undo`.
uninstall: $(FPS_CLI:%=uninstall-%)
	rm -f $(INSTALL_ROOT)$(EXTENSION_DIR)/fpmsentinel.so

uninstall-fpmsentinel-cli:
	+$(fps_cli_make) uninstall
