#include "coroner/pendingdeaths.h"

#include "coroner/aftermath.h"
#include "coroner/crosscheck.h"
#include "coroner/deathcause.h"
#include "coroner/logdestination.h"
#include "coroner/master.h"
#include "coroner/namecache.h"
#include "coroner/normalexit.h"
#include "coroner/oomvictim.h"
#include "coroner/scavenge.h"
#include "coroner/storm.h"
#include "coroner/userquota.h"
#include "coroner/workertable.h"
#include "record/clock.h"
#include "record/frames.h"
#include "record/record.h"
#include "sig/futex.h"

#include <string.h>
#include <sys/wait.h>

/* How often to look at workers without a pidfd or a bell. */
#define LOOK_NS 100000000ULL
/* The token of output that nobody waits for. */
#define NO_WARD UINT32_MAX
/*
 * How many records of one user to write before others get their turn, and how many events of all users before looking
 * for deaths again.
 */
#define OF_USER_IN_TURN 8
#define EVENTS_IN_TURN 32

static struct fps_pendingdeaths pending;
static uint64_t now_ns;

static struct fps_slot copy; /* of a slot: its owner may still write into it */
static char record[FPS_SIG_RECORD_MAX];
static char names[FPS_MAX_NATIVE_FRAMES][FPS_SYMBOLS_TEXT];

static uint32_t next_ward;      /* the ward to begin the next turn with */
static uint8_t written[1024];   /* in this turn, by user modulo that */
static uint32_t events_written; /* in this turn */

static void wake_by(uint64_t deadline_ns)
{
	if (deadline_ns < pending.due_ns) {
		pending.due_ns = deadline_ns;
	}
}

static struct fps_logdestination_record format_copy(const struct fps_logdestination_user *user)
{
	struct fps_logdestination_record what = {.log = copy.who.log, .user = user, .line = record, .token = NO_WARD};
	struct fps_sig_storm storm;

	if (fps_storm_count(&copy, user->uid, now_ns, &storm)) {
		what.len = fps_sig_record_format_short(&copy, &storm, record);
	} else {
		bool has_names = user->root_fd == -1 && fps_namecache_find(user->uid, &copy.draft, names);

		fps_sig_frames_name(has_names ? names : NULL);
		what.len = fps_sig_record_format(&copy, record);
		fps_sig_frames_name(NULL);
		what.slot = copy.draft.native_frames > 0 && !has_names ? &copy : NULL;
	}
	return what;
}

static void write_event(const struct fps_ward *ward)
{
	struct fps_logdestination_record what = format_copy(&ward->user);

	what.is_event = true;
	fps_userquota_use(ward, now_ns, what.slot ? FPS_SIG_RECORD_MAX : what.len);
	fps_logdestination_write(&what);
}

/* Whether that user may have one more record in this turn; the next turn follows at once. */
static bool take_turn(const struct fps_ward *ward)
{
	uint8_t *of_user = &written[ward->user.uid % sizeof written];

	if (*of_user == OF_USER_IN_TURN) {
		wake_by(now_ns);
		return false;
	}
	++*of_user;
	next_ward = fps_workertable_number(ward) + 1;
	return true;
}

/* The worker may be waiting for it. */
static void hand_back(_Atomic uint32_t *handoff, enum fps_handoff state)
{
	atomic_store_explicit(handoff, state, memory_order_release);
	fps_sig_futex_wake(handoff, 0);
}

/* The worker is about to die: its last words say what becomes of its record, as far as that is known. */
static void release(struct fps_slot *slot, int error)
{
	atomic_store(&slot->log_error, error);
	hand_back(&slot->handoff, FPS_HANDOFF_WRITTEN);
}

static void note_written(struct fps_ward *ward, int error)
{
	struct fps_slot *slot = fps_workertable_slot(ward);

	ward->stage = FPS_WARD_DONE;
	if (slot) {
		release(slot, error);
	}
}

void fps_pendingdeaths_written(uint32_t token, int error)
{
	struct fps_ward *ward = fps_workertable_at(token);

	if (ward && ward->stage == FPS_WARD_WRITING) {
		note_written(ward, error);
	}
}

static bool is_pending(const struct fps_event *event)
{
	return atomic_load_explicit(&event->handoff, memory_order_acquire) == FPS_HANDOFF_SEALED;
}

/* In the copy. */
static bool is_event_within_bounds(bool (*bounds_of)(struct fps_slot *, const struct fps_crosscheck *))
{
	uint64_t now = fps_sig_clock_now_ns(CLOCK_MONOTONIC);

	return bounds_of(
		&copy, &(struct fps_crosscheck) {.latest_ns = now, .seen_ns = now, .epoch_ns = fps_sig_clock_epoch_ns()});
}

static void take_event(struct fps_ward *ward, const struct fps_slot *slot, struct fps_event *event,
	bool (*bounds_of)(struct fps_slot *, const struct fps_crosscheck *))
{
	if (!is_pending(event) || !fps_logdestination_has_room(&ward->user, ward->who.log, true)) {
		return;
	}
	if (events_written == EVENTS_IN_TURN || !take_turn(ward)) {
		wake_by(now_ns);
		return;
	}
	events_written++;
	memcpy(&copy, slot, offsetof(struct fps_slot, request));
	copy.requests_served = event->requests_served;
	copy.request = event->request;
	copy.draft = event->draft;
	copy.who = ward->who;
	if (is_event_within_bounds(bounds_of) && fps_userquota_take(ward, now_ns)) {
		write_event(ward);
	}
	hand_back(&event->handoff, FPS_HANDOFF_NONE); /* last, so that a coroner's death cannot lose it */
}

/* Takes the draft from the worker, unless the worker has since found that it lives on. */
static bool take_draft(struct fps_slot *slot)
{
	uint32_t sealed = FPS_HANDOFF_SEALED;

	return atomic_compare_exchange_strong(&slot->handoff, &sealed, FPS_HANDOFF_TAKEN) || sealed == FPS_HANDOFF_NONE
		|| sealed == FPS_HANDOFF_TAKEN || sealed == FPS_HANDOFF_WRITTEN; /* by a coroner that was killed */
}

/* `slot` is NULL if nothing of it can be read: then there is only what the kernel and the hello say. */
static void record_death(struct fps_ward *ward, struct fps_slot *slot)
{
	struct fps_logdestination_record what;
	int error;

	if (slot && !take_draft(slot)) {
		ward->stage = FPS_WARD_DONE;
		return;
	}
	if (slot) {
		memcpy(&copy, slot, offsetof(struct fps_slot, event));
	} else {
		memset(&copy, 0, sizeof copy);
	}
	copy.who = ward->who;
	fps_deathcause_fill(ward, slot, &copy);
	what = format_copy(&ward->user);
	what.token = fps_workertable_number(ward);
	error = fps_logdestination_write(&what);
	if (error == FPS_LOGDESTINATION_PENDING) {
		ward->stage = FPS_WARD_WRITING;
		if (slot && fps_logdestination_is_well(ward->who.log)) {
			release(slot, 0);
		}
	} else {
		note_written(ward, error);
	}
}

/* The time that the worker has noted, which may be slightly earlier than when it was seen. */
static uint64_t died_ns(const struct fps_ward *ward, const struct fps_slot *slot)
{
	uint64_t seen_ns = ward->sealed_ns ? ward->sealed_ns : ward->ended_ns;

	return slot && fps_deathcause_has_draft(slot) && slot->draft.died_ns < seen_ns ? slot->draft.died_ns : seen_ns;
}

/*
 * Whether everything worth waiting for is known, and it is the user's turn. What does not become known in time is left
 * out.
 */
static bool is_ready(struct fps_ward *ward, const struct fps_slot *slot)
{
	uint64_t since_ns = ward->sealed_ns ? ward->sealed_ns : ward->ended_ns, again_ns;

	if (fps_deathcause_awaits_end(slot) && !ward->ended_ns && now_ns < since_ns + FPS_WARD_STATUS_WAIT_NS) {
		wake_by(since_ns + FPS_WARD_STATUS_WAIT_NS);
		return false;
	}
	if (ward->ended_ns && (!fps_deathcause_has_draft(slot) || fps_deathcause_awaits_end(slot))) {
		fps_workertable_ask_status(ward);
		if (!ward->status_known && now_ns < ward->ended_ns + FPS_WARD_STATUS_WAIT_NS
			&& fps_master_fate() == FPS_FATE_NONE) {
			wake_by(now_ns + FPS_WARD_STATUS_RETRY_NS);
			return false;
		}
	}
	if (fps_oomvictim_may_be(ward, slot)) {
		if (now_ns < ward->ended_ns + FPS_WARD_STATUS_WAIT_NS && fps_oomvictim_is_unfinished(ward)) {
			wake_by(now_ns + FPS_WARD_STATUS_RETRY_NS);
			return false;
		}
		fps_oomvictim_ask(ward);
	}
	if (fps_deathcause_needs_aftermath(ward, slot)
		&& !fps_aftermath_decide(ward, died_ns(ward, slot), now_ns, &again_ns)
		&& now_ns < since_ns + FPS_MASTER_WAIT_NS) {
		wake_by(again_ns < since_ns + FPS_MASTER_WAIT_NS ? again_ns : since_ns + FPS_MASTER_WAIT_NS);
		return false;
	}
	return fps_logdestination_has_room(&ward->user, ward->who.log, false) && take_turn(ward);
}

/*
 * Nothing of the slot can be read, so it is unknown whether the worker was in a request; a normal exit never happens in
 * one.
 */
static void attend_blindly(struct fps_ward *ward)
{
	if (ward->stage != FPS_WARD_WATCHED || !ward->ended_ns || !is_ready(ward, NULL)) {
		return;
	}
	if (ward->status_known && WIFEXITED(ward->status) && WEXITSTATUS(ward->status) == 0) {
		ward->stage = FPS_WARD_DONE;
	} else {
		record_death(ward, NULL);
	}
}

static void attend(struct fps_ward *ward)
{
	struct fps_slot *slot = fps_workertable_slot(ward);
	uint64_t again_ns;
	bool sealed;

	if (!slot) {
		attend_blindly(ward);
		return;
	}
	sealed = atomic_load_explicit(&slot->handoff, memory_order_acquire) == FPS_HANDOFF_SEALED;
	if (sealed && !ward->sealed_ns) {
		ward->sealed_ns = now_ns;
		if (fps_deathcause_needs_aftermath(ward, slot)) {
			fps_oomledger_sync(); /* an OOM kill may be why the master asks it to end */
		}
	}
	if (ward->stage != FPS_WARD_WATCHED || !(sealed || ward->ended_ns)) {
		return;
	}
	if (!sealed && !fps_workertable_is_in_request(ward)) {
		if (fps_normalexit_attend(ward, slot, now_ns, &copy, &again_ns)) {
			write_event(ward);
		}
		wake_by(again_ns);
	} else if (is_ready(ward, slot)) {
		record_death(ward, slot);
	}
}

/* Calls it for each ward, beginning after the one whose record was written last. */
static void each_ward(void (*call)(struct fps_ward *ward))
{
	uint32_t count = fps_workertable_count(), start = next_ward;

	for (uint32_t i = 0; i < count; i++) {
		struct fps_ward *ward = fps_workertable_at((start + i) % count);

		if (ward->stage != FPS_WARD_FREE) {
			ward->is_begun = true;
			call(ward);
			ward->is_begun = false;
		}
	}
}

/* Events come after deaths. */
static void attend_rest(struct fps_ward *ward)
{
	struct fps_slot *slot = fps_workertable_slot(ward);

	if (slot) {
		take_event(ward, slot, &slot->event, fps_crosscheck_event);
		take_event(ward, slot, &slot->child, fps_crosscheck_child);
	}
	if (ward->stage == FPS_WARD_DONE && ward->ended_ns
		&& !(slot && (is_pending(&slot->event) || is_pending(&slot->child)))) {
		fps_workertable_release(ward);
		return;
	}
	pending.wards++;
	pending.unfinished += ward->ended_ns != 0 && !fps_logdestination_is_held_up(ward->who.log);
	if ((ward->pidfd == -1 || (slot && ward->bell == -1)) && !ward->ended_ns) {
		wake_by(now_ns + LOOK_NS);
	}
}

struct fps_pendingdeaths fps_pendingdeaths_hold(uint64_t now)
{
	pending = (struct fps_pendingdeaths) {.due_ns = UINT64_MAX};
	now_ns = now;
	events_written = 0;
	memset(written, 0, sizeof written);
	each_ward(attend);
	each_ward(attend_rest);
	wake_by(fps_userquota_report(now_ns));
	return pending;
}

void fps_pendingdeaths_record_master(void)
{
	struct fps_logdestination_record what = {.line = record, .token = NO_WARD};

	if (fps_master_is_recorded() || fps_master_fate() == FPS_FATE_NONE) {
		return;
	}
	memset(&copy, 0, sizeof copy);
	fps_deathcause_master(&copy);
	what.len = fps_sig_record_format(&copy, record);
	fps_logdestination_write(&what);
	fps_master_note_recorded();
}

void fps_pendingdeaths_scavenge(void)
{
	fps_scavenge(&copy, record);
}
