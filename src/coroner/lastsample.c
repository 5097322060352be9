#include "coroner/lastsample.h"

#include <string.h>

/* The last complete one of the request; NULL if there is none. */
static const struct fps_sample *find(const struct fps_slot *slot, const struct fps_slot *copy)
{
	uint32_t number = atomic_load_explicit(&slot->samples, memory_order_acquire);
	const struct fps_sample *sample = &slot->sample[number % 2];

	return number > 0 && sample->requests_served == copy->requests_served ? sample : NULL;
}

static void add_memory(const struct fps_draft *sample, struct fps_draft *draft)
{
	draft->memory_used = sample->memory_used;
	draft->memory_peak = sample->memory_peak;
	draft->memory_rss = sample->memory_rss;
}

/* The parts that are the same in all samples of one request. */
static void add_request(const struct fps_draft *sample, struct fps_draft *draft)
{
	if (!draft->client_port[0] && !draft->query[0]) {
		memcpy(draft->client_port, sample->client_port, sizeof draft->client_port);
		memcpy(draft->query, sample->query, sizeof draft->query);
	}
}

/* Of shutdown functions and destructors the sample alone knows: the slot learns it as the engine ends, and no request
 * comes back from there. */
static void add_state(const struct fps_draft *sample, struct fps_draft *draft)
{
	draft->headers_sent = sample->headers_sent;
	draft->state_unknown = 0;
	if (sample->phase == FPS_PHASE_SHUTDOWN
		&& (draft->phase == FPS_PHASE_EXECUTE || draft->phase == FPS_PHASE_COMPILE)) {
		draft->phase = FPS_PHASE_SHUTDOWN;
	}
}

static void add_php_stack(const struct fps_draft *sample, struct fps_draft *draft)
{
	draft->sampled_ns = sample->died_ns;
	draft->php_frames = sample->php_frames;
	draft->php_frames_omitted = sample->php_frames_omitted;
	draft->compiling = sample->compiling;
	memcpy(draft->php_frame, sample->php_frame, sizeof draft->php_frame);
	memcpy(draft->arena, sample->arena, sizeof draft->arena);
	draft->arena_len = sample->arena_len <= sizeof draft->arena ? sample->arena_len : 0;
}

void fps_lastsample_add(const struct fps_slot *slot, struct fps_slot *copy)
{
	const struct fps_sample *sample = find(slot, copy);
	struct fps_draft *draft = &copy->draft;
	uint32_t has = atomic_load(&draft->stages_done), had, added = 0;

	if (!sample) {
		return;
	}
	had = atomic_load(&sample->draft.stages_done);
	add_request(&sample->draft, draft);
	if (!(has & 1u << FPS_STAGE_MEMORY)) {
		add_memory(&sample->draft, draft);
		added |= 1u << FPS_STAGE_MEMORY;
	}
	/*
	 * A sample that the worker itself has begun is newer. A lack of earlier samples does not complete one that it could
	 * not read.
	 */
	if (!(has & 1u << FPS_STAGE_PHP_STACK) && draft->php_frames == 0 && draft->arena_len == 0
		&& (sample->draft.php_frames > 0 || !(has & FPS_DRAFT_IDENTIFIED))) {
		add_php_stack(&sample->draft, draft);
		added |= 1u << FPS_STAGE_PHP_STACK;
	}
	if (!draft->has_cpu) {
		draft->has_cpu = sample->draft.has_cpu;
		draft->cpu_us = sample->draft.cpu_us;
	}
	if (draft->state_unknown) {
		add_state(&sample->draft, draft);
	}
	atomic_store(&draft->stages_done, has | (had & added));
}

uint64_t fps_lastsample_taken_ns(const struct fps_slot *slot)
{
	const struct fps_sample *sample = find(slot, slot);

	return sample ? sample->draft.died_ns : 0;
}

uint64_t fps_lastsample_rss(const struct fps_slot *slot)
{
	const struct fps_sample *sample = slot ? find(slot, slot) : NULL;

	return sample ? sample->draft.memory_rss : 0;
}
