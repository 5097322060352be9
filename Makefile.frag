# The command-line tool, unless configure left it out: FPS_CLI is empty then. Each `+` passes on make -j.

.PHONY: fpmsentinel-cli install-fpmsentinel-cli

fps_cli_make = $(MAKE) -s --no-print-directory -C $(srcdir)/src/cli TOP=$(top_builddir) PREFIX=$(prefix) DESTDIR=$(INSTALL_ROOT) \
	CC="$(CC)" CPPFLAGS= LDFLAGS= PKG_CONFIG="$(PKG_CONFIG)" LIBDW=$(FPS_CLI_LIBDW) CFLAGS="$(CFLAGS) $(FPS_CLI_CFLAGS)"

all: $(FPS_CLI)

fpmsentinel-cli:
	+$(fps_cli_make)

install: $(FPS_CLI:%=install-%)

install-fpmsentinel-cli:
	+$(fps_cli_make) install
