#include "compat.h"

#include "errors.h"
#include "fatal.h"

#include "sig/death.h"
#include "sig/engine.h"
#include "sig/sender.h"

#define MINUTE_NS 60000000000ULL

static uint64_t suppressed;

/* So many a minute and no more; how many were left out since stands in the next one. */
static bool is_allowed(const struct fps_config *config, uint64_t now_ns, uint64_t *left_out)
{
	static uint64_t minute, in_minute;

	if (now_ns / MINUTE_NS != minute) {
		minute = now_ns / MINUTE_NS;
		in_minute = 0;
	}
	if (in_minute >= (uint64_t) config->max_per_minute) {
		suppressed++;
		return false;
	}
	in_minute++;
	*left_out = suppressed;
	return true;
}

void fps_errors_record(struct fps_slot *slot, const struct fps_config *config, int type, zend_string *file, uint32_t line,
	zend_string *message)
{
	static uint64_t killed_request;
	struct fps_draft *draft = &slot->draft;
	uint32_t stages = (1u << FPS_STAGES) - 1;
	uint64_t left_out = 0;
	struct fps_sig_vm vm = {.max_frames = (uint32_t) config->max_frames};

	if (!fps_fatal_is(type) || killed_request == slot->requests_served
		|| !is_allowed(config, fps_sig_death_now_ns(CLOCK_MONOTONIC), &left_out)) {
		return;
	}
	killed_request = slot->requests_served;
	fps_sig_death_begin(draft);
	draft->event = ++slot->events;
	fps_sig_engine_state(slot, draft);
	fps_sig_engine_limits(&slot->request);
	fps_sig_engine_memory(draft);
	fps_sig_engine_vm(&vm);
	if (!fps_fatal_fill(draft, &vm, type, file, line, message)) {
		stages &= ~(1u << FPS_STAGE_PHP_STACK);
	}
	atomic_store(&draft->stages_done, stages);
	fps_sig_sender_evidence(draft, "PHP reported the error and ended the request; the worker lives on", 0, NULL);
	if (left_out > 0) {
		fps_sig_sender_evidence(draft, "", (int64_t) left_out, " records before this one were over fpmsentinel.max_per_minute");
	}
	suppressed = fps_sig_death_write(slot) ? 0 : suppressed + 1;
}
