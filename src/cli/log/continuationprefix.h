/*
 * What stood around earlier entries. A line that begins nothing known, such as the second line of an entry, has the
 * same around it.
 */
#ifndef FPS_CONTINUATIONPREFIX_H
#define FPS_CONTINUATIONPREFIX_H

#include "base/span.h"

enum { FPS_CONTINUATIONPREFIX_MAX = 16, FPS_CONTINUATIONPREFIX_STEPS = 12, FPS_CONTINUATIONPREFIX_BITS = 5 };

/* Zeros to begin with. */
struct fps_continuationprefix {
	/* unknown text before an entry, with runs of digits as 0, of blanks as one */
	char *prefixes[FPS_CONTINUATIONPREFIX_MAX];
	size_t prefix_count;
	uint64_t
		shapes[FPS_CONTINUATIONPREFIX_MAX]; /* which envelopes an entry had: five bits each, the outermost one lowest */
	size_t shape_count;
};

void fps_continuationprefix_add(struct fps_continuationprefix *learned, struct fps_span prefix);

/* How much of the text is such a prefix; 0: nothing. */
size_t fps_continuationprefix_find(const struct fps_continuationprefix *learned, struct fps_span text);

void fps_continuationprefix_add_shape(struct fps_continuationprefix *learned, uint64_t shape);

/*
 * How many of a shape's outermost envelopes some entry had exactly, the others being wrong; -1: no entry had any of
 * them.
 */
int fps_continuationprefix_steps(const struct fps_continuationprefix *learned, uint64_t shape);

void fps_continuationprefix_free(struct fps_continuationprefix *learned);

#endif
