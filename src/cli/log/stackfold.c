/* The shortest cycle that begins at a frame. */
#include "log/stackfold.h"

#include "base/json.h"

enum { LONGEST = 8 };

struct fps_stackfold fps_stackfold_stack(struct json_object *php)
{
	struct json_object *stack = fps_json_member(php, "stack");
	struct fps_stackfold fold = {.frames = stack, .count = fps_json_length(stack), .gap = fps_json_length(stack)};
	int64_t omitted = json_object_get_int64(fps_json_member(php, "frames_omitted"));

	if (omitted > 0) {
		fold.omitted = (uint64_t) omitted;
		fold.gap = (fold.count + 1) / 2;
	}
	return fold;
}

/* The same place, whether its line is exact or not, and the same hook. */
static bool is_same(const struct fps_stackfold *stack, size_t one, size_t other)
{
	static const char *const names[] = {"class", "type", "function", "file", "line", "name"};
	struct json_object *first = json_object_array_get_idx(stack->frames, one),
					   *second = json_object_array_get_idx(stack->frames, other);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!json_object_equal(fps_json_member(first, names[i]), fps_json_member(second, names[i]))) {
			return false;
		}
	}
	return true;
}

/*
 * How many frames from there on go around a cycle; that of a frame behind the gap goes on as if all that are missing
 * did.
 */
static size_t run(const struct fps_stackfold *stack, size_t from, size_t period)
{
	size_t at = from;

	for (; at < stack->count; at++) {
		uint64_t missing = at >= stack->gap && from < stack->gap ? stack->omitted : 0;
		size_t like = from + (size_t) ((at - from + missing) % period);

		if (like >= stack->count || !is_same(stack, like, at)) {
			break;
		}
	}
	return at - from;
}

bool fps_stackfold_find(const struct fps_stackfold *stack, size_t from, struct fps_cycle *cycle)
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
