/* The command-line tool: which command. */
#include "base/environment.h"
#include "base/trusted.h"
#include "base/warn.h"
#include "command.h"
#include "native/addr2line.h"

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
	NULL,
};

static const struct fps_command *find_command(const char *name)
{
	const struct fps_command *const *command = commands;

	while (*command && strcmp(name, (*command)->name) != 0) {
		command++;
	}
	return *command;
}

/* --- without a command -------------------------------------------------------------------------------------------- */

struct options {
	const char *command; /* a name that no command has */
	bool version;
};

static const struct fps_option rows[] = {
	{'V', "version", NULL, NULL, "show the version, and whether libdw is built in", fps_options_flag,
		offsetof(struct options, version)},
	{.argument = "COMMAND", .set = fps_options_text, .offset = offsetof(struct options, command)},
	FPS_OPTIONS_END,
};

static void print_commands(FILE *out)
{
	for (const struct fps_command *const *command = commands; *command; command++) {
		fprintf(out, "  %-8s %s\n", (*command)->name, (*command)->summary);
	}
}

static int run(void *parsed);

static const struct fps_command self = {
	.name = "",
	.usage = "COMMAND [OPTION]...",
	.print_more = print_commands,
	.options = rows,
	.notes = {"'fpmsentinel COMMAND --help' shows the options of a command."},
	.size = sizeof(struct options),
	.run = run,
};

static int run(void *parsed)
{
	const struct options *options = parsed;

	if (options->version) {
		printf("fpmsentinel " FPS_VERSION "\n%s\n", fps_addr2line_ability());
		return FPS_EXIT_EXPLAINED;
	}
	if (options->command) {
		fps_warn("no such command: %s", options->command);
	}
	fps_command_help(&self, stderr);
	return FPS_EXIT_TROUBLE;
}

/* --- completion --------------------------------------------------------------------------------------------------- */

/* For the shells: the completions of the last of the words after `fpmsentinel`, as in base/options.h. */
static int complete(int count, char **words)
{
	const char *current = count > 0 ? words[count - 1] : "", *previous = count > 1 ? words[count - 2] : "";
	const struct fps_command *command = count > 1 ? find_command(words[0]) : &self;

	/* bash makes three words of --format=json */
	if (count > 2 && strcmp(current, "=") == 0) {
		current = "";
	} else if (count > 3 && strcmp(previous, "=") == 0) {
		previous = words[count - 3];
	}
	for (size_t i = 0; command == &self && commands[i]; i++) {
		fps_options_offer(stdout, current, commands[i]->name, commands[i]->summary);
	}
	if (command) {
		fps_options_complete(stdout, command->options, previous, current);
	}
	return FPS_EXIT_EXPLAINED;
}

int main(int argc, char **argv)
{
	const struct fps_command *command = find_command(argc > 1 ? argv[1] : "");
	int status;

	if (argc > 1 && strcmp(argv[1], "--complete") == 0) {
		return complete(argc - 2, argv + 2);
	}
	fps_environment_clean();
	if (command) {
		status = fps_command_run(command, argc - 1, argv + 1);
	} else {
		status = fps_command_run(&self, argc < 2 ? argc : 2, argv);
	}
	if (command == NULL || !command->reports_refusals) {
		fps_trusted_complain();
	}
	return status;
}
