#include "coroner.h"

#include "certificate.h"
#include "lifecycle.h"
#include "master.h"
#include "output.h"
#include "pidfd.h"
#include "process.h"
#include "sample.h"
#include "ward.h"

#include "../sig/death.h"
#include "../sig/record.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How long a parent may take to reap a worker, after which the kernel tells how it ended; and how often it is asked. */
#define STATUS_WAIT_NS 1000000000ULL
#define STATUS_RETRY_NS 5000000ULL
/* How often workers without a pidfd are looked at. */
#define LOOK_NS 100000000ULL
/* Descriptors before those of the wards and of the output. */
enum { AT_LINE, AT_DOORBELL, AT_LAUNCHER, AT_MASTER, OWN_FDS };

static struct {
	struct fps_line line;
	pid_t launcher;
	int launcher_pidfd; /* -1 once it has ended, or FPM is known to stay in the foreground */
	bool master_told;
	uint64_t now_ns, next_ns; /* CLOCK_MONOTONIC: of this turn, and when the next is due at the latest */
	struct pollfd *fds;
} coroner;

static struct fps_slot copy; /* of a slot: whoever owns that may still write into it */
static char record[FPS_SIG_RECORD_MAX];

static void wake_by(uint64_t deadline_ns)
{
	if (deadline_ns < coroner.next_ns) {
		coroner.next_ns = deadline_ns;
	}
}

/* --- telling ---------------------------------------------------------------------------------- */

static int write_copy(const struct fps_output_user *user, uint32_t token)
{
	size_t len = fps_sig_record_format(&copy, record);

	return fps_output_write(copy.log, user, record, len, token);
}

/* The worker may wait for it. */
static void hand_back(_Atomic uint32_t *handoff, enum fps_handoff state)
{
	atomic_store_explicit(handoff, state, memory_order_release);
	syscall(SYS_futex, handoff, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void note_written(struct fps_ward *ward, int error)
{
	struct fps_slot *slot = fps_ward_slot(ward);

	ward->stage = FPS_WARD_TOLD;
	if (slot) {
		atomic_store(&slot->log_error, error);
		hand_back(&slot->handoff, FPS_HANDOFF_WRITTEN);
	}
}

static void on_output(uint32_t token, int error)
{
	struct fps_ward *ward = fps_ward_at(token);

	if (ward && ward->stage == FPS_WARD_WRITING) {
		note_written(ward, error);
	}
}

/* Events go by without anyone waiting for them. */
#define NO_WARD UINT32_MAX

static void take_event(const struct fps_ward *ward, struct fps_slot *slot)
{
	struct fps_event *event = &slot->event;

	if (atomic_load_explicit(&event->handoff, memory_order_acquire) != FPS_HANDOFF_SEALED || !fps_output_has_room(slot->log)) {
		return;
	}
	memcpy(&copy, slot, offsetof(struct fps_slot, request));
	copy.requests_served = event->requests_served;
	copy.request = event->request;
	copy.draft = event->draft;
	hand_back(&event->handoff, FPS_HANDOFF_NONE);
	write_copy(&ward->user, NO_WARD);
}

/* Takes the draft from the worker, unless that has come to think that it is alone. */
static bool take_draft(struct fps_slot *slot)
{
	uint32_t sealed = FPS_HANDOFF_SEALED;

	return atomic_compare_exchange_strong(&slot->handoff, &sealed, FPS_HANDOFF_TAKEN) || sealed == FPS_HANDOFF_NONE;
}

static void tell(struct fps_ward *ward, struct fps_slot *slot)
{
	int error;

	if (!take_draft(slot)) {
		ward->stage = FPS_WARD_TOLD;
		return;
	}
	memcpy(&copy, slot, offsetof(struct fps_slot, event));
	fps_certificate_fill(ward, &copy);
	fps_sample_add(slot, &copy);
	error = write_copy(&ward->user, fps_ward_number(ward));
	if (error == FPS_OUTPUT_PENDING) {
		ward->stage = FPS_WARD_WRITING;
	} else {
		note_written(ward, error);
	}
}

/* --- wards ------------------------------------------------------------------------------------ */

/* Whether all is known that may be waited for. What is not known in time is left out. */
static bool is_ready(struct fps_ward *ward, const struct fps_slot *slot)
{
	uint64_t since_ns = ward->sealed_ns ? ward->sealed_ns : ward->ended_ns;

	if (!fps_certificate_has_draft(slot)) {
		fps_ward_ask_status(ward);
		if (!ward->status_known && coroner.now_ns < ward->ended_ns + STATUS_WAIT_NS && fps_master_fate() == FPS_FATE_NONE) {
			wake_by(coroner.now_ns + STATUS_RETRY_NS);
			return false;
		}
	}
	if (fps_certificate_needs_fate(ward, slot) && coroner.now_ns < since_ns + FPS_MASTER_WAIT_NS) {
		wake_by(since_ns + FPS_MASTER_WAIT_NS);
		return false;
	}
	return fps_output_has_room(slot->log);
}

static void attend(struct fps_ward *ward)
{
	struct fps_slot *slot = fps_ward_slot(ward);
	uint64_t when_ns;
	bool sealed;

	if (!slot) { /* its worker has overwritten even that */
		ward->stage = FPS_WARD_TOLD;
		return;
	}
	take_event(ward, slot);
	sealed = atomic_load_explicit(&slot->handoff, memory_order_acquire) == FPS_HANDOFF_SEALED;
	if (sealed && !ward->sealed_ns) {
		ward->sealed_ns = coroner.now_ns;
	}
	if (ward->stage != FPS_WARD_WATCHED || !(sealed || ward->ended_ns)) {
		return;
	}
	if (!sealed && !fps_ward_is_in_request(ward)) {
		if (fps_lifecycle_attend(ward, slot, coroner.now_ns, &copy, &when_ns)) {
			write_copy(&ward->user, NO_WARD);
		}
		wake_by(when_ns);
	} else if (is_ready(ward, slot)) {
		tell(ward, slot);
	}
}

static bool has_pending_event(const struct fps_ward *ward)
{
	const struct fps_slot *slot = fps_ward_slot(ward);

	return slot && atomic_load(&slot->event.handoff) == FPS_HANDOFF_SEALED;
}

/* Returns how many wards there are, and how many of them have ended but are not done with. */
static uint32_t attend_all(uint32_t *unfinished)
{
	struct fps_ward *ward;
	uint32_t wards = 0;

	*unfinished = 0;
	for (uint32_t i = 0; (ward = fps_ward_at(i)); i++) {
		if (ward->stage == FPS_WARD_FREE) {
			continue;
		}
		attend(ward);
		if (ward->stage == FPS_WARD_TOLD && ward->ended_ns && !has_pending_event(ward)) {
			fps_ward_release(ward);
			continue;
		}
		wards++;
		*unfinished += ward->ended_ns != 0;
		if (ward->pidfd == -1 && !ward->ended_ns) {
			wake_by(coroner.now_ns + LOOK_NS);
		}
	}
	return wards;
}

/* --- the loop --------------------------------------------------------------------------------- */

/* True while more may come. */
static bool hear(void)
{
	struct fps_line_message message;
	int heard;

	while ((heard = fps_line_hear(&coroner.line, &message)) > 0) {
		switch (message.word) {
			case FPS_LINE_HELLO:
				if (fps_ward_add(&message)) {
					fps_master_meet(message.pid);
				}
				break;
			case FPS_LINE_STOP:
			case FPS_LINE_RELOAD:
				fps_master_hear(&message);
				break;
			default:
				break;
		}
	}
	return heard == 0;
}

static void empty_doorbell(void)
{
	char rings[256];

	while (read(coroner.line.bell_out, rings, sizeof rings) == (ssize_t) sizeof rings) {
	}
}

static void tell_master(void)
{
	enum fps_fate fate = fps_master_fate();

	if (fate == FPS_FATE_NONE || coroner.master_told) {
		return;
	}
	coroner.master_told = true;
	memset(&copy, 0, sizeof copy);
	fps_certificate_master(&copy);
	fps_output_write(NULL, NULL, record, fps_sig_record_format(&copy, record), NO_WARD);
}

/* What is waited for: the line, the launcher, the master, each living ward, the output. */
static nfds_t list_fds(void)
{
	struct fps_ward *ward;
	nfds_t count = OWN_FDS;

	coroner.fds[AT_LINE] = (struct pollfd) {.fd = coroner.line.coroner, .events = POLLIN};
	coroner.fds[AT_DOORBELL] = (struct pollfd) {.fd = coroner.line.bell_out, .events = POLLIN};
	coroner.fds[AT_LAUNCHER] = (struct pollfd) {.fd = coroner.launcher_pidfd, .events = POLLIN};
	coroner.fds[AT_MASTER] = (struct pollfd) {.fd = fps_master_pidfd(), .events = POLLIN};
	for (uint32_t i = 0; (ward = fps_ward_at(i)); i++) {
		ward->polled_at = 0;
		if (ward->stage != FPS_WARD_FREE && !ward->ended_ns && ward->pidfd >= 0) {
			ward->polled_at = (uint32_t) count;
			coroner.fds[count++] = (struct pollfd) {.fd = ward->pidfd, .events = POLLIN};
		}
	}
	return count + fps_output_wait_for(coroner.fds + count);
}

static bool has_ended(const struct fps_ward *ward)
{
	return ward->pidfd >= 0 ? ward->polled_at != 0 && coroner.fds[ward->polled_at].revents : !fps_pidfd_is_alive(ward->pid);
}

static void note_ended(void)
{
	struct fps_ward *ward;

	for (uint32_t i = 0; (ward = fps_ward_at(i)); i++) {
		if (ward->stage != FPS_WARD_FREE && !ward->ended_ns && has_ended(ward)) {
			ward->ended_ns = coroner.now_ns;
			fps_ward_ask_status(ward);
		}
	}
}

static void sleep_until_something_happens(void)
{
	uint64_t deadline_ns = coroner.next_ns < fps_output_deadline_ns() ? coroner.next_ns : fps_output_deadline_ns();
	int timeout = -1;

	coroner.now_ns = fps_sig_death_now_ns(CLOCK_MONOTONIC);
	if (deadline_ns != UINT64_MAX) {
		timeout = deadline_ns <= coroner.now_ns ? 0 : (int) ((deadline_ns - coroner.now_ns) / 1000000 + 1);
	}
	poll(coroner.fds, list_fds(), timeout);
	coroner.now_ns = fps_sig_death_now_ns(CLOCK_MONOTONIC);
	coroner.next_ns = UINT64_MAX;
}

/*
 * The launcher's end with the line still open means that FPM has gone to the background: whoever reads
 * its standard error waits for the last one to close it.
 */
static void note_launcher(bool line_open)
{
	if (coroner.launcher_pidfd >= 0 && coroner.fds[AT_LAUNCHER].revents) {
		fps_line_close(&coroner.launcher_pidfd);
		if (line_open && fps_master_fate() == FPS_FATE_NONE && fps_master_pid() != coroner.launcher) {
			fps_output_daemonize();
		}
	}
}

static void run(void)
{
	bool line_open = true, cut = false;
	uint32_t wards, unfinished;

	do {
		sleep_until_something_happens();
		line_open = line_open && hear();
		empty_doorbell();
		if (coroner.fds[AT_MASTER].revents) {
			fps_master_ended();
		}
		note_launcher(line_open);
		note_ended();
		fps_output_work(on_output);
		wards = attend_all(&unfinished);
		tell_master();
		if (!line_open && coroner.line.coroner >= 0) {
			fps_line_close(&coroner.line.coroner);
		}
		if (!cut && unfinished == 0 && fps_output_is_idle() && (fps_master_fate() == FPS_FATE_STOP || fps_master_fate() == FPS_FATE_RELOAD)) {
			fps_line_close(&coroner.line.coroner); /* the master waits for that */
			cut = true;
			line_open = false;
		}
	} while (line_open || wards > 0 || !fps_output_is_idle());
}

static int prepare(const char *log, uint32_t max_workers)
{
	size_t size = (max_workers + OWN_FDS + FPS_OUTPUT_FDS) * sizeof(struct pollfd);
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED || fps_ward_init(max_workers) == -1) {
		return -1;
	}
	coroner.fds = memory;
	coroner.next_ns = UINT64_MAX;
	fps_sig_record_written_by("coroner");
	fps_output_init(log);
	return 0;
}

int fps_coroner_start(const char *log, uint32_t max_workers, struct fps_line *line)
{
	int forked;

	if (fps_line_open(line) == -1) {
		return -1;
	}
	coroner.launcher = getpid();
	forked = fps_process_fork();
	if (forked != 1) {
		fps_line_close(&line->coroner);
		fps_line_close(&line->bell_out);
		if (forked == -1) {
			fps_line_close(&line->fpm);
			fps_line_close(&line->bell);
		}
		return forked;
	}
	fps_process_settle((const int[]) {line->coroner, line->bell_out}, 2);
	coroner.line = (struct fps_line) {.fpm = -1, .bell = -1, .coroner = line->coroner, .bell_out = line->bell_out};
	coroner.launcher_pidfd = fps_pidfd_open(coroner.launcher);
	if (prepare(log, max_workers) == 0) {
		run();
	}
	_exit(EXIT_SUCCESS);
}
