/*
 * The nearest of several names to one that somebody has mistyped, by edit distance.
 */
#ifndef FPS_NEAREST_H
#define FPS_NEAREST_H

#include <stddef.h>

struct fps_nearest {
	const char *word, *best; /* best: borrowed from the last call that improved it; NULL: none is near enough */
	size_t distance;
};

/* Begin with this. */
#define FPS_NEAREST(to) ((struct fps_nearest) {.word = (to)})

/* Compares another candidate. */
void fps_nearest_try(struct fps_nearest *nearest, const char *candidate);

/* " (nearest: BEST)", with that prefix before the name, or "" if none is near. The caller frees it. */
char *fps_nearest_hint(const struct fps_nearest *nearest, const char *prefix);

#endif
