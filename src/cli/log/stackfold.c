/* Finds the shortest cycle that begins at a frame. */
#include "log/stackfold.h"

#include "base/alloc.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

/* Events and hooks of frameworks go through a dozen calls for each handler. */
enum { LONGEST = 32 };

/* What distinguishes places. Whether the line is exact does not. */
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
	struct json_object *first, *second;

	if (one == other || stack->hashes[one] != stack->hashes[other]) {
		return one == other;
	}
	first = json_object_array_get_idx(stack->frames, one);
	second = json_object_array_get_idx(stack->frames, other);
	for (size_t i = 0; i < NAMES; i++) {
		if (!json_object_equal(fps_json_member(first, names[i]), fps_json_member(second, names[i]))) {
			return false;
		}
	}
	return true;
}

/* Whether the frames from `at` on, one cycle's worth, are those of the cycle that begins at `from`, shifted. */
static bool goes_on(const struct fps_stackfold *stack, size_t from, size_t period, size_t at, uint64_t shift)
{
	size_t end = at + period < stack->count ? at + period : stack->count;

	for (size_t i = at; i < end; i++) {
		if (!is_same(stack, from + (size_t) ((i - from + shift) % period), i)) {
			return false;
		}
	}
	return at < end;
}

/*
 * By how many frames a cycle is shifted behind the gap: by those that are missing, or, where one of its rounds has
 * taken another way, by whatever fits.
 */
static uint64_t shift_behind_gap(const struct fps_stackfold *stack, size_t from, size_t period)
{
	for (uint64_t more = 0; more < period; more++) {
		if (goes_on(stack, from, period, stack->gap, stack->omitted + more)) {
			return stack->omitted + more;
		}
	}
	return stack->omitted;
}

/* How many frames from there on go around a cycle, with those behind the gap. */
static size_t run(const struct fps_stackfold *stack, size_t from, size_t period)
{
	uint64_t shift = 0;
	size_t at = from;

	for (; at < stack->count; at++) {
		size_t like;

		if (at == stack->gap && from < stack->gap && from + period <= stack->gap) {
			shift = shift_behind_gap(stack, from, period);
		}
		like = from + (size_t) ((at - from + shift) % period);
		if (like >= stack->count || !is_same(stack, like, at)) {
			break;
		}
	}
	return at - from;
}

bool fps_stackfold_find(const struct fps_stackfold *stack, size_t from, struct fps_cycle *cycle)
{
	for (size_t period = 1; period <= LONGEST; period++) {
		size_t next = from + period, frames, least = period == 1 ? 2 : 3;

		/* nearly always it is no cycle, and that is seen at once, but where frames are missing between the two */
		if ((next < stack->gap || (from >= stack->gap && next < stack->count))
			&& stack->hashes[from] != stack->hashes[next]) {
			continue;
		}
		frames = run(stack, from, period);

		if (frames >= least * period) {
			bool across = from < stack->gap && from + frames > stack->gap;
			uint64_t times = (frames + (across ? stack->omitted : 0)) / period;

			*cycle = (struct fps_cycle) {period, across ? from + frames : from + frames / period * period, times};
			return true;
		}
	}
	return false;
}
