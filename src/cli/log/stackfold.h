/*
 * Finds stack frames that repeat: a recursion is shown once, with its number of repetitions.
 */
#ifndef FPS_STACKFOLD_H
#define FPS_STACKFOLD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A stack of a record, the innermost frame first. `omitted` frames are missing in the middle, before frame `gap`. */
struct fps_stackfold {
	size_t count, gap;
	uint64_t omitted;
	struct json_object *frames; /* borrowed */
	uint64_t *hashes;           /* for each frame: members of JSON are looked up once, not for each comparison */
};

/* The PHP stack of a record's `php`, which must not change until fps_stackfold_free(). */
struct fps_stackfold fps_stackfold_stack(struct json_object *php);
void fps_stackfold_free(struct fps_stackfold *stack);

struct fps_cycle {
	size_t period;  /* frames */
	size_t end;     /* the first frame after it */
	uint64_t times; /* including the missing frames, if they lie within it */
};

/* Whether frames repeat from that one on: a single frame at least twice, a cycle of several at least three times. */
bool fps_stackfold_find(const struct fps_stackfold *stack, size_t from, struct fps_cycle *cycle);

#endif
