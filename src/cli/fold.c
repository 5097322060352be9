/* The shortest cycle that begins at a frame. */
#include "fold.h"

enum { LONGEST = 8 };

/* How many frames from there on go around a cycle; that of a frame behind the gap goes on as if all that are missing did. */
static size_t run(const struct fps_fold *stack, size_t from, size_t period)
{
	size_t at = from;

	for (; at < stack->count; at++) {
		uint64_t missing = at >= stack->gap && from < stack->gap ? stack->omitted : 0;
		size_t like = from + (size_t) ((at - from + missing) % period);

		if (like >= stack->count || !stack->is_same(stack->frames, like, at)) {
			break;
		}
	}
	return at - from;
}

bool fps_fold_find(const struct fps_fold *stack, size_t from, struct fps_cycle *cycle)
{
	for (size_t period = 1; period <= LONGEST; period++) {
		size_t frames = run(stack, from, period), least = period == 1 ? 2 : 3;

		if (frames >= least * period) {
			bool across = from < stack->gap && from + frames > stack->gap;
			uint64_t times = (frames + (across ? stack->omitted : 0)) / period;

			*cycle = (struct fps_cycle) {period, across ? from + frames : from + frames / period * period, times};
			return true;
		}
	}
	return false;
}
