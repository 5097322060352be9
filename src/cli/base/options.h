/*
 * The options of a command, one row each: the parser, --help, the messages on wrong usage and what shells offer come
 * from the rows. getopt_long() does the parsing, so long options can be abbreviated and short ones bundled.
 */
#ifndef FPS_OPTIONS_H
#define FPS_OPTIONS_H

#include "base/terminal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Stores a value, NULL for an option that takes none, in its field. False: there is no such value. */
typedef bool fps_options_setter(void *field, const char *value);

/*
 * Without a name: an argument that is no option, or, without a setter either, text between the options. An argument
 * with the letter '1' may also be -1, -2 and so on.
 */
struct fps_option {
	char letter; /* 0: it has only its name */
	const char *name;
	const char *argument;      /* what --help calls the value; NULL: one of the values, or the option takes none */
	const char *const *values; /* the values it may have, the last one NULL; NULL: any that the setter accepts */
	const char *help;          /* NULL: an old name that still works, which nobody is offered */
	fps_options_setter
		*set;      /* NULL: the index among the values is stored, in an enum or unsigned; without values: --help */
	size_t offset; /* of the field in the struct that the options are stored in */
};

/* What closes the rows of a command. */
#define FPS_OPTIONS_END \
	{'h', "help", NULL, NULL, "show this help", NULL, 0}, \
	{ \
		.help = NULL \
	}

/* Setters, by the type of the field. */
fps_options_setter fps_options_flag;   /* bool */
fps_options_setter fps_options_text;   /* const char * */
fps_options_setter fps_options_number; /* int64_t, not negative */
fps_options_setter fps_options_span;   /* int64_t, seconds, not 0: "90", "90s", "2m" */
fps_options_setter fps_options_time;   /* int64_t, seconds since the epoch */
fps_options_setter fps_options_end;    /* the same; a day means its last second */
fps_options_setter fps_options_list;   /* struct fps_options_list */

/* What --help calls a value of fps_options_time, in full. */
#define FPS_OPTIONS_TIMES \
	"\"2026-11-25 06:55\", 06:55, today, yesterday, 2h or -2h (ago), 3d, 1w, @EPOCH; a Z at the end is UTC"

/* The values of an option that may be repeated. The caller frees `all`. */
struct fps_options_list {
	const char **all;
	size_t count;
};

enum fps_options_result { FPS_OPTIONS_PARSED, FPS_OPTIONS_HELP, FPS_OPTIONS_WRONG };

/* argv[0] is skipped. FPS_OPTIONS_WRONG: it has said on standard error what is wrong. */
enum fps_options_result fps_options_parse(const struct fps_option *rows, int argc, char **argv, void *into);

/* The rows as --help shows them. */
void fps_options_print(FILE *out, const struct fps_style *style, const struct fps_option *rows);

/*
 * Prints what can complete the unfinished word `current` after the word `previous`, one per line: the word, a tab and
 * its description. Nothing where a file name or free text is expected. Returns what --help calls what is expected,
 * "POOL" or "FILE"; NULL: it was printed.
 */
const char *fps_options_complete(FILE *out, const struct fps_option *rows, const char *previous, const char *current);

/* One such line, if the word begins like the unfinished one. */
void fps_options_offer(FILE *out, const char *current, const char *word, const char *help);

#endif
