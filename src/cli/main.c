/* The command-line tool: which command. */
#include "native/debuginfo.h"
#include "command/doctor.h"
#include "base/environment.h"
#include "command/setup.h"
#include "command/show.h"
#include "command/report.h"
#include "command/trace.h"
#include "base/trusted.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The Makefile takes it from the extension's. */
#ifndef FPS_VERSION
#define FPS_VERSION "of an unknown version"
#endif

static const char usage[] =
	"Usage: fpmsentinel COMMAND [OPTION]...\n"
	"\n"
	"  trace    explain each PHP-FPM failure in nginx's error log\n"
	"  show     show one record\n"
	"  report   count records by cause, pool, script and defect\n"
	"  doctor   find settings that lose requests, and say what to set\n"
	"  setup    install the configuration files that fpmsentinel needs\n"
	"\n"
	"'fpmsentinel COMMAND --help' shows the options of a command.\n";

static int run(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "trace") == 0) {
		return fps_trace_main(argc - 1, argv + 1);
	}
	if (argc > 1 && strcmp(argv[1], "show") == 0) {
		return fps_show_main(argc - 1, argv + 1);
	}
	if (argc > 1 && strcmp(argv[1], "report") == 0) {
		return fps_tally_main(argc - 1, argv + 1);
	}
	if (argc > 1 && strcmp(argv[1], "doctor") == 0) {
		return fps_doctor_main(argc - 1, argv + 1);
	}
	if (argc > 1 && strcmp(argv[1], "setup") == 0) {
		return fps_setup_main(argc - 1, argv + 1);
	}
	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		printf("%s\n  -h, --help\n  -V, --version  %s\n", usage, fps_debuginfo_ability());
		return 0;
	}
	if (argc > 1 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)) {
		printf("fpmsentinel " FPS_VERSION "\n%s\n", fps_debuginfo_ability());
		return 0;
	}
	if (argc > 1) {
		fps_text_warn("fpmsentinel: no such command: %s", argv[1]);
	}
	fputs(usage, stderr);
	return FPS_EXIT_TROUBLE;
}

/* getopt() cites options that it does not know as they are; a pattern of the shell's may have made one of a file's name. */
static bool is_readable(const char *argument)
{
	for (const char *at = argument; strncmp(argument, "--", 2) == 0 && *at && *at != '='; at++) {
		if (*at < ' ' || *at > '~') {
			fps_text_warn("fpmsentinel: unrecognized option '%s'", argument);
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	bool findings = argc > 1 && strcmp(argv[1], "doctor") == 0; /* it tells itself what was refused */
	int status;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (!is_readable(argv[i])) {
			return FPS_EXIT_TROUBLE;
		}
	}
	fps_environment_clean();
	status = run(argc, argv);
	if (!findings) {
		fps_trusted_complain();
	}
	return status;
}
