/* Where records go, and the children that write what is not root's. */
#include "output.h"

#include "pidfd.h"
#include "process.h"
#include "stderr.h"

#include "../sig/buf.h"
#include "../sig/clock.h"
#include "../sig/io.h"
#include "../sig/place.h"
#include "../sig/record.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN FPS_OUTPUT_FDS
#define CHILD_NS 2000000000ULL
/* How many of them may be of one user: what makes one hang must not stop the records of others. */
#define CHILDREN_OF_ONE (CHILDREN / 4)

/* A child that completes a record, or writes it to a pool's own log; and the record, should it fail. */
static struct child {
	uint64_t deadline_ns; /* CLOCK_MONOTONIC */
	size_t len;
	pid_t pid; /* 0: free */
	int pidfd; /* -1 where there is none */
	int fd;
	uint32_t token;
	uid_t uid;
	bool abandoned; /* it was killed, and does not end */
	bool own; /* it writes itself */
	char log[512];
	char line[FPS_SIG_RECORD_MAX];
} children[CHILDREN];
static char improved[FPS_SIG_RECORD_MAX];

static const char *php_ini_log;
static bool daemonized;

int fps_output_init(const char *log)
{
	php_ini_log = log;
	return fps_stderr_init();
}

void fps_output_daemonize(void)
{
	daemonized = true;
	fps_stderr_drop();
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
	fps_stderr_write(words, text.len);
}

static void fall_back(const char *log, const char *why, const char *line, size_t len)
{
	if (daemonized) {
		if (strcmp(log, FPS_DEFAULT_LOG) != 0) {
			fps_sig_io_append_to(fps_sig_place_open_log(FPS_DEFAULT_LOG, NULL), line, len);
		}
		return;
	}
	say_fallback(log, why);
	fps_stderr_write(line, len);
}

/* What php.ini's log means: none is standard error, which there is none of in the background. */
static const char *target(void)
{
	const char *log = php_ini_log[0] ? php_ini_log : "stderr";

	return daemonized && strcmp(log, "stderr") == 0 ? FPS_DEFAULT_LOG : log;
}

static int write_out(const char *line, size_t len)
{
	const char *log = target();
	char words[1024];
	struct fps_sig_buf why;
	int error;

	if (strcmp(log, "stderr") == 0) {
		return fps_stderr_write(line, len) ? 0 : EAGAIN;
	}
	fps_sig_buf_init(&why, words, sizeof words);
	error = fps_sig_io_append_to(fps_sig_place_open_log(log, &why), line, len);
	if (error) {
		fps_sig_buf_terminate(&why);
		fall_back(log, why.len ? words : fps_sig_io_error(error), line, len);
	}
	return error;
}

/* In a child: becomes the user of the pool, for good. */
static bool become(const struct fps_output_user *user)
{
	if (user->root_fd >= 0 && (fchdir(user->root_fd) == -1 || chroot(".") == -1)) {
		return false;
	}
	if (geteuid() != 0) {
		return geteuid() == user->uid; /* a master without rights has workers of its own user */
	}
	return setgroups(user->group_count, user->groups) == 0 && setgid(user->gid) == 0 && setuid(user->uid) == 0;
}

static bool is_own(const char *log)
{
	return log && log[0] == '/' && strcmp(log, php_ini_log) != 0;
}

/* What a child has to say: how its own writing went, or the length of a better line, which follows. */
struct result {
	int error;
	uint32_t len;
};

static void run_child(const struct fps_output_record *record, int result_fd)
{
	static char line[FPS_SIG_RECORD_MAX];
	struct result result = {.len = (uint32_t) record->len};
	bool own = is_own(record->log);

	memcpy(line, record->line, record->len);
	if (!become(record->user)) {
		result.error = EPERM;
	} else if (record->improve) {
		result.len = (uint32_t) record->improve(line);
	}
	if (own && !result.error) {
		result.error = fps_sig_io_append(record->log, line, result.len);
	}
	/* less than a pipe holds: this does not wait for the coroner */
	if (write(result_fd, &result, sizeof result) == (ssize_t) sizeof result && !own) {
		(void) !write(result_fd, line, result.len);
	}
	_exit(0);
}

/*
 * The more of them a user has, the more must be left, so that many users do not keep out one that has none. Events leave one of
 * their user's to deaths, and as many of all as one user may have.
 */
static struct child *find_free(const struct fps_output_user *user, bool is_event)
{
	struct child *found = NULL;
	unsigned of_user = 0, free = 0;

	for (size_t i = 0; i < CHILDREN; i++) {
		if (children[i].pid == 0) {
			found = &children[i];
			free++;
		} else {
			of_user += children[i].uid == user->uid;
		}
	}
	if (of_user >= CHILDREN_OF_ONE || of_user >= free || (is_event && (of_user + 1 >= CHILDREN_OF_ONE || free <= CHILDREN_OF_ONE))) {
		return NULL;
	}
	return found;
}

bool fps_output_has_room(const struct fps_output_user *user, bool is_event)
{
	return find_free(user, is_event) != NULL;
}

static bool start_child(struct child *child, const struct fps_output_record *record)
{
	int result[2];
	pid_t pid;

	if (pipe2(result, O_CLOEXEC | O_NONBLOCK) == -1) {
		return false;
	}
	pid = fps_process_fork_plain();
	if (pid == 0) {
		run_child(record, result[1]);
	}
	close(result[1]);
	if (pid == -1) {
		close(result[0]);
		return false;
	}
	child->pid = pid;
	child->pidfd = fps_pidfd_open(pid);
	child->fd = result[0];
	child->deadline_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC) + CHILD_NS;
	child->token = record->token;
	child->uid = record->user->uid;
	child->abandoned = false;
	child->own = is_own(record->log);
	child->len = record->len;
	memcpy(child->line, record->line, record->len);
	snprintf(child->log, sizeof child->log, "%s", child->own ? record->log : "");
	return true;
}

int fps_output_write(const struct fps_output_record *record)
{
	bool own = is_own(record->log);
	struct child *child = own || record->improve ? find_free(record->user, record->is_event) : NULL;

	if (child && start_child(child, record)) {
		return FPS_OUTPUT_PENDING;
	}
	if (!own) {
		return write_out(record->line, record->len);
	}
	fall_back(record->log, fps_sig_io_error(EAGAIN), record->line, record->len);
	return EAGAIN;
}

size_t fps_output_wait_for(struct pollfd *fds)
{
	size_t count = 0;

	for (size_t i = 0; i < CHILDREN; i++) {
		if (children[i].pid != 0) {
			int fd = children[i].abandoned ? children[i].pidfd : children[i].fd;

			fds[count++] = (struct pollfd) {.fd = fd, .events = POLLIN};
		}
	}
	return count;
}

uint64_t fps_output_deadline_ns(void)
{
	uint64_t deadline_ns = fps_stderr_due_ns();

	for (size_t i = 0; i < CHILDREN; i++) {
		if (children[i].pid != 0 && !children[i].abandoned && children[i].deadline_ns < deadline_ns) {
			deadline_ns = children[i].deadline_ns;
		}
	}
	return deadline_ns;
}

/* A child closes its end of the pipe as it ends. */
static bool has_ended(const struct child *child)
{
	struct pollfd end = {.fd = child->fd, .events = POLLIN};

	return poll(&end, 1, 0) == 1 && (end.revents & POLLHUP);
}

static void forget(struct child *child)
{
	if (child->pidfd >= 0) {
		close(child->pidfd);
	}
	child->pid = 0;
}

/* One that hangs, in a file system perhaps, may not even end when it is killed: it is not waited for, and keeps its place. */
static void end(struct child *child, bool hangs)
{
	fps_pidfd_kill(child->pid, child->pidfd);
	child->abandoned = hangs && waitpid(child->pid, NULL, WNOHANG) == 0;
	if (!hangs) {
		waitpid(child->pid, NULL, 0);
	}
	if (!child->abandoned) {
		forget(child);
	}
}

static int finish(struct child *child, bool hangs)
{
	struct result result = {.error = ETIMEDOUT};
	bool has_result = read(child->fd, &result, sizeof result) == (ssize_t) sizeof result;

	if (!child->own && has_result && result.len <= sizeof child->line
		&& read(child->fd, improved, result.len) == (ssize_t) result.len && result.len > 0) {
		child->len = result.len;
		memcpy(child->line, improved, result.len);
	}
	close(child->fd);
	end(child, hangs);
	if (!child->own) {
		return write_out(child->line, child->len);
	}
	if (result.error) {
		fall_back(child->log, fps_sig_io_error(result.error), child->line, child->len);
	}
	return result.error;
}

static void attend(struct child *child, void (*done)(uint32_t token, int error))
{
	bool ended;

	if (child->abandoned) {
		if (waitpid(child->pid, NULL, WNOHANG) != 0) {
			forget(child);
		}
		return;
	}
	ended = has_ended(child);
	if (ended || fps_sig_clock_now_ns(CLOCK_MONOTONIC) >= child->deadline_ns) {
		done(child->token, finish(child, !ended));
	}
}

void fps_output_work(void (*done)(uint32_t token, int error))
{
	fps_stderr_work();
	for (size_t i = 0; i < CHILDREN; i++) {
		if (children[i].pid != 0) {
			attend(&children[i], done);
		}
	}
}

bool fps_output_is_idle(void)
{
	for (size_t i = 0; i < CHILDREN; i++) {
		if (children[i].pid != 0 && !children[i].abandoned) {
			return false;
		}
	}
	return fps_stderr_is_idle();
}
