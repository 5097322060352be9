#include "coroner/normalexit.h"

#include "coroner/master.h"

#include "record/buf.h"
#include "record/clock.h"
#include "sig/sender.h"

#include <string.h>
#include <sys/wait.h>

/*
 * A master that stops or reloads gracefully asks all its workers at once. It then waits for those with a request,
 * perhaps for long, before it says goodbye.
 */
static bool is_another_asked(void)
{
	const struct fps_ward *ward;

	for (uint32_t i = 0; (ward = fps_workertable_at(i)); i++) {
		const struct fps_slot *slot =
			ward->stage == FPS_WARD_FREE || ward->ended_ns ? NULL : fps_workertable_slot(ward);

		if (slot && slot->quit_ns) {
			return true;
		}
	}
	return false;
}

/* When to ask again, or one of these. */
#define NOTHING 0
#define RECORD UINT64_MAX
#define LATER (UINT64_MAX - 1) /* when fps_logdestination_deadline_ns() says */

static uint64_t judge(struct fps_ward *ward, const struct fps_slot *slot, uint64_t now_ns)
{
	if (!ward->who.lifecycle || atomic_load(&slot->phase) != FPS_PHASE_EXIT || fps_master_fate() != FPS_FATE_NONE) {
		return NOTHING;
	}
	fps_workertable_ask_status(ward);
	if (!ward->status_known && now_ns < ward->ended_ns + FPS_WARD_STATUS_WAIT_NS) {
		return now_ns + FPS_WARD_STATUS_RETRY_NS;
	}
	if (ward->status_known && !(WIFEXITED(ward->status) && WEXITSTATUS(ward->status) == 0)) {
		return NOTHING;
	}
	/* a worker that was not asked to end did so by itself, whatever happens to the master */
	if (slot->quit_ns && now_ns < ward->ended_ns + FPS_MASTER_WAIT_NS) {
		return ward->ended_ns + FPS_MASTER_WAIT_NS;
	}
	if (!fps_logdestination_has_room(&ward->user, ward->who.log, true)) {
		return LATER;
	}
	return slot->quit_ns && is_another_asked() ? NOTHING : RECORD;
}

/* The slot without its request; the draft is the event. */
static void fill(const struct fps_ward *ward, const struct fps_slot *slot, struct fps_slot *copy)
{
	struct fps_draft *draft = &copy->draft;

	memcpy(copy, slot, offsetof(struct fps_slot, request));
	copy->who = ward->who;
	memset(&copy->request, 0, sizeof copy->request);
	memset(draft, 0, sizeof *draft);
	draft->event = atomic_load(&copy->events) + 1;
	draft->died_ns = ward->ended_ns;
	draft->died_us = (fps_sig_clock_epoch_ns() + ward->ended_ns) / 1000;
	draft->phase = FPS_PHASE_EXIT;
	draft->confidence = ward->status_known ? FPS_CERTAIN : FPS_PROBABLE;
	draft->memory_rss = copy->rss_peak;
	if (copy->quit_ns) {
		draft->cause = FPS_CAUSE_RETIRED;
		fps_sig_buf_copy(draft->error_message, sizeof draft->error_message, "FPM ended an idle worker");
		fps_sig_sender_evidence(draft, "SIGQUIT came, and the master is still there", 0, NULL);
	} else {
		draft->cause = FPS_CAUSE_RECYCLED;
		fps_sig_buf_copy(draft->error_message, sizeof draft->error_message, "the worker ended itself after a request");
		fps_sig_sender_evidence(draft, "no SIGQUIT came: pm.max_requests", 0, NULL);
	}
	if (ward->status_known) {
		fps_sig_sender_evidence(draft, "the kernel reports exit code 0", 0, NULL);
	}
	atomic_store(&draft->stages_done, (1u << FPS_STAGES) - 1);
}

bool fps_normalexit_attend(
	struct fps_ward *ward, const struct fps_slot *slot, uint64_t now_ns, struct fps_slot *copy, uint64_t *again_ns)
{
	uint64_t when_ns = judge(ward, slot, now_ns);

	*again_ns = UINT64_MAX;
	if (when_ns != NOTHING && when_ns != RECORD) {
		*again_ns = when_ns;
		return false;
	}
	ward->stage = FPS_WARD_DONE;
	if (when_ns == RECORD) {
		fill(ward, slot, copy);
	}
	return when_ns == RECORD;
}
