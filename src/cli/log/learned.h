/*
 * What stood around entries before: what begins nothing known, as the second line of an entry, has the same around it.
 */
#ifndef FPS_LEARNED_H
#define FPS_LEARNED_H

#include "base/span.h"

enum { FPS_LEARNED_MAX = 16, FPS_LEARNED_STEPS = 15 };

/* Zeros to begin with. */
struct fps_learned {
	char
		*prefixes[FPS_LEARNED_MAX]; /* unknown text that stood before an entry, runs of digits as 0, of blanks as one */
	size_t prefix_count;
	uint64_t shapes[FPS_LEARNED_MAX]; /* which envelopes an entry had: four bits each, the outermost one lowest */
	size_t shape_count;
};

void fps_learned_prefix(struct fps_learned *learned, struct fps_span prefix);

/* How much of the text is such a prefix; 0: none is. */
size_t fps_learned_find(const struct fps_learned *learned, struct fps_span text);

void fps_learned_shape(struct fps_learned *learned, uint64_t shape);

/* How many of a shape's outermost envelopes some entry had exactly, all others being wrong; -1: none had any such. */
int fps_learned_steps(const struct fps_learned *learned, uint64_t shape);

void fps_learned_free(struct fps_learned *learned);

#endif
