/* The shortest cycle that begins at a frame. */
#include "log/fold.h"

enum { LONGEST = 8 };

struct fps_fold fps_fold_stack(struct json_object *php)
{
	struct json_object *stack = NULL, *omitted = NULL;
	struct fps_fold fold = {0};

	if (json_object_object_get_ex(php, "stack", &stack) && json_object_is_type(stack, json_type_array)) {
		fold.frames = stack;
		fold.count = fold.gap = json_object_array_length(stack);
	}
	if (json_object_object_get_ex(php, "frames_omitted", &omitted) && json_object_get_int64(omitted) > 0) {
		fold.omitted = (uint64_t) json_object_get_int64(omitted);
		fold.gap = (fold.count + 1) / 2;
	}
	return fold;
}

/* The same place, whether its line is exact or not, and the same hook. */
static bool is_same(const struct fps_fold *stack, size_t one, size_t other)
{
	static const char *const names[] = {"class", "type", "function", "file", "line", "name"};
	struct json_object *first = json_object_array_get_idx(stack->frames, one),
					   *second = json_object_array_get_idx(stack->frames, other);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct json_object *a = NULL, *b = NULL;

		json_object_object_get_ex(first, names[i], &a);
		json_object_object_get_ex(second, names[i], &b);
		if (!json_object_equal(a, b)) {
			return false;
		}
	}
	return true;
}

/*
 * How many frames from there on go around a cycle; that of a frame behind the gap goes on as if all that are missing
 * did.
 */
static size_t run(const struct fps_fold *stack, size_t from, size_t period)
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
