/* The coroner's start and its main loop. */
#include "coroner/coroner.h"

#include "coroner/boxfile.h"
#include "coroner/fdclose.h"
#include "coroner/fpmstderr.h"
#include "coroner/handover.h"
#include "coroner/jail.h"
#include "coroner/logdestination.h"
#include "coroner/master.h"
#include "coroner/namecache.h"
#include "coroner/oomledger.h"
#include "coroner/pendingdeaths.h"
#include "coroner/pidfd.h"
#include "coroner/process.h"
#include "coroner/setuidchild.h"
#include "coroner/storm.h"
#include "coroner/supervisor.h"
#include "coroner/userquota.h"
#include "coroner/workertable.h"

#include "record/clock.h"
#include "record/record.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Descriptors before those of the wards and of the output. */
enum { AT_CHANNEL, AT_BELLS, AT_LAUNCHER, AT_MASTER, OWN_FDS };

#define OOM_QUIET_NS 1000000000ULL
/* How many hellos to hear in one turn. */
#define HEARD_IN_TURN 64
/* How long to wait for standard error to take the rest when FPM is gone. */
#define LINGER_NS 5000000000ULL

static struct {
	struct fps_channel channel;
	pid_t launcher;
	int launcher_pidfd; /* -1 once it has ended */
	struct pollfd *fds;
	uint64_t now_ns; /* CLOCK_MONOTONIC of this turn */
	uint64_t oom_quiet_until_ns;
	volatile sig_atomic_t was_away; /* stopped, or not running, since the last turn */
	struct fps_jail jail;
} coroner;

static void hear_message(struct fps_channel_message *message)
{
	struct fps_ward *ward;

	switch (message->words.word) {
		case FPS_CHANNEL_HELLO:
			ward = fps_workertable_add(message);
			if (ward) {
				fps_master_meet(ward->who.parent_pid);
				fps_pendingdeaths_scavenge();
			}
			break;
		case FPS_CHANNEL_STOP:
		case FPS_CHANNEL_RELOAD:
		case FPS_CHANNEL_MASTER: fps_master_hear(message); break;
		default: break;
	}
}

/* True while more may come. The bound keeps a flood of hellos from delaying deaths. */
static bool hear(void)
{
	static struct fps_channel_message message;
	int heard = 0;

	for (int i = 0; i < HEARD_IN_TURN && (heard = fps_channel_hear(&coroner.channel, &message)) > 0; i++) {
		hear_message(&message);
		fps_workertable_keep(); /* before removing the message: if this coroner dies, the next one hears it again */
		fps_channel_next(&coroner.channel, &message);
		fps_channel_discard(&message);
		fps_fdclose_work();
	}
	return heard >= 0;
}

/* What to wait for: the channel, the launcher, the master, each living ward, the output. */
static nfds_t list_fds(void)
{
	struct fps_ward *ward;
	nfds_t count = OWN_FDS;

	coroner.fds[AT_CHANNEL] = (struct pollfd) {.fd = coroner.channel.coroner, .events = POLLIN};
	coroner.fds[AT_BELLS] = (struct pollfd) {.fd = fps_workertable_bells_fd(), .events = POLLIN};
	coroner.fds[AT_LAUNCHER] = (struct pollfd) {.fd = coroner.launcher_pidfd, .events = POLLIN};
	coroner.fds[AT_MASTER] = (struct pollfd) {.fd = fps_master_pidfd(), .events = POLLIN};
	for (uint32_t i = 0; (ward = fps_workertable_at(i)); i++) {
		ward->polled_at = 0;
		if (ward->stage != FPS_WARD_FREE && !ward->ended_ns && ward->pidfd >= 0) {
			ward->polled_at = (uint32_t) count;
			coroner.fds[count++] = (struct pollfd) {.fd = ward->pidfd, .events = POLLIN};
		}
	}
	return count + fps_logdestination_wait_for(coroner.fds + count);
}

/*
 * A step of an OOM counter only has a time if it is seen when it happens. Reclaim changes the same file often, so the
 * file is left alone for a while after each report.
 */
static nfds_t list_oom_fds(struct pollfd *fds)
{
	nfds_t count = 0;

	for (int group = 0; coroner.now_ns >= coroner.oom_quiet_until_ns && group < FPS_OOM_GROUPS; group++) {
		int fd = fps_oomledger_event_fd(group);

		if (fd >= 0) {
			fds[count++] = (struct pollfd) {.fd = fd, .events = POLLPRI};
		}
	}
	return count;
}

static void note_oom(const struct pollfd *fds, nfds_t count)
{
	bool is_quiet = coroner.oom_quiet_until_ns > coroner.now_ns, was_quiet = coroner.oom_quiet_until_ns > 0;

	coroner.oom_quiet_until_ns = is_quiet ? coroner.oom_quiet_until_ns : 0;
	for (nfds_t i = 0; i < count; i++) {
		if (fds[i].revents) {
			coroner.oom_quiet_until_ns = coroner.now_ns + OOM_QUIET_NS;
		}
	}
	if (!is_quiet && (was_quiet || coroner.oom_quiet_until_ns > 0)) {
		fps_oomledger_sync();
	}
}

/*
 * One that has said hello just now may be dead as well: its end is not to be seen after that of others who died later.
 * After an absence that began behind poll() all may be dead, and what came of it is old.
 */
static bool has_ended(struct fps_ward *ward, bool was_away)
{
	bool is_polled = ward->polled_at != 0 && !was_away;

	if (is_polled && (!ward->by_lifeline || !coroner.fds[ward->polled_at].revents)) {
		return coroner.fds[ward->polled_at].revents != 0;
	}
	if (ward->by_lifeline) {
		return fps_workertable_has_ended_by_lifeline(ward);
	}
	return ward->pidfd >= 0 ? fps_pidfd_has_ended(ward->pidfd) : !fps_pidfd_is_alive(ward->who.pid);
}

static void on_continue(int number)
{
	(void) number;
	coroner.was_away = 1;
}

/* Also when this coroner has replaced one that was killed. */
static void note_absences(bool is_first)
{
	struct sigaction act = {.sa_handler = on_continue};

	coroner.was_away = !is_first;
	sigaction(SIGCONT, &act, NULL);
}

static void note_ended(void)
{
	bool was_away = coroner.was_away, is_first = true;
	struct fps_ward *ward;

	coroner.was_away = 0;
	for (uint32_t i = 0; (ward = fps_workertable_at(i)); i++) {
		if (ward->stage != FPS_WARD_FREE && !ward->ended_ns && has_ended(ward, was_away)) {
			if (is_first) {
				fps_oomledger_sync();
			}
			is_first = false;
			/* its last request may have begun after we were woken */
			ward->ended_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC);
			ward->is_late = was_away;
			fps_workertable_look_at_end(ward);
			fps_workertable_ask_status(ward);
		}
	}
}

static void sleep_until(uint64_t due_ns)
{
	uint64_t output_ns = fps_logdestination_deadline_ns(), close_ns = fps_fdclose_due_ns();
	nfds_t count, oom_count;
	int timeout = -1;

	coroner.now_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC);
	due_ns = output_ns < due_ns ? output_ns : due_ns;
	due_ns = close_ns < due_ns ? close_ns : due_ns;
	if (coroner.oom_quiet_until_ns > coroner.now_ns && coroner.oom_quiet_until_ns < due_ns) {
		due_ns = coroner.oom_quiet_until_ns;
	}
	if (due_ns != UINT64_MAX) {
		timeout = due_ns <= coroner.now_ns ? 0 : (int) ((due_ns - coroner.now_ns) / 1000000 + 1);
	}
	count = list_fds();
	oom_count = list_oom_fds(coroner.fds + count);
	while (poll(coroner.fds, count + oom_count, timeout) == -1 && errno == EINTR) {
		/* what happened during an absence belongs to this turn, which knows about the absence */
		timeout = 0;
	}
	coroner.now_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC);
	note_oom(coroner.fds + count, oom_count);
}

/*
 * If the launcher ends while the channel is open, FPM has gone to the background: the reader of its standard error
 * waits until the last process has closed it.
 */
static void note_launcher(bool line_open)
{
	if (coroner.launcher_pidfd >= 0 && coroner.fds[AT_LAUNCHER].revents) {
		fps_process_close(&coroner.launcher_pidfd);
		if (line_open && fps_master_fate() == FPS_FATE_NONE && fps_master_pid() != coroner.launcher) {
			fps_logdestination_daemonize();
			fps_handover_say_daemonized();
		}
	}
}

static bool is_going(void)
{
	return fps_master_fate() == FPS_FATE_STOP || fps_master_fate() == FPS_FATE_RELOAD;
}

/* For a later start that finds the files: until then all their workers were alive. */
static void note_seen(void)
{
	struct fps_boxfile_header *header = fps_boxfile_header();

	if (header) {
		atomic_store(&header->seen_ns, coroner.now_ns);
	}
}

static void run(void)
{
	struct fps_pendingdeaths pending = {.due_ns = UINT64_MAX};
	uint64_t needed_ns = 0;
	bool open = true;

	do {
		sleep_until(pending.due_ns);
		open = open && hear();
		fps_workertable_empty_bells();
		if (coroner.fds[AT_MASTER].revents) {
			fps_master_ended();
		}
		note_launcher(open);
		note_ended();
		fps_logdestination_work(fps_pendingdeaths_written);
		pending = fps_pendingdeaths_hold(coroner.now_ns);
		note_seen();
		fps_pendingdeaths_record_master();
		if (!open || is_going()) {
			fps_fpmstderr_hurry();
		}
		if (!open || (is_going() && pending.unfinished == 0 && fps_logdestination_is_idle())) {
			open = false;
			fps_channel_hang_up(&coroner.channel); /* the ending master waits for that */
		}
		fps_workertable_keep();
		fps_fdclose_work();
		if (open || pending.wards > 0) {
			needed_ns = coroner.now_ns;
		}
	} while (needed_ns == coroner.now_ns || fps_logdestination_has_held_up()
		|| (!fps_logdestination_is_idle() && coroner.now_ns < needed_ns + LINGER_NS));
}

/* Everything that outlives a coroner is made here, in its supervisor. */
static int prepare(const char *log)
{
	const size_t size = (FPS_WARD_MAX + OWN_FDS + FPS_LOGDESTINATION_FDS + FPS_OOM_GROUPS) * sizeof(struct pollfd);

	coroner.fds = fps_process_share(size);
	if (!coroner.fds || fps_workertable_init() == -1 || fps_master_init() == -1 || fps_oomledger_init("") == -1
		|| fps_logdestination_init(log) == -1 || fps_userquota_init() == -1 || fps_namecache_init() == -1
		|| fps_storm_init() == -1 || fps_setuidchild_open() == -1) {
		return -1;
	}
	fps_sig_record_written_by("coroner");
	fps_oomledger_join(getpid()); /* the death of a first worker may come before its hello is heard */
	coroner.jail.traces = !fps_pidfd_status_is_public();
	return 0;
}

static void say_restarted(const struct fps_supervisor_past *past)
{
	char words[160];
	int len = snprintf(words, sizeof words,
		past->ended_by ? "fpmsentinel: the coroner was ended by signal %d; another one goes on (restart %u)\n"
					   : "fpmsentinel: the coroner ended (%d); another one goes on (restart %u)\n",
		past->ended_by, past->restarts);

	fps_fpmstderr_write(words, (size_t) len);
}

static void be_coroner(const struct fps_supervisor_past *past)
{
	fps_process_lock_memory();
	note_absences(past->restarts == 0);
	fps_workertable_survive_cuts();
	fps_fdclose_init(coroner.jail.filters);
	fps_workertable_open_bells();
	fps_jail_coroner(&coroner.jail);
	fps_handover_leave_supervisor();
	fps_setuidchild_leave_supervisor();
	fps_boxfile_lock();
	if (past->restarts > 0) {
		fps_master_adopt();
		fps_workertable_adopt(past->at_fault);
		say_restarted(past);
	}
	run();
	fps_userquota_report(UINT64_MAX);
	fps_boxfile_end();
	_exit(EXIT_SUCCESS);
}

/* The launcher's side: FPM's processes inherit its ends of the channel. */
static int keep_fpm_ends(struct fps_channel *channel, int forked)
{
	int error = errno;

	fps_process_close(&coroner.launcher_pidfd);
	fps_process_close(&channel->coroner);
	fps_process_close(&channel->here);
	if (forked == -1) {
		fps_process_close(&channel->fpm);
		fps_process_close(&channel->peer);
	}
	errno = error;
	return forked;
}

int fps_coroner_start(const char *log, struct fps_channel *channel)
{
	int forked, keep[5];

	if (fps_channel_open(channel) == -1) {
		return -1;
	}
	coroner.launcher = getpid();
	coroner.jail.filters = !fps_process_is_under_valgrind();
	coroner.launcher_pidfd = fps_pidfd_open(coroner.launcher); /* set here: it may be gone before the coroner runs */
	forked = fps_process_fork();
	if (forked != 1) {
		return keep_fpm_ends(channel, forked);
	}
	keep[0] = channel->coroner;
	keep[1] = channel->here;
	keep[2] = coroner.launcher_pidfd;
	fps_boxfile_fds(keep + 3);
	fps_process_settle(keep, sizeof keep / sizeof keep[0]);
	fps_boxfile_lock();
	coroner.channel = *channel;
	coroner.channel.fpm = coroner.channel.peer = -1;
	if (prepare(log) == 0) {
		fps_fdclose_init(coroner.jail.filters);
		fps_jail_supervisor(&coroner.jail);
		fps_supervisor_run(be_coroner, fps_logdestination_daemonize);
	}
	_exit(EXIT_SUCCESS);
}
