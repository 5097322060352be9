#include "compat.h"

#include "worker/fatal.h"
#include "worker/fatalrecord.h"
#include "worker/ratelimit.h"

#include "sig/death.h"
#include "sig/draftowner.h"
#include "sig/engine.h"
#include "sig/requestinfo.h"
#include "sig/sender.h"

void fps_fatalrecord_write(struct fps_slot *slot, const struct fps_config *config, int type, zend_string *file,
	uint32_t line, zend_string *message)
{
	static uint64_t killed_request;
	struct fps_draft *draft = &slot->draft;
	uint32_t stages = (1u << FPS_STAGES) - 1;
	uint64_t left_out = 0;
	struct fps_sig_vm vm = {.max_frames = (uint32_t) config->max_frames};

	if (!fps_fatal_is(type) || killed_request == slot->requests_served || !fps_sig_draftowner_borrow()) {
		return;
	}
	if (!fps_ratelimit_take((uint32_t) config->max_per_minute, &left_out)) {
		fps_sig_draftowner_give_back();
		return;
	}
	killed_request = slot->requests_served;
	fps_sig_death_begin(draft);
	draft->event = ++slot->events;
	fps_sig_engine_state(slot, draft);
	fps_sig_engine_limits(&slot->request);
	fps_sig_requestinfo_fill(draft);
	fps_sig_engine_memory(draft);
	fps_sig_engine_vm(&vm);
	fps_sig_engine_cpu(slot, draft);
	if (!fps_fatal_fill(draft, &vm, type, file, line, message)) {
		stages &= ~(1u << FPS_STAGE_PHP_STACK);
	}
	atomic_store(&draft->stages_done, stages);
	fps_sig_sender_evidence(draft, "PHP reported the error and ended the request; the worker lives on", 0, NULL);
	fps_ratelimit_mention(draft, left_out);
	if (!fps_sig_death_write(slot)) {
		fps_ratelimit_give_back(left_out);
	}
	fps_sig_draftowner_give_back();
}
