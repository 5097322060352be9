/*
 * A command of the tool: a file below command/, with its options (base/options.h) and what --help says about it.
 */
#ifndef FPS_COMMAND_H
#define FPS_COMMAND_H

#include "base/options.h"

#include <stddef.h>
#include <stdio.h>

/* Exit statuses of the tool. */
enum { FPS_EXIT_EXPLAINED, FPS_EXIT_UNEXPLAINED, FPS_EXIT_TROUBLE };

struct fps_command {
	const char *name, *summary;
	const char *old_name; /* which still works; NULL: it had none */
	const char *usage;    /* what follows the name: "[OPTION]... [FILE]..." */
	const char *about;    /* may be NULL */
	const struct fps_option *options;
	const char *notes[3];          /* paragraphs behind the options, then NULL */
	void (*print_more)(FILE *out); /* what --help says before the options and no constant does; may be NULL */
	/* values for completion, as fps_suggestions_offer(); NULL: it has none besides those in its rows */
	void (*suggest)(FILE *out, const char *argument, const char *current, int count, char *const *words);
	size_t size;               /* of the struct that the options are stored in */
	const void *defaults;      /* such a struct; NULL: zeros */
	int (*run)(void *options); /* returns an exit status */
	bool reports_refusals;     /* what trusted.h has refused is part of its output */
};

extern const struct fps_command fps_command_trace, fps_command_list, fps_command_info, fps_command_report,
	fps_command_explain, fps_command_doctor, fps_command_setup;

/* Runs when there is no command. Its options are only the format, 0 text or 1 JSON, as an unsigned. */
extern const struct fps_command fps_command_overview;

/* Parses the arguments, of which the first is skipped, and runs the command or prints its help. Returns an exit status.
 */
int fps_command_run(const struct fps_command *command, int argc, char **argv);

/* --help */
void fps_command_help(const struct fps_command *command, FILE *out);

/* Says what is wrong with the usage, NULL if that has been said. Returns an exit status. */
int fps_command_misuse(const struct fps_command *command, const char *what);

#endif
