/*
 * What stood around earlier entries. A line that begins nothing known, such as the second line of an entry, has the
 * same around it.
 */
#ifndef FPS_LEARNEDPREFIX_H
#define FPS_LEARNEDPREFIX_H

#include "base/span.h"

enum { FPS_LEARNEDPREFIX_MAX = 16, FPS_LEARNEDPREFIX_STEPS = 12, FPS_LEARNEDPREFIX_BITS = 5 };

/* Zeros to begin with. */
struct fps_learnedprefix {
	/* unknown text before an entry, with runs of digits as 0, of blanks as one */
	char *prefixes[FPS_LEARNEDPREFIX_MAX];
	size_t prefix_count;
	uint64_t shapes[FPS_LEARNEDPREFIX_MAX]; /* which envelopes an entry had: five bits each, the outermost one lowest */
	size_t shape_count;
};

void fps_learnedprefix_add(struct fps_learnedprefix *learned, struct fps_span prefix);

/* How much of the text is such a prefix; 0: nothing. */
size_t fps_learnedprefix_find(const struct fps_learnedprefix *learned, struct fps_span text);

void fps_learnedprefix_add_shape(struct fps_learnedprefix *learned, uint64_t shape);

/*
 * How many of a shape's outermost envelopes some entry had exactly, the others being wrong; -1: no entry had any of
 * them.
 */
int fps_learnedprefix_steps(const struct fps_learnedprefix *learned, uint64_t shape);

void fps_learnedprefix_free(struct fps_learnedprefix *learned);

#endif
