/*
 * Text for people: printing it safely, in colour, and in lines of the terminal's width.
 */
#ifndef FPS_TERMINAL_H
#define FPS_TERMINAL_H

#include "base/span.h"

#include <stdarg.h>
#include <stdio.h>

struct fps_style {
	bool colour;
	size_t width;   /* of text that is wrapped */
	size_t columns; /* of a line in a table, which may be as wide as the terminal; 0: no limit, as it is not one */
};

#define FPS_TERMINAL_BOLD "\033[1m"
#define FPS_TERMINAL_RED "\033[31m"
#define FPS_TERMINAL_YELLOW "\033[33m"
#define FPS_TERMINAL_PLAIN "\033[0m"

/* Colour and width for a file: a terminal, or not; NO_COLOR is respected. */
struct fps_style fps_terminal_style(FILE *out);

/* From now on what is written to standard output is shown on this terminal by another program, a pager. */
void fps_terminal_show_on(int terminal);

/* Whether text in UTF-8 can be shown, by the locale that the environment names. */
bool fps_terminal_has_utf8(void);

/* The code of a colour, or "" where there are none. */
const char *fps_terminal_colour(const struct fps_style *style, const char *code);

/*
 * Prints untrusted text: control characters and bytes that are not UTF-8 as '?', invisible characters (bidi controls,
 * zero width) as "\u202e". A log must not control the terminal, nor make it show something else than what it contains.
 */
void fps_terminal_print(FILE *out, const char *text);
void fps_terminal_print_span(FILE *out, struct fps_span text);

/* The same for JSON, which stays JSON: in its strings such a character becomes "\u202e". Newlines between them stay. */
void fps_terminal_print_json(FILE *out, const char *json);

/* At most that many columns of it: what is longer ends in "...", or begins so if `keeps_end`. Pads with blanks. */
void fps_terminal_print_column(FILE *out, const char *text, size_t columns, bool keeps_end);

/* Several lines of it, which may have tabs, the last one with a newline in any case. */
void fps_terminal_print_lines(FILE *out, const char *text);

/* printf() and a newline, as fps_terminal_print() prints it; fps_terminal_say() to standard output. */
__attribute__((format(printf, 2, 0))) void fps_terminal_line(FILE *out, const char *format, va_list arguments);
__attribute__((format(printf, 1, 2))) void fps_terminal_say(const char *format, ...);

/* Text in lines of the style's width, each but the first behind `indent` blanks. */
void fps_terminal_wrap(FILE *out, const struct fps_style *style, size_t indent, const char *text);

/* The name of what follows, in a column of `indent` characters. */
void fps_terminal_label(FILE *out, size_t indent, const char *name);

/* Text with a name, wrapped; nothing where the text is NULL or empty. */
void fps_terminal_field(FILE *out, const struct fps_style *style, size_t indent, const char *name, const char *text);

#endif
