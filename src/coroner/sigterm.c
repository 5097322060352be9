#include "coroner/sigterm.h"

#include "coroner/aftermath.h"
#include "coroner/master.h"

#include "record/clock.h"
#include "sig/sender.h"

#include <signal.h>
#include <string.h>

/* With process_control_timeout = 0, the default, SIGTERM follows SIGQUIT at once. */
#define TERM_AT_ONCE_NS 100000000ULL

bool fps_sigterm_is_master(const struct fps_draft *draft)
{
	return draft->signal == SIGTERM && draft->has_sender && draft->sender_role == FPS_ROLE_FPM_MASTER;
}

static void conclude(struct fps_draft *draft, enum fps_cause cause, enum fps_confidence confidence)
{
	draft->cause = (uint8_t) cause;
	draft->confidence = (uint8_t) confidence;
}

/* What a SIGTERM from the master meant, by what the master did afterwards. */
static const struct fate_of_term {
	enum fps_cause cause;
	enum fps_confidence confidence; /* at most */
	const char *before, *after;     /* the evidence: text before and after the milliseconds since the death */
} fates_of_term[] = {
	[FPS_FATE_NONE] = {FPS_CAUSE_REQUEST_TERMINATE_TIMEOUT, FPS_PROBABLE, "the master is still there ", " ms later"},
	[FPS_FATE_STOP] = {FPS_CAUSE_FPM_STOP, FPS_CERTAIN, "the master stopped ", " ms later"},
	[FPS_FATE_RELOAD] = {FPS_CAUSE_FPM_RELOAD, FPS_CERTAIN, "the master re-executed itself ", " ms later"},
	[FPS_FATE_DEATH] = {FPS_CAUSE_FPM_STOP, FPS_POSSIBLE, "the master was gone ",
		" ms later, and had not said how it went"},
};

/*
 * The master has asked only this worker, or nobody has seen the master end. An earlier SIGQUIT then means that the
 * master is ending: with a process_control_timeout other workers can delay it for longer than anybody waits here.
 */
static void judge_by_deed(const struct fps_ward *ward, struct fps_slot *copy, bool is_young)
{
	bool is_going = copy->quit_ns && ward->aftermath.kind != FPS_AFTERMATH_FORK;

	fps_aftermath_say(&ward->aftermath, &copy->draft);
	conclude(&copy->draft, FPS_CAUSE_REQUEST_TERMINATE_TIMEOUT, is_young || is_going ? FPS_PROBABLE : FPS_CERTAIN);
}

/*
 * Nothing was seen between the SIGTERM and the master's end, if that came: request_terminate_timeout may have struck
 * just before.
 */
static void judge_by_fate(struct fps_slot *copy, bool is_young)
{
	struct fps_draft *draft = &copy->draft;
	enum fps_fate fate = fps_master_fate();
	const struct fate_of_term *meant = &fates_of_term[fate];
	uint64_t since_ns = fate == FPS_FATE_NONE ? fps_sig_clock_now_ns(CLOCK_MONOTONIC) : fps_master_fate_ns();
	bool is_at_once = copy->quit_ns && draft->died_ns - copy->quit_ns < TERM_AT_ONCE_NS;

	fps_sig_sender_evidence(
		draft, meant->before, (int64_t) (fps_sig_clock_apart_ns(since_ns, draft->died_ns) / 1000000), meant->after);
	conclude(draft, meant->cause, meant->confidence);
	if (fate == FPS_FATE_NONE && (copy->quit_ns || is_young)) {
		draft->cause = copy->quit_ns ? FPS_CAUSE_FPM_RELOAD : FPS_CAUSE_FPM_STOP;
	} else if (fate == FPS_FATE_RELOAD && !copy->quit_ns && !is_young) {
		fps_sig_sender_evidence(draft, "a reload sends SIGQUIT first", 0, NULL);
		conclude(draft, FPS_CAUSE_REQUEST_TERMINATE_TIMEOUT, FPS_PROBABLE);
	} else if (meant->confidence == FPS_CERTAIN && !is_young && !is_at_once) {
		fps_sig_sender_evidence(draft, "request_terminate_timeout just before that would look the same", 0, NULL);
		draft->confidence = FPS_PROBABLE;
	}
}

/* The worker has judged by how long the request had run; now there is better evidence. */
void fps_sigterm_judge(const struct fps_ward *ward, struct fps_slot *copy)
{
	struct fps_draft *draft = &copy->draft;
	bool is_young = draft->died_ns - copy->request.started_ns < FPS_SIG_SENDER_YOUNG_NS;

	memset(draft->evidence, 0, sizeof draft->evidence);
	fps_sig_sender_evidence(draft, "sender ", draft->sender_pid, " is the FPM master");
	if (copy->quit_ns) {
		fps_sig_sender_evidence(
			draft, "SIGQUIT came ", (int64_t) ((draft->died_ns - copy->quit_ns) / 1000000), " ms before");
	} else {
		fps_sig_sender_evidence(draft, "no SIGQUIT came first", 0, NULL);
	}
	if (is_young) {
		fps_sig_sender_evidence(
			draft, "the request is younger than the shortest request_terminate_timeout, 1 s", 0, NULL);
	}
	if (ward->aftermath.kind != FPS_AFTERMATH_NONE) {
		judge_by_deed(ward, copy, is_young);
	} else {
		judge_by_fate(copy, is_young);
	}
}
