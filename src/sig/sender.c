#include "sig/sender.h"

#include "record/buf.h"
#include "sig/proc.h"

#include <string.h>
#include <unistd.h>

bool fps_sig_sender_is_known(const siginfo_t *info)
{
	return info->si_code == SI_USER || info->si_code == SI_QUEUE || info->si_code == SI_TKILL;
}

static enum fps_role role_of(const struct fps_slot *slot, int32_t pid)
{
	if (pid == getpid()) {
		return FPS_ROLE_SELF;
	}
	if (pid == 0) {
		return FPS_ROLE_OUTSIDE;
	}
	if (slot->draft.child_pid) {
		return pid == 1 ? FPS_ROLE_INIT : FPS_ROLE_OTHER; /* the worker and its kin are its own family */
	}
	/* A master that is gone has left its pid to anyone, and its workers to another parent. */
	if (pid == slot->who.parent_pid && getppid() == slot->who.parent_pid) {
		return FPS_ROLE_FPM_MASTER;
	}
	if (pid == 1) {
		return FPS_ROLE_INIT;
	}
	return fps_sig_proc_parent(pid) == slot->who.parent_pid ? FPS_ROLE_SIBLING_WORKER : FPS_ROLE_OTHER;
}

void fps_sig_sender_fill(const struct fps_slot *slot, struct fps_draft *draft, const siginfo_t *info)
{
	draft->has_sender = true;
	draft->sender_pid = info->si_pid;
	draft->sender_uid = info->si_uid;
	draft->sender_role = (uint8_t) role_of(slot, info->si_pid);
	if (draft->sender_role == FPS_ROLE_OTHER) {
		fps_sig_proc_command(info->si_pid, draft->sender_command);
	}
}

void fps_sig_sender_evidence(struct fps_draft *draft, const char *before, int64_t number, const char *after)
{
	struct fps_sig_buf text;

	for (size_t i = 0; i < FPS_MAX_EVIDENCE; i++) {
		if (draft->evidence[i][0] == '\0') {
			fps_sig_buf_init(&text, draft->evidence[i], sizeof draft->evidence[i] - 1);
			fps_sig_buf_text(&text, before);
			if (after) {
				fps_sig_buf_i64(&text, number);
				fps_sig_buf_text(&text, after);
			}
			fps_sig_buf_terminate(&text);
			return;
		}
	}
}

static void conclude(struct fps_draft *draft, enum fps_cause cause, enum fps_confidence confidence, const char *message)
{
	struct fps_sig_buf text;

	draft->cause = (uint8_t) cause;
	draft->confidence = (uint8_t) confidence;
	fps_sig_buf_init(&text, draft->error_message, sizeof draft->error_message - 1);
	fps_sig_buf_text(&text, message);
	fps_sig_buf_terminate(&text);
}

/* What connects a sender with this worker, and the same of the death. */
static const struct kin {
	const char *says, *message; /* src/cli/explain/advice.c looks for "by another process" */
} child = {" is a child of this worker", "terminated by another process, which this worker started"},
  grandchild = {" was started by a child of this worker", "terminated by another process, which this worker started"},
  of_fpm = {
	  " was started by a worker of this FPM", "terminated by another process, which a worker of this FPM started"};

/*
 * NULL: nothing that can be seen. Where the master leads a session, as a daemon and under systemd, only what its
 * workers have started is in it.
 */
static const struct kin *kin_of(const struct fps_slot *slot, const struct fps_draft *draft)
{
	if (!draft->has_sender || draft->sender_role != FPS_ROLE_OTHER) {
		return NULL;
	}
	if (fps_sig_proc_parent(draft->sender_pid) == slot->who.pid) {
		return &child;
	}
	if (fps_sig_proc_descends(draft->sender_pid, slot->who.pid)) {
		return &grandchild;
	}
	int32_t session = fps_sig_proc_session(draft->sender_pid);

	return session > 0 && session == slot->who.parent_pid ? &of_fpm : NULL;
}

static void add_sender(struct fps_draft *draft, const char *says)
{
	char after[sizeof draft->evidence[0]];
	struct fps_sig_buf text;

	fps_sig_buf_init(&text, after, sizeof after);
	if (draft->sender_command[0]) {
		fps_sig_buf_text(&text, " (");
		fps_sig_buf_plain(&text, draft->sender_command, strnlen(draft->sender_command, sizeof draft->sender_command));
		fps_sig_buf_char(&text, ')');
	}
	fps_sig_buf_text(&text, says);
	fps_sig_buf_terminate(&text);
	fps_sig_sender_evidence(draft, "sender ", draft->sender_pid, after);
}

void fps_sig_sender_add_kin(const struct fps_slot *slot, struct fps_draft *draft)
{
	const struct kin *kin = kin_of(slot, draft);

	if (kin) {
		add_sender(draft, kin->says);
	}
}

/* Not FPM's, systemd's or opcache's way to end a worker. */
static void judge_other(const struct fps_slot *slot, struct fps_draft *draft)
{
	const struct kin *kin = kin_of(slot, draft);
	bool is_master = draft->sender_role == FPS_ROLE_FPM_MASTER;

	add_sender(draft, kin ? kin->says : is_master ? " is the FPM master" : " is not the FPM master");
	conclude(draft, FPS_CAUSE_TERMINATED, FPS_CERTAIN, kin ? kin->message : "terminated by another process");
}

static void judge_master(const struct fps_slot *slot, struct fps_draft *draft, uint64_t elapsed_ns)
{
	static const char message[] = "terminated by the FPM master";

	fps_sig_sender_evidence(draft, "sender ", draft->sender_pid, " is the FPM master");
	if (slot->quit_ns) {
		fps_sig_sender_evidence(draft, "SIGQUIT came ", (int64_t) ((draft->died_ns - slot->quit_ns) / 1000000),
			" ms before: a reload, or else a graceful stop");
		conclude(draft, FPS_CAUSE_FPM_RELOAD, FPS_PROBABLE, message);
		return;
	}
	fps_sig_sender_evidence(draft, "no SIGQUIT came first", 0, NULL);
	if (elapsed_ns < FPS_SIG_SENDER_YOUNG_NS) {
		fps_sig_sender_evidence(
			draft, "the request is younger than the shortest request_terminate_timeout, 1 s", 0, NULL);
		conclude(draft, FPS_CAUSE_FPM_STOP, FPS_PROBABLE, message);
		return;
	}
	fps_sig_sender_evidence(draft, "the request had run for ", (int64_t) (elapsed_ns / 1000000), " ms");
	conclude(draft, FPS_CAUSE_REQUEST_TERMINATE_TIMEOUT, FPS_PROBABLE, message);
}

void fps_sig_sender_judge(const struct fps_slot *slot, struct fps_draft *draft, uint64_t elapsed_ns)
{
	enum fps_role role = (enum fps_role) draft->sender_role;

	if (!draft->has_code) {
		fps_sig_sender_evidence(draft, "the engine deferred the signal, its sender is not known", 0, NULL);
		conclude(draft, FPS_CAUSE_TERMINATED, FPS_POSSIBLE, "terminated");
		return;
	}
	if (!draft->has_sender) {
		fps_sig_sender_evidence(draft, "no process sent the signal: a timer, or a terminal", 0, NULL);
		conclude(draft, FPS_CAUSE_TERMINATED, FPS_CERTAIN, "terminated by a signal of the kernel");
		return;
	}
	switch (draft->signal == SIGTERM || role == FPS_ROLE_SELF ? role : FPS_ROLE_OTHER) {
		case FPS_ROLE_FPM_MASTER: judge_master(slot, draft, elapsed_ns); break;
		case FPS_ROLE_INIT:
			fps_sig_sender_evidence(
				draft, "sender is pid 1: systemd terminates every process of a service that it stops", 0, NULL);
			conclude(draft, FPS_CAUSE_FPM_STOP, FPS_PROBABLE, "terminated by init");
			break;
		case FPS_ROLE_SIBLING_WORKER:
			fps_sig_sender_evidence(draft, "sender ", draft->sender_pid, " is a worker of the same master");
			conclude(draft, FPS_CAUSE_OPCACHE_KILL, FPS_PROBABLE,
				"terminated by another worker, as an opcache restart does");
			break;
		case FPS_ROLE_SELF:
			fps_sig_sender_evidence(draft, "the sender is this process", 0, NULL);
			conclude(draft, FPS_CAUSE_TERMINATED, FPS_CERTAIN, "terminated by itself");
			break;
		default: judge_other(slot, draft); break;
	}
}
