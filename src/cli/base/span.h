/*
 * Pieces of text that somebody else owns, and what is done with them. None of them ends in a NUL.
 */
#ifndef FPS_TEXT_H
#define FPS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct fps_span {
	const char *at; /* NULL: not there */
	size_t len;
};

#define FPS_SPAN(literal) ((struct fps_span) {(literal), sizeof(literal) - 1})

/* The span as it is named in printf(): "%.*s". */
#define FPS_SPAN_ARGS(span) ((int) (span).len), ((span).at ? (span).at : "")

bool fps_text_begins(struct fps_span text, const char *with);
bool fps_text_is(struct fps_span text, const char *what);

/* Where `what` begins in the text, NULL if nowhere. */
const char *fps_text_find(struct fps_span text, const char *what);

/* Takes `what` off the front, if it is there. */
bool fps_text_skip(struct fps_span *text, const char *what);

/* Takes everything up to the first `end` off the front, and that too. False, and nothing is taken, if there is none. */
bool fps_text_take(struct fps_span *text, const char *end, struct fps_span *taken);

/* Takes a number off the front; false if there is none, or one of more than 18 digits. */
bool fps_text_number(struct fps_span *text, int64_t *number);

/* A copy with a NUL, never NULL: the program ends if there is no memory. Of at most `max` bytes, if that is not 0. */
char *fps_text_copy(struct fps_span text, size_t max);

/* calloc() and realloc() that end the program where there is no memory. */
void *fps_text_allocate(size_t count, size_t size);
void *fps_text_resize(void *memory, size_t count, size_t size);

/* printf() into a text of its own, which is to be freed. */
__attribute__((format(printf, 1, 2)))
char *fps_text_format(const char *format, ...);

/* The length of the UTF-8 character that begins here, within `size` bytes; 0 if none does. */
size_t fps_text_character(const char *text, size_t size);

/*
 * Prints text of somebody else's: control characters and what is not UTF-8 as '?', what is not seen (bidi controls, zero width) as "\u202e".
 * A terminal must not obey a log, nor show something else than what stands there.
 */
void fps_text_print(FILE *out, const char *text);

/* The same for JSON, which stays JSON: everything of that kind stands in its strings, and becomes "\u202e" there. Newlines between them stay. */
void fps_text_print_json(FILE *out, const char *json);

/* Several lines of it, which may have tabs, the last one with a newline in any case. */
void fps_text_print_lines(FILE *out, const char *text);

/* printf() and a newline, to standard error and to standard output, as fps_text_print() has it. */
__attribute__((format(printf, 1, 2)))
void fps_text_warn(const char *format, ...);
__attribute__((format(printf, 1, 2)))
void fps_text_say(const char *format, ...);

#endif
