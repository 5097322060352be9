# The command-line tool, where configure has found what it needs: FPS_CLI is then not empty.

.PHONY: fpmsentinel-cli install-fpmsentinel-cli

fps_cli_make = $(MAKE) -s --no-print-directory -C $(srcdir)/src/cli TOP=$(top_builddir) PREFIX=$(prefix) DESTDIR=$(INSTALL_ROOT) \
	CC="$(CC)" CPPFLAGS= LDFLAGS= CFLAGS="$(CFLAGS) $(FPS_CLI_CFLAGS)"

all: $(FPS_CLI)

fpmsentinel-cli:
	$(fps_cli_make)

install: $(FPS_CLI:%=install-%)

install-fpmsentinel-cli:
	$(fps_cli_make) install
