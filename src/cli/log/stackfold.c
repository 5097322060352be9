/* The shortest cycle that begins at a frame. */
#include "log/stackfold.h"

#include "base/alloc.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST = 8 };

/* What tells one place from another. Whether its line is exact does not. */
static const char *const names[] = {"class", "type", "function", "file", "line", "name"};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

/* Equal for equal values. */
static uint64_t add_to_hash(uint64_t hash, struct json_object *value)
{
	const char *text = fps_json_text(value);
	size_t len = text ? strlen(text) : 0;
	bool is_number = json_object_is_type(value, json_type_int);

	hash = (hash ^ (is_number ? (uint64_t) json_object_get_int64(value) : len)) * 1099511628211U;
	for (size_t i = 0; i < len; i++) {
		hash = (hash ^ (unsigned char) text[i]) * 1099511628211U;
	}
	return hash;
}

static uint64_t hash_of(struct json_object *frame)
{
	uint64_t hash = 14695981039346656037U;

	for (size_t i = 0; i < NAMES; i++) {
		hash = add_to_hash(hash, fps_json_member(frame, names[i]));
	}
	return hash;
}

struct fps_stackfold fps_stackfold_stack(struct json_object *php)
{
	struct json_object *stack = fps_json_member(php, "stack");
	struct fps_stackfold fold = {.frames = stack, .count = fps_json_length(stack), .gap = fps_json_length(stack)};
	int64_t omitted = json_object_get_int64(fps_json_member(php, "frames_omitted"));

	if (omitted > 0) {
		fold.omitted = (uint64_t) omitted;
		fold.gap = (fold.count + 1) / 2;
	}
	fold.hashes = fps_alloc(fold.count, sizeof(*fold.hashes));
	for (size_t i = 0; i < fold.count; i++) {
		fold.hashes[i] = hash_of(json_object_array_get_idx(stack, i));
	}
	return fold;
}

void fps_stackfold_free(struct fps_stackfold *stack)
{
	free(stack->hashes);
	stack->hashes = NULL;
}

/* The same place and the same hook. */
static bool is_same(const struct fps_stackfold *stack, size_t one, size_t other)
{
	struct json_object *first = json_object_array_get_idx(stack->frames, one),
					   *second = json_object_array_get_idx(stack->frames, other);

	if (one == other || stack->hashes[one] != stack->hashes[other]) {
		return one == other;
	}
	for (size_t i = 0; i < NAMES; i++) {
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
