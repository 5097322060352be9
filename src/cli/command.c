/* A command of the tool: from its arguments to its exit status. */
#include "command.h"

#include "base/alloc.h"
#include "base/warn.h"

#include <stdlib.h>
#include <string.h>

enum { HELP_WIDTH = 100 };

static const char *space_before(const char *name)
{
	return *name ? " " : "";
}

void fps_command_help(const struct fps_command *command, FILE *out)
{
	struct fps_style style = fps_terminal_style(out);

	style.width = style.width < HELP_WIDTH ? style.width : HELP_WIDTH;
	fprintf(out, "Usage: fpmsentinel%s%s %s\n", space_before(command->name), command->name, command->usage);
	if (command->about) {
		fps_terminal_wrap(out, &style, 0, command->about);
	}
	putc('\n', out);
	if (command->print_more) {
		command->print_more(out);
		putc('\n', out);
	}
	fps_options_print(out, &style, command->options);
	for (size_t i = 0; command->notes[i]; i++) {
		fputs(i == 0 ? "\n" : "", out);
		fps_terminal_wrap(out, &style, 0, command->notes[i]);
	}
}

int fps_command_misuse(const struct fps_command *command, const char *what)
{
	if (what) {
		fps_warn("%s", what);
	}
	fprintf(stderr, "Try 'fpmsentinel%s%s --help'.\n", space_before(command->name), command->name);
	return FPS_EXIT_TROUBLE;
}

int fps_command_run(const struct fps_command *command, int argc, char **argv)
{
	void *options = fps_alloc(1, command->size);
	int status = FPS_EXIT_EXPLAINED;

	if (command->defaults) {
		memcpy(options, command->defaults, command->size);
	}
	switch (fps_options_parse(command->options, argc, argv, options)) {
		case FPS_OPTIONS_PARSED: status = command->run(options); break;
		case FPS_OPTIONS_HELP: fps_command_help(command, stdout); break;
		case FPS_OPTIONS_WRONG: status = fps_command_misuse(command, NULL);
	}
	free(options);
	return status;
}
