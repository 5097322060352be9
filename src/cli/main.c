/* The command-line tool: which command. */
#include "base/environment.h"
#include "base/trusted.h"
#include "base/warn.h"
#include "command.h"
#include "native/debuginfo.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The Makefile takes it from the extension's. */
#ifndef FPS_VERSION
#define FPS_VERSION "of an unknown version"
#endif

static const struct fps_command *const commands[] = {
	&fps_command_trace,
	&fps_command_show,
	&fps_command_report,
	&fps_command_doctor,
	&fps_command_setup,
};

static void write_usage(FILE *out)
{
	fputs("Usage: fpmsentinel COMMAND [OPTION]...\n\n", out);
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	}
	fputs("\n'fpmsentinel COMMAND --help' shows the options of a command.\n", out);
}

static const struct fps_command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (strcmp(name, commands[i]->name) == 0) {
			return commands[i];
		}
	}
	return NULL;
}

static int run(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct fps_command *command = find_command(name);

	if (command) {
		return command->run(argc - 1, argv + 1);
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		write_usage(stdout);
		printf("\n  -h, --help\n  -V, --version  %s\n", fps_debuginfo_ability());
		return FPS_EXIT_EXPLAINED;
	}
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
		printf("fpmsentinel " FPS_VERSION "\n%s\n", fps_debuginfo_ability());
		return FPS_EXIT_EXPLAINED;
	}
	if (argc > 1) {
		fps_warn("fpmsentinel: no such command: %s", argv[1]);
	}
	write_usage(stderr);
	return FPS_EXIT_TROUBLE;
}

/*
 * getopt() cites options that it does not know as they are; a pattern of the shell's may have made one of a file's
 * name.
 */
static bool is_readable(const char *argument)
{
	for (const char *at = argument; strncmp(argument, "--", 2) == 0 && *at && *at != '='; at++) {
		if (*at < ' ' || *at > '~') {
			fps_warn("fpmsentinel: unrecognized option '%s'", argument);
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
