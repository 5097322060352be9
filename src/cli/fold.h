/*
 * Stack frames that repeat: a recursion is shown once, with how often it went around.
 */
#ifndef FPS_FOLD_H
#define FPS_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A stack, the innermost frame first, of which `omitted` frames in the middle are missing, before frame `gap`. */
struct fps_fold {
	size_t count, gap;
	uint64_t omitted;
	bool (*is_same)(const void *frames, size_t one, size_t other);
	const void *frames;
};

struct fps_cycle {
	size_t period; /* frames */
	size_t end;    /* the first frame behind it */
	uint64_t times; /* with the frames that are missing, if they lie within it */
};

/* Whether frames repeat from that one on: one frame at least twice, a cycle of several at least three times. */
bool fps_fold_find(const struct fps_fold *stack, size_t from, struct fps_cycle *cycle);

#endif
