/*
 * Messages on standard error: "fpmsentinel: ", the message and a newline, printed as fps_terminal_print() prints text:
 * a terminal must not obey a log.
 */
#ifndef FPS_WARN_H
#define FPS_WARN_H

#include <stdbool.h>
#include <stddef.h>

/* Whether fps_warn() says nothing, as while a file is looked at that will be read later. */
void fps_warn_hush(bool hush);

/* As printf(); %m is what errno says. Always false, for callers that fail. */
__attribute__((format(printf, 1, 2))) bool fps_warn(const char *format, ...);

/* Somebody else's text, which may have lines and tabs. Always false. */
bool fps_warn_lines(const char *text);

/* Messages that are not printed. */
struct fps_warn_kept {
	char **all; /* the caller frees them: fps_alloc_free_all() */
	size_t count;
};

/* From now on messages are added to these; NULL: they are printed again. */
void fps_warn_keep(struct fps_warn_kept *kept);

#endif
