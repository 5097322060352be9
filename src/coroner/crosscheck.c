#include "coroner/crosscheck.h"

static bool is_within(uint64_t ns, const struct fps_slot *copy, uint64_t latest_ns)
{
	return ns >= copy->who.claimed_ns && ns <= latest_ns;
}

static void bound_times(struct fps_slot *copy, const struct fps_crosscheck *bounds)
{
	struct fps_draft *draft = &copy->draft;
	struct fps_request *request = &copy->request;

	if (!is_within(draft->died_ns, copy, bounds->latest_ns)) {
		draft->died_ns = bounds->seen_ns;
	}
	draft->died_us = (bounds->epoch_ns + draft->died_ns) / 1000;
	if (request->started_ns && !is_within(request->started_ns, copy, draft->died_ns)) {
		request->started_ns = draft->died_ns;
	}
	if (draft->sampled_ns && draft->sampled_ns < copy->who.claimed_ns) {
		draft->sampled_ns = copy->who.claimed_ns;
	}
	if (!is_within(copy->quit_ns, copy, draft->died_ns)) {
		copy->quit_ns = 0;
	}
}

void fps_crosscheck_death(struct fps_slot *copy, const struct fps_crosscheck *bounds)
{
	bound_times(copy, bounds);
	if (copy->draft.cause > FPS_CAUSE_KILLED) {
		copy->draft.cause = FPS_CAUSE_UNKNOWN_DEATH;
		copy->draft.confidence = FPS_POSSIBLE;
	}
	copy->draft.event = 0;
	copy->draft.child_pid = 0;
}

bool fps_crosscheck_child(struct fps_slot *copy, const struct fps_crosscheck *bounds)
{
	bound_times(copy, bounds);
	copy->draft.event |= FPS_EVENT_OF_CHILD;
	return copy->draft.child_pid > 0 && copy->draft.cause >= FPS_CAUSE_SEGFAULT
		&& copy->draft.cause <= FPS_CAUSE_FILE_SIZE_LIMIT;
}

bool fps_crosscheck_event(struct fps_slot *copy, const struct fps_crosscheck *bounds)
{
	bound_times(copy, bounds);
	copy->draft.child_pid = 0;
	copy->draft.event = copy->draft.event ? copy->draft.event : 1; /* 0 would be the id of the request's death */
	return copy->draft.cause >= FPS_CAUSE_MEMORY_LIMIT && copy->draft.cause <= FPS_CAUSE_TIME_PRESSURE;
}
