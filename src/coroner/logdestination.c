/* Where records go, and the children that write what root must not write. */
#include "coroner/logdestination.h"

#include "coroner/channel.h"
#include "coroner/fpmstderr.h"
#include "coroner/process.h"
#include "coroner/setuidchild.h"

#include "record/buf.h"
#include "record/clock.h"
#include "record/names.h"
#include "record/record.h"
#include "sig/logfile.h"
#include "sig/trustedpath.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How many children one user may have: one that hangs must not block the records of others. */
#define CHILDREN 16
#define CHILDREN_OF_ONE (CHILDREN / 4)
/* The supervisor kills a child that hangs; a child that survives even that is given up. */
#define CHILD_NS (FPS_SETUIDCHILD_NS + FPS_SETUIDCHILD_NS / 2)
/* When to check for room if no child's end will signal it; the interval doubles each time. */
#define RETRY_NS 500000000ULL
#define LONGEST_NS 60000000000ULL

/* A record that a child of the supervisor completes or writes, and what to do with it if that fails. */
static struct child {
	uint64_t deadline_ns; /* CLOCK_MONOTONIC */
	uint64_t patience_ns; /* from one retry to the next */
	size_t len;           /* 0: free */
	int fd;               /* where its answer comes from; ends with the child */
	uint32_t token;
	uid_t uid;
	bool is_chroot;
	bool given_up; /* and has been reported; it keeps its place until it ends */
	enum fps_setuidchild_place place;
	char log[512];
	char line[FPS_SIG_RECORD_MAX];
} children[CHILDREN];
_Static_assert(CHILDREN + 2 <= FPS_LOGDESTINATION_FDS, "room for all of them");

static const char *php_ini_log;
static bool daemonized;
static bool is_well;      /* the last record for that log was written */
static bool refused;      /* somebody waits for room, */
static uint64_t retry_ns; /* and checks again after that time */

int fps_logdestination_init(const char *log)
{
	php_ini_log = log;
	return fps_fpmstderr_init();
}

void fps_logdestination_daemonize(void)
{
	daemonized = true;
	fps_fpmstderr_drop();
}

static void say_fallback(const char *log, const char *why)
{
	static bool said;
	char words[2048];
	struct fps_sig_buf text;

	if (said) {
		return;
	}
	said = true;
	fps_sig_buf_init(&text, words, sizeof words);
	fps_sig_buf_text(&text, "fpmsentinel: ");
	fps_sig_buf_plain(&text, log, strlen(log));
	fps_sig_buf_text(&text, ": ");
	fps_sig_buf_text(&text, why);
	fps_sig_buf_text(&text, "; its records follow here\n");
	fps_fpmstderr_write(words, text.len);
}

static void fall_back(const char *log, const char *why, const char *line, size_t len)
{
	if (daemonized) {
		if (strcmp(log, FPS_DEFAULT_LOG) != 0) {
			fps_sig_logfile_append_to(fps_sig_trustedpath_open_log(FPS_DEFAULT_LOG, NULL), line, len);
		}
		return;
	}
	say_fallback(log, why);
	fps_fpmstderr_write(line, len);
}

/* Where records of pools without a log of their own go: a path, or "stderr", which does not exist in the background. */
static const char *current_log(void)
{
	const char *log = php_ini_log[0] ? php_ini_log : "stderr";

	return daemonized && strcmp(log, "stderr") == 0 ? FPS_DEFAULT_LOG : log;
}

static bool is_own(const char *log)
{
	return log && log[0] == '/' && strcmp(log, php_ini_log) != 0;
}

/*
 * The more children a user has, the more must be left, so that many users do not lock out a user that has none. Events
 * leave one of their user's children to deaths, and as many of all as one user may have.
 */
static struct child *find_free(uid_t uid, bool is_event)
{
	struct child *found = NULL;
	unsigned of_user = 0, free = 0;

	for (size_t i = 0; i < CHILDREN; i++) {
		if (children[i].len == 0) {
			found = &children[i];
			free++;
		} else {
			of_user += children[i].uid == uid;
		}
	}
	if (of_user >= CHILDREN_OF_ONE || of_user >= free
		|| (is_event && (of_user + 1 >= CHILDREN_OF_ONE || free <= CHILDREN_OF_ONE))) {
		return NULL;
	}
	return found;
}

/* False, with errno, if the supervisor can't be asked. */
static bool start_child(
	struct child *child, const struct fps_logdestination_record *record, enum fps_setuidchild_place place)
{
	int fd = child ? fps_setuidchild_ask(record, place) : -1;

	if (!child) {
		errno = EAGAIN;
	}
	if (fd == -1) {
		return false;
	}
	child->fd = fd;
	child->patience_ns = CHILD_NS;
	child->deadline_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC) + child->patience_ns;
	child->token = record->token;
	child->uid = record->user->uid;
	child->given_up = false;
	child->is_chroot = record->user && record->user->root_fd >= 0;
	child->place = place;
	child->len = record->len;
	memmove(child->line, record->line, record->len); /* which may be the pool's own */
	snprintf(child->log, sizeof child->log, "%s", place == FPS_SETUIDCHILD_OWN ? record->log : "");
	return true;
}

/* To php.ini's log. */
static int write_out(const char *line, size_t len)
{
	const char *log = current_log();
	char words[1024];
	struct fps_sig_buf why;
	int error;

	if (strcmp(log, "stderr") == 0) {
		is_well = fps_fpmstderr_write(line, len);
		return is_well ? 0 : EAGAIN;
	}
	fps_sig_buf_init(&why, words, sizeof words);
	error = fps_sig_logfile_append_to(fps_sig_trustedpath_open_log(log, &why), line, len);
	is_well = error == 0;
	if (error) {
		fps_sig_buf_terminate(&why);
		fall_back(log, why.len ? words : fps_sig_names_error(error), line, len);
	}
	return error;
}

bool fps_logdestination_is_well(const char *log)
{
	return !is_own(log) && is_well;
}

/* While the supervisor is stopped no child will start: then only records that need a child wait. */
bool fps_logdestination_has_room(const struct fps_logdestination_user *user, const char *log, bool is_event)
{
	bool room = find_free(user->uid, is_event) && fps_setuidchild_has_room();

	room = room || (!is_own(log) && fps_setuidchild_is_stopped());
	refused = refused || !room;
	return room;
}

int fps_logdestination_write(const struct fps_logdestination_record *record)
{
	bool own = is_own(record->log), helps = own || (record->slot && !fps_setuidchild_is_stopped());
	int error;

	if (helps
		&& start_child(find_free(record->user->uid, record->is_event), record,
			own ? FPS_SETUIDCHILD_OWN : FPS_SETUIDCHILD_NOWHERE)) {
		return FPS_LOGDESTINATION_PENDING;
	}
	error = errno;
	if (!own) {
		return write_out(record->line, record->len);
	}
	fall_back(record->log, fps_sig_names_error(error == EPIPE ? ECHILD : error), record->line, record->len);
	return error;
}

size_t fps_logdestination_wait_for(struct pollfd *fds)
{
	size_t count = 0;

	for (size_t i = 0; i < CHILDREN; i++) {
		if (children[i].len != 0) {
			fds[count++] = (struct pollfd) {.fd = children[i].fd}; /* only its end */
		}
	}
	fds[count++] = (struct pollfd) {.fd = fps_fpmstderr_full_fd(), .events = POLLOUT};
	fds[count++] = (struct pollfd) {.fd = refused ? fps_setuidchild_full_fd() : -1, .events = POLLOUT};
	return count;
}

uint64_t fps_logdestination_deadline_ns(void)
{
	uint64_t deadline_ns = fps_fpmstderr_due_ns(), now_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC);

	retry_ns = !refused ? RETRY_NS : retry_ns < LONGEST_NS / 2 ? 2 * retry_ns : LONGEST_NS;
	if (refused && now_ns + retry_ns < deadline_ns) {
		deadline_ns = now_ns + retry_ns;
	}
	for (size_t i = 0; i < CHILDREN; i++) {
		if (children[i].len != 0 && !children[i].given_up && children[i].deadline_ns < deadline_ns) {
			deadline_ns = children[i].deadline_ns;
		}
	}
	return deadline_ns;
}

/* A child closes its end of the pipe when it ends, and so does a supervisor that can't start one. */
static bool has_ended(const struct child *child)
{
	struct pollfd end = {.fd = child->fd};

	return poll(&end, 1, 0) == 1 && (end.revents & POLLHUP);
}

static void forget(struct child *child)
{
	fps_process_close(&child->fd);
	child->len = 0;
}

/* The result for its record; `child` is free then. */
static int finish(struct child *child)
{
	static struct fps_setuidchild_answer answer;

	fps_setuidchild_read(child->fd, &answer);
	if (answer.len == 0) {
		answer.len = child->len;
		memcpy(answer.line, child->line, child->len);
	}
	if (!child->is_chroot) {
		fps_namecache_keep(child->uid, answer.item, answer.items);
	}
	forget(child);
	if (child->place == FPS_SETUIDCHILD_NOWHERE) {
		return write_out(answer.line, answer.len);
	}
	if (answer.error) {
		fall_back(child->log, fps_sig_names_error(answer.error), answer.line, answer.len);
	}
	return answer.error;
}

/* It does not end in time: the record is written without names, which needs no child. */
static int give_up(struct child *child)
{
	if (child->place != FPS_SETUIDCHILD_NOWHERE && fps_setuidchild_is_stopped()) {
		child->patience_ns = child->patience_ns < LONGEST_NS / 2 ? 2 * child->patience_ns : LONGEST_NS;
		child->deadline_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC) + child->patience_ns;
		return FPS_LOGDESTINATION_PENDING;
	}
	child->given_up = true;
	if (child->place == FPS_SETUIDCHILD_NOWHERE) {
		return write_out(child->line, child->len);
	}
	fall_back(child->log, fps_sig_names_error(ETIMEDOUT), child->line, child->len);
	return ETIMEDOUT;
}

static void attend(struct child *child, void (*done)(uint32_t token, int error))
{
	uint32_t token = child->token;
	int error = FPS_LOGDESTINATION_PENDING;

	if (has_ended(child)) {
		if (child->given_up) {
			forget(child);
			return;
		}
		error = finish(child);
	} else if (!child->given_up && fps_sig_clock_now_ns(CLOCK_MONOTONIC) >= child->deadline_ns) {
		error = give_up(child);
	}
	if (error != FPS_LOGDESTINATION_PENDING) {
		done(token, error);
	}
}

void fps_logdestination_work(void (*done)(uint32_t token, int error))
{
	fps_fpmstderr_work();
	refused = false;
	for (size_t i = 0; i < CHILDREN; i++) {
		if (children[i].len != 0) {
			attend(&children[i], done);
		}
	}
}

static bool has_children(void)
{
	for (size_t i = 0; i < CHILDREN; i++) {
		if (children[i].len != 0 && !children[i].given_up) {
			return true;
		}
	}
	return false;
}

bool fps_logdestination_is_held_up(const char *log)
{
	return is_own(log) && fps_setuidchild_is_stopped();
}

bool fps_logdestination_has_held_up(void)
{
	return has_children() && fps_setuidchild_is_stopped();
}

bool fps_logdestination_is_idle(void)
{
	return fps_fpmstderr_is_idle() && (!has_children() || fps_setuidchild_is_stopped());
}
