/*
 * Stack frames that repeat: a recursion is shown once, with how often it went around.
 */
#ifndef FPS_STACKFOLD_H
#define FPS_STACKFOLD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A stack of a record, the innermost frame first, of which `omitted` frames in the middle are missing, before frame
 * `gap`.
 */
struct fps_stackfold {
	size_t count, gap;
	uint64_t omitted;
	struct json_object *frames; /* borrowed */
};

/* The PHP stack of a record's `php`. */
struct fps_stackfold fps_stackfold_stack(struct json_object *php);

struct fps_cycle {
	size_t period;  /* frames */
	size_t end;     /* the first frame behind it */
	uint64_t times; /* with the frames that are missing, if they lie within it */
};

/* Whether frames repeat from that one on: one frame at least twice, a cycle of several at least three times. */
bool fps_stackfold_find(const struct fps_stackfold *stack, size_t from, struct fps_cycle *cycle);

#endif
