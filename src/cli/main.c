/* The command-line tool: which command. */
#include "base/alloc.h"
#include "base/environment.h"
#include "base/nearest.h"
#include "base/pager.h"
#include "base/run.h"
#include "base/trusted.h"
#include "base/warn.h"
#include "command.h"
#include "native/addr2line.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The Makefile takes it from the extension's. */
#ifndef FPS_VERSION
#define FPS_VERSION "of an unknown version"
#endif

static const struct fps_command help;

static const struct fps_command *const commands[] = {
	&fps_command_trace,
	&fps_command_list,
	&fps_command_info,
	&fps_command_report,
	&fps_command_explain,
	&fps_command_doctor,
	&fps_command_setup,
	&help,
	NULL,
};

static const struct fps_command *find_command(const char *name)
{
	const struct fps_command *const *command = commands;

	while (*command && strcmp(name, (*command)->name) != 0
		&& !((*command)->old_name && strcmp(name, (*command)->old_name) == 0)) {
		command++;
	}
	return *command;
}

/* Says that there is no such command; whether one is near to it, which it then names. */
static bool refuse_command(const char *name)
{
	struct fps_nearest nearest = FPS_NEAREST(name);
	char *hint;

	for (const struct fps_command *const *command = commands; *command; command++) {
		fps_nearest_try(&nearest, (*command)->name);
	}
	hint = access(name, F_OK) == 0 ? fps_alloc_format("; to explain the logs in it: fpmsentinel trace %s", name)
								   : fps_nearest_hint(&nearest, "");
	fps_warn("no such command: %s%s", name, hint);
	free(hint);
	return nearest.best != NULL;
}

/* --- without a command -------------------------------------------------------------------------------------------- */

struct options {
	const char *command; /* a name that no command has */
	bool version;
	unsigned format; /* of the overview */
};

static const char *const formats[] = {"text", "json", NULL};

static const struct fps_option rows[] = {
	{'f', "format", NULL, formats, "without a COMMAND: readable text, or JSON", NULL, offsetof(struct options, format)},
	{'V', "version", NULL, NULL, "show the version, and whether libdw is built in", fps_options_flag,
		offsetof(struct options, version)},
	FPS_PAGER_ROW,
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
	.usage = "[COMMAND [OPTION]...]",
	.about =
		"Without a COMMAND it shows this machine in one screen: incidents of the last hour, day and week, the most "
		"frequent defects, what is new, what is wrong with the set-up of fpmsentinel, and which command is next.",
	.print_more = print_commands,
	.options = rows,
	.notes = {"'fpmsentinel help COMMAND' shows the manual of a command, 'fpmsentinel COMMAND --help' its options.",
		"Exit status without a COMMAND: 0 no incident in the last day and nothing wrong, 1 some incident or something "
		"wrong, 2 usage error, or a log or a configuration could not be read."},
	.size = sizeof(struct options),
	.run = run,
};

static int run(void *parsed)
{
	struct options *options = parsed;

	if (options->version) {
		printf("fpmsentinel " FPS_VERSION "\n%s\n", fps_addr2line_ability());
		return FPS_EXIT_EXPLAINED;
	}
	if (options->command == NULL) {
		return fps_command_overview.run(&options->format);
	}
	if (find_command(options->command)) {
		return fps_command_misuse(&self, "options of a command follow its name");
	}
	if (refuse_command(options->command)) {
		return fps_command_misuse(&self, NULL);
	}
	fps_command_help(&self, stderr);
	return FPS_EXIT_TROUBLE;
}

/* --- help --------------------------------------------------------------------------------------------------------- */

static const struct fps_option help_rows[] = {
	{.argument = "COMMAND", .set = fps_options_text, .offset = offsetof(struct options, command)},
	FPS_OPTIONS_END,
};

/* The page in man's own pager, if man is here and has it; where it was asked for in a pipe, without one. */
static bool show_page(const char *page)
{
	const char *const ask[] = {"man", "-w", page, NULL}, *const show[] = {"man", page, NULL};
	char *path = fps_environment_program("man");
	struct fps_output found = {.status = -1};
	pid_t child = -1;

	if (path) {
		found = fps_run(ask);
		child = found.status == 0 ? fps_run_shown(path, show, STDIN_FILENO) : -1;
		fps_run_free(&found);
	}
	free(path);
	return child > 0 && fps_run_filter_end(child) == 0;
}

static int run_help(void *parsed)
{
	const struct options *options = parsed;
	const struct fps_command *command = options->command ? find_command(options->command) : &self;
	char *page;
	bool is_shown;

	if (command == NULL) {
		refuse_command(options->command);
		return fps_command_misuse(&self, NULL);
	}
	page = fps_alloc_format("fpmsentinel%s%s", *command->name ? "-" : "", command->name);
	is_shown = command != &self && command != &help && show_page(page);
	free(page);
	if (!is_shown) {
		fps_command_help(command, stdout);
	}
	return FPS_EXIT_EXPLAINED;
}

static const struct fps_command help = {
	.name = "help",
	.summary = "show the manual page of a command",
	.usage = "[COMMAND]",
	.about = "Shows the manual page of a command where man has it, otherwise what --help says. Without a COMMAND: what "
			 "commands there are.",
	.options = help_rows,
	.notes = {"Exit status: 0, or 2 for a command that does not exist."},
	.size = sizeof(struct options),
	.run = run_help,
};

/* --- completion --------------------------------------------------------------------------------------------------- */

static void offer(FILE *out, int count, char **words, const char *previous, const char *current)
{
	const struct fps_command *command = count > 1 ? find_command(words[0]) : &self;
	const char *expected;

	for (size_t i = 0; (command == &self || command == &help) && *current != '-' && commands[i]; i++) {
		fps_options_offer(out, current, commands[i]->name, commands[i]->summary);
	}
	expected = command ? fps_options_complete(out, command->options, previous, current) : NULL;
	if (expected && command->suggest) {
		command->suggest(out, expected, current, count - 1, words);
	}
}

/* --format=js is one word, and so is what completes it: each offer with the option before it. */
static void offer_joined(int count, char **words, const char *equals)
{
	const char *word = words[count - 1];
	char *option = fps_alloc_copy((struct fps_span) {word, (size_t) (equals - word)}, 0), *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out) {
		struct fps_span all, line;

		offer(out, count, words, option, equals + 1);
		fclose(out);
		all = fps_span_of(text);
		while (fps_span_next(&all, "\n", &line) && line.len) {
			printf("%s=%.*s\n", option, FPS_SPAN_ARGS(line));
		}
	}
	free(text);
	free(option);
}

/* For the shells: the completions of the last of the words after `fpmsentinel`, as in base/options.h. */
static int complete(int count, char **words)
{
	const char *current = count > 0 ? words[count - 1] : "", *previous = count > 1 ? words[count - 2] : "";
	const char *equals = strncmp(current, "--", 2) == 0 ? strchr(current, '=') : NULL;

	if (equals) {
		offer_joined(count, words, equals);
	} else if (count > 2 && strcmp(current, "=") == 0) { /* bash makes three words of --format=json */
		offer(stdout, count, words, previous, "");
	} else {
		offer(stdout, count, words, count > 3 && strcmp(previous, "=") == 0 ? words[count - 3] : previous, current);
	}
	return FPS_EXIT_EXPLAINED;
}

/* `fpmsentinel --no-pager COMMAND`, as of git. */
static void skip_pager_option(int *argc, char ***argv)
{
	if (*argc > 2 && strcmp((*argv)[1], "--no-pager") == 0) {
		fps_pager_never(NULL, NULL);
		++*argv;
		--*argc;
	}
}

int main(int argc, char **argv)
{
	const struct fps_command *command;
	int status;

	if (argc > 1 && strcmp(argv[1], "--complete") == 0) {
		return complete(argc - 2, argv + 2);
	}
	skip_pager_option(&argc, &argv);
	command = find_command(argc > 1 ? argv[1] : "");
	fps_environment_clean();
	if (command) {
		status = fps_command_run(command, argc - 1, argv + 1);
	} else {
		/* the options of a command that does not exist are not looked at */
		status = fps_command_run(&self, argc > 1 && *argv[1] != '-' ? 2 : argc, argv);
	}
	if (command == NULL || !command->reports_refusals) {
		fps_trusted_complain();
	}
	fps_pager_end();
	return status;
}
