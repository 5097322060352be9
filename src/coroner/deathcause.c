#include "coroner/deathcause.h"

#include "coroner/aftermath.h"
#include "coroner/crosscheck.h"
#include "coroner/lastsample.h"
#include "coroner/sigterm.h"

#include "record/buf.h"
#include "record/clock.h"
#include "record/signals.h"
#include "sig/sender.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long before the master's own end a death can still be part of it. */
#define SAME_TIME_NS 1500000000ULL
/* How soon after an OOM kill systemd starts to stop the service. */
#define OOM_STOP_NS 5000000000ULL
/* The exit status of the engine at its hard limit of memory. */
#define HARD_LIMIT_CODE 137
/* How far the CPU time of a worker may be from the limit: several threads use more than one CPU. */
#define CPU_SLACK_US 200000
/* A slot is not trusted; a larger value is not a limit. */
#define LONGEST_CPU_S 4000000000ULL

bool fps_deathcause_has_draft(const struct fps_slot *slot)
{
	if (!slot) {
		return false;
	}
	uint32_t stages = atomic_load_explicit(&slot->draft.stages_done, memory_order_acquire);
	const struct fps_sig_signal *signal = fps_sig_signals_find(slot->draft.signal);
	/* the sender, filled in by the first stage, decides what a termination means */
	bool is_termination = signal && signal->kind == FPS_SIG_TERMINATION;
	/* a draft of an earlier request belongs to a fault that another handler has recovered from */
	bool is_of_request = slot->draft.other_thread || slot->draft.died_ns >= slot->request.started_ns;

	return slot->draft.event == 0 && is_of_request
		&& (stages & (is_termination ? 1u << FPS_STAGE_DEATH : FPS_DRAFT_IDENTIFIED));
}

bool fps_deathcause_awaits_end(const struct fps_slot *slot)
{
	return fps_deathcause_has_draft(slot) && slot->draft.exit_call != FPS_EXIT_CALL_NONE;
}

/* The sender of SIGKILL is never known; that of SIGTERM only if a handler was installed. */
static bool could_be_ladder(const struct fps_ward *ward)
{
	return !ward->status_known
		|| (WIFSIGNALED(ward->status) && (WTERMSIG(ward->status) == SIGKILL || WTERMSIG(ward->status) == SIGTERM));
}

bool fps_deathcause_needs_aftermath(const struct fps_ward *ward, const struct fps_slot *slot)
{
	if (fps_master_fate() != FPS_FATE_NONE) {
		return false;
	}
	if (fps_deathcause_has_draft(slot)) {
		return fps_sigterm_is_master(&slot->draft);
	}
	return could_be_ladder(ward) && !(ward->oom_asked && ward->oom >= FPS_OOM_SHARED);
}

static void say(struct fps_draft *draft, const char *text)
{
	fps_sig_sender_evidence(draft, text, 0, NULL);
}

static void conclude(struct fps_draft *draft, enum fps_cause cause, enum fps_confidence confidence)
{
	draft->cause = (uint8_t) cause;
	draft->confidence = (uint8_t) confidence;
}

static void set_error(struct fps_draft *draft, const char *type, const char *message)
{
	fps_sig_buf_copy(draft->error_type, sizeof draft->error_type, type);
	fps_sig_buf_copy(draft->error_message, sizeof draft->error_message, message);
}

/* The master's fate, if the death belongs to it. */
static enum fps_fate fate_at(uint64_t died_ns)
{
	enum fps_fate fate = fps_master_fate();

	return fate != FPS_FATE_NONE && fps_sig_clock_apart_ns(fps_master_fate_ns(), died_ns) <= SAME_TIME_NS
		? fate
		: FPS_FATE_NONE;
}

/*
 * A SIGKILL, or a SIGTERM that could not be looked at, while the master was ending: FPM's escalation. False if it was
 * not ending.
 */
static bool judge_ladder(const struct fps_ward *ward, const struct fps_slot *slot, struct fps_draft *draft)
{
	if (ward->aftermath.kind != FPS_AFTERMATH_NONE) {
		return false;
	}
	switch (fate_at(draft->died_ns)) {
		case FPS_FATE_STOP:
			say(draft, "the FPM master stopped at that time: it sends SIGTERM, and SIGKILL soon after");
			conclude(draft, FPS_CAUSE_FPM_STOP, FPS_PROBABLE);
			set_error(draft, draft->error_type, "killed as the FPM master stopped");
			return true;
		case FPS_FATE_RELOAD:
			if (slot && slot->quit_ns == 0) {
				say(draft, "the FPM master re-executed itself at that time, but no SIGQUIT came, which it sends first");
				return false;
			}
			say(draft, "the FPM master re-executed itself at that time: it sends SIGTERM, and SIGKILL a second later");
			conclude(draft, FPS_CAUSE_FPM_RELOAD, FPS_PROBABLE);
			set_error(draft, draft->error_type, "killed as the FPM master reloaded");
			return true;
		case FPS_FATE_DEATH: say(draft, "the FPM master died at that time as well"); return false;
		default: return false;
	}
}

/* The counters moved. An OOM kill is at most as certain as the end itself. */
static bool judge_oom(const struct fps_ward *ward, struct fps_draft *draft)
{
	static const enum fps_confidence confidences[] = {
		[FPS_OOM_MAYBE] = FPS_POSSIBLE,
		[FPS_OOM_SHARED] = FPS_PROBABLE,
		[FPS_OOM_DAEMON] = FPS_PROBABLE,
		[FPS_OOM_YES] = FPS_CERTAIN,
	};

	if (!ward->oom_asked || ward->oom < FPS_OOM_MAYBE) {
		return false;
	}
	conclude(draft, FPS_CAUSE_OOM_KILL, confidences[ward->oom]);
	if (!ward->status_known && draft->confidence == FPS_CERTAIN) {
		draft->confidence = FPS_PROBABLE;
	}
	if (ward->oom > FPS_OOM_MAYBE) {
		set_error(draft, draft->error_type, "killed by the OOM killer");
	}
	fps_oomledger_describe(ward->cgroup, ward->oom, draft->memory_rss, draft);
	if (ward->oom == FPS_OOM_MAYBE) { /* it may have killed a process of another container */
		say(draft, "the kernel's log has the pid of each process that its OOM killer ended");
	}
	return true;
}

/* Whether it can have reached RLIMIT_CPU's hard limit since the watcher last looked. */
static bool judge_cpu_limit(const struct fps_ward *ward, const struct fps_slot *slot, struct fps_draft *draft)
{
	if (!slot) {
		return false;
	}
	uint64_t since_us = (draft->died_ns - slot->cpu_used_ns) / 1000, limit_us = slot->cpu_limit_s * 1000000;

	if (limit_us == 0 || slot->cpu_limit_s > LONGEST_CPU_S || slot->cpu_used_us == 0
		|| draft->died_ns < slot->cpu_used_ns || slot->cpu_used_us > limit_us + CPU_SLACK_US
		|| slot->cpu_used_us + since_us + CPU_SLACK_US < limit_us) {
		return false;
	}
	fps_sig_sender_evidence(
		draft, "RLIMIT_CPU's hard limit, where the kernel sends SIGKILL, is ", (int64_t) slot->cpu_limit_s, " s");
	fps_sig_sender_evidence(
		draft, "the process had used ", (int64_t) (slot->cpu_used_us / 1000), " ms when it was last looked at");
	conclude(draft, FPS_CAUSE_CPU_LIMIT, ward->status_known ? FPS_PROBABLE : FPS_POSSIBLE);
	set_error(draft, draft->error_type, "RLIMIT_CPU is used up");
	return true;
}

/* Whether the master can be excluded: it sends SIGKILL only when it ends. */
static bool is_no_ladder(const struct fps_ward *ward, const struct fps_draft *draft)
{
	return ward->aftermath.kind != FPS_AFTERMATH_NONE
		|| (fps_master_fate() != FPS_FATE_NONE && fate_at(draft->died_ns) == FPS_FATE_NONE);
}

static void judge_killed(const struct fps_ward *ward, const struct fps_slot *slot, struct fps_draft *draft)
{
	bool known = ward->status_known;

	set_error(draft, known ? "SIGKILL" : "",
		known ? "killed by SIGKILL" : "gone without a word, as SIGKILL or _exit() leave it");
	if (judge_oom(ward, draft) || judge_ladder(ward, slot, draft) || judge_cpu_limit(ward, slot, draft)) {
		return;
	}
	conclude(draft, FPS_CAUSE_KILLED, known && is_no_ladder(ward, draft) ? FPS_CERTAIN : FPS_PROBABLE);
	fps_oomledger_describe(ward->cgroup, ward->oom, draft->memory_rss, draft);
	fps_aftermath_say(&ward->aftermath, draft);
	say(draft, "the kernel tells nobody who sent SIGKILL");
}

static const char image_unknown[] = "the kernel no longer shows whether it had become another program";

static void judge_signal(const struct fps_ward *ward, struct fps_draft *draft, int number)
{
	const struct fps_sig_signal *signal = fps_sig_signals_find(number);
	char name[FPS_SIG_SIGNAL_NAME] = "";

	draft->signal = number;
	fps_sig_signals_name(number, name);
	fps_sig_sender_evidence(draft, "the kernel reports signal ", number, ", and the worker could not report more");
	set_error(draft, name, "");
	snprintf(draft->error_message, sizeof draft->error_message, "%s ended the worker%s, and no handler ran", name,
		ward->image_known ? ""
						  : ", or a program that it had become"); /* src/cli/explain/advice.c looks for these words */
	if (!ward->image_known) {
		say(draft, image_unknown);
	}
	/* The other causes in the table come from a handler's signal. */
	conclude(draft, signal && signal->kind <= FPS_SIG_LIMIT ? signal->cause : FPS_CAUSE_TERMINATED, FPS_CERTAIN);
	if (number == SIGTERM && !judge_ladder(ward, NULL, draft)) {
		conclude(draft, FPS_CAUSE_TERMINATED, FPS_POSSIBLE);
	}
}

/*
 * An end that no exit handler of libc has seen. PHP with memory_hard_limit_percent, like Debian's 8.2.36, reports
 * memory_limit only after serialize(), sprintf() or an output buffer has returned. If one of them has grown to twice
 * the limit by then, the engine exits at once.
 */
static void judge_exit(const struct fps_ward *ward, struct fps_draft *draft, int code)
{
	fps_sig_sender_evidence(draft, "the kernel reports exit code ", code, "; libc's exit handlers did not run");
	if (!ward->image_known) {
		say(draft, image_unknown);
	}
	conclude(draft, FPS_CAUSE_EXIT_IN_REQUEST, FPS_CERTAIN); /* of either */
	set_error(draft, "exit", "");
	snprintf(draft->error_message, sizeof draft->error_message, "C code called _exit(%d)%s%s", code,
		ward->image_known || code == HARD_LIMIT_CODE ? "" : ", or executed another program that did",
		code == HARD_LIMIT_CODE ? ", as PHP does at memory_hard_limit_percent" : "");
}

/* The worker had no code of its own left, and no handlers. */
static void judge_other_program(const struct fps_ward *ward, struct fps_draft *draft)
{
	bool exited = WIFEXITED(ward->status);

	say(draft, "the kernel reports that the process had executed another program");
	if (exited) {
		conclude(draft, FPS_CAUSE_EXIT_IN_REQUEST, FPS_CERTAIN);
		set_error(draft, "exit", "");
	}
	snprintf(draft->error_message, sizeof draft->error_message,
		"C code called exec(): the worker became the program %.15s, which ended with %s %d", ward->command,
		exited ? "status" : "signal", exited ? WEXITSTATUS(ward->status) : WTERMSIG(ward->status));
}

/* What libc kept the worker from knowing about its exit(). */
static void add_exit_status(const struct fps_ward *ward, struct fps_draft *draft)
{
	if (ward->status_known && WIFEXITED(ward->status)) {
		snprintf(draft->error_message, sizeof draft->error_message, "C code called %s(%d)",
			draft->exit_call == FPS_EXIT_CALL_EXIT ? "exit" : "quick_exit", WEXITSTATUS(ward->status));
	}
}

/* From the exit status that the kernel reports. */
static void judge_end(const struct fps_ward *ward, const struct fps_slot *slot, struct fps_draft *draft)
{
	if (!ward->status_known) {
		say(draft, "the kernel does not tell how it ended; what can be caught was not caught");
		judge_killed(ward, slot, draft);
	} else if (WIFEXITED(ward->status)) {
		judge_exit(ward, draft, WEXITSTATUS(ward->status));
	} else if (WTERMSIG(ward->status) == SIGKILL) {
		draft->signal = SIGKILL;
		say(draft, "the kernel reports signal 9");
		judge_killed(ward, slot, draft);
	} else {
		judge_signal(ward, draft, WTERMSIG(ward->status));
	}
	if (ward->status_known && ward->image_known && ward->executed) {
		judge_other_program(ward, draft);
	}
}

/*
 * What may have made somebody stop FPM: by default systemd stops a service if the OOM killer has killed one of its
 * processes. It may have done so before the counter was read.
 */
static void explain_stop(const struct fps_ward *ward, struct fps_draft *draft)
{
	uint64_t oom_ns = fps_oomledger_last_ns(ward->cgroup);
	bool before = oom_ns <= draft->died_ns;

	if (draft->cause == FPS_CAUSE_FPM_STOP && oom_ns > 0
		&& fps_sig_clock_apart_ns(oom_ns, draft->died_ns) <= (before ? OOM_STOP_NS : SAME_TIME_NS)) {
		fps_sig_sender_evidence(draft, before ? "an OOM kill in its cgroup " : "an OOM kill in its cgroup, seen ",
			(int64_t) (fps_sig_clock_apart_ns(oom_ns, draft->died_ns) / 1000000),
			before ? " ms before, as for OOMPolicy=stop" : " ms later, as for OOMPolicy=stop");
	}
}

/* If PHP has several threads: whether one of them may have ended the process. SIGKILL and the like end all of them. */
static bool is_one_of_several(const struct fps_ward *ward, const struct fps_slot *slot)
{
	const struct fps_sig_signal *signal;

	if (!atomic_load(&slot->several_threads) || !ward->status_known || !WIFSIGNALED(ward->status)) {
		return atomic_load(&slot->several_threads) != 0;
	}
	signal = fps_sig_signals_find(WTERMSIG(ward->status));
	return signal && (signal->kind == FPS_SIG_FAULT || signal->kind == FPS_SIG_LIMIT);
}

/* The worker left nothing of its own. */
static void begin_draft(const struct fps_ward *ward, struct fps_slot *copy)
{
	struct fps_draft *draft = &copy->draft;

	memset(draft, 0, sizeof *draft);
	draft->died_ns = ward->ended_ns;
	draft->died_us = (fps_sig_clock_epoch_ns() + ward->ended_ns) / 1000;
	draft->state_unknown = 1;
	if (is_one_of_several(ward, copy)) {
		draft->other_thread = 1;
		say(draft, "several threads ran PHP in this process: which of them died is not known");
	} else {
		draft->phase = (uint8_t) atomic_load(&copy->phase);
		draft->finished = atomic_load(&copy->finished) != 0;
	}
	atomic_store(&draft->stages_done, 1u << FPS_STAGE_DEATH | 1u << FPS_STAGE_MODULES);
}

/* A worker that has ended died no later than that was seen; a living one seals its draft just before it dies. */
static void bound(const struct fps_ward *ward, struct fps_slot *copy)
{
	uint64_t now_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC), latest_ns = ward->ended_ns ? ward->ended_ns : now_ns;
	struct fps_crosscheck bounds = {.latest_ns = latest_ns,
		.epoch_ns = fps_sig_clock_epoch_ns(),
		.seen_ns = ward->sealed_ns && ward->sealed_ns < latest_ns ? ward->sealed_ns : latest_ns};

	fps_crosscheck_death(copy, &bounds);
}

void fps_deathcause_fill(const struct fps_ward *ward, const struct fps_slot *slot, struct fps_slot *copy)
{
	bool has_draft = fps_deathcause_has_draft(copy);

	if (!has_draft) {
		begin_draft(ward, copy);
	}
	if (!slot) {
		say(&copy->draft, "its slot could not be read: whether a request was in flight is not known");
	} else if (!copy->draft.other_thread) {
		fps_lastsample_add(slot, copy);
	}
	if (slot) {
		bound(ward, copy);
	}
	if (!has_draft) {
		judge_end(ward, slot, &copy->draft);
	} else if (copy->draft.exit_call) {
		add_exit_status(ward, &copy->draft);
	} else if (fps_sigterm_is_master(&copy->draft)) {
		fps_sigterm_judge(ward, copy);
	}
	explain_stop(ward, &copy->draft);
}

void fps_deathcause_master(struct fps_slot *copy)
{
	struct fps_draft *draft = &copy->draft;
	static const struct {
		enum fps_cause cause;
		enum fps_confidence confidence;
		const char *message, *evidence;
	} fates[] = {
		[FPS_FATE_NONE] = {FPS_CAUSE_MASTER_DEATH, FPS_POSSIBLE, "the FPM master is gone", NULL},
		[FPS_FATE_STOP] = {FPS_CAUSE_MASTER_STOP, FPS_CERTAIN, "the FPM master stopped", "it said so"},
		[FPS_FATE_RELOAD] = {FPS_CAUSE_MASTER_RELOAD, FPS_CERTAIN, "the FPM master reloaded", "it said so"},
		[FPS_FATE_DEATH] = {FPS_CAUSE_MASTER_DEATH, FPS_CERTAIN, "the FPM master died", "it ended without a word"},
	};
	enum fps_fate fate = fps_master_fate();

	copy->who.pid = fps_master_pid();
	copy->who.epoch_ns = fps_sig_clock_epoch_ns();
	(void) !getrandom(&copy->who.seed, sizeof copy->who.seed, GRND_NONBLOCK);
	fps_sig_buf_copy(copy->who.sapi, sizeof copy->who.sapi, "fpm-fcgi");
	draft->died_ns = fps_master_fate_ns();
	draft->died_us = (copy->who.epoch_ns + draft->died_ns) / 1000;
	conclude(draft, fates[fate].cause, fates[fate].confidence);
	set_error(draft, "", fates[fate].message);
	if (fates[fate].evidence) {
		say(draft, fates[fate].evidence);
	}
	atomic_store(&draft->stages_done, (1u << FPS_STAGES) - 1);
}
