/*
 * A span: a piece of text that somebody else owns. It does not end in a NUL.
 */
#ifndef FPS_SPAN_H
#define FPS_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fps_span {
	const char *at; /* NULL: not there */
	size_t len;
};

#define FPS_SPAN(literal) ((struct fps_span) {(literal), sizeof(literal) - 1})

/* The span as it is named in printf(): "%.*s". */
#define FPS_SPAN_ARGS(span) ((int) (span).len), ((span).at ? (span).at : "")

/* All of a text that ends in a NUL; NULL: not there. */
struct fps_span fps_span_of(const char *text);

bool fps_span_begins(struct fps_span text, const char *with);
bool fps_span_is(struct fps_span text, const char *what);

/* Whether it is one of these words, which have blanks between them, in whatever case. */
bool fps_span_is_among(struct fps_span text, const char *words);

/* Where `what` begins in the text, NULL if nowhere. */
const char *fps_span_find(struct fps_span text, const char *what);

/* Takes `what` off the front, if it is there. */
bool fps_span_skip(struct fps_span *text, const char *what);

/* Takes everything up to the first `end` off the front, and that too. False, and nothing is taken, if there is none. */
bool fps_span_take(struct fps_span *text, const char *end, struct fps_span *taken);

/* Takes the next piece off the front, up to the end or to a separator, and that too. False: nothing is left. */
bool fps_span_next(struct fps_span *text, const char *separator, struct fps_span *piece);

/* Takes all of these characters off the front. */
void fps_span_skip_all(struct fps_span *text, const char *characters);

/* Takes a number off the front; false if there is none, or one of more than 18 digits. */
bool fps_span_number(struct fps_span *text, int64_t *number);

/*
 * The length of the UTF-8 character that begins here, within `size` bytes, and which one it is (`point` may be NULL); 0
 * if none does.
 */
size_t fps_span_character(const char *text, size_t size, uint32_t *point);

/* Writes a character as UTF-8, of at most four bytes; how many. */
size_t fps_span_put_character(uint32_t point, char *to);

#endif
