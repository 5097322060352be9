#include "output.h"

#include "stderr.h"

#include "../sig/death.h"
#include "../sig/io.h"
#include "../sig/record.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_LOG "/var/log/fpmsentinel.jsonl"
#define CHILDREN (FPS_OUTPUT_FDS - 1)
#define CHILD_NS 2000000000ULL

/* A child that writes to a pool's own log, and what it writes, should it fail. */
static struct child {
	pid_t pid; /* 0: free */
	int fd;
	uint64_t deadline_ns;
	uint32_t token;
	size_t len;
	char log[512];
	char line[FPS_SIG_RECORD_MAX];
} children[CHILDREN];

static const char *php_ini_log;
static bool daemonized;

void fps_output_init(const char *log)
{
	php_ini_log = log;
	fps_stderr_init();
}

void fps_output_daemonize(void)
{
	daemonized = true;
	fps_stderr_drop();
}

static void fall_back(const char *log, int error, const char *line, size_t len)
{
	static bool said;
	char words[400];
	int words_len = snprintf(words, sizeof words, "fpmsentinel: %s: %s; its records follow here\n", log, fps_sig_io_error(error));

	if (daemonized) {
		if (strcmp(log, DEFAULT_LOG) != 0) {
			fps_sig_io_append(DEFAULT_LOG, line, len);
		}
		return;
	}
	if (!said) {
		said = true;
		fps_stderr_write(words, (size_t) words_len);
	}
	fps_stderr_write(line, len);
}

static int write_to(const char *log, const char *line, size_t len)
{
	int error;

	if (log[0] == '\0') {
		log = daemonized ? DEFAULT_LOG : "stderr";
	}
	if (strcmp(log, "stderr") == 0) {
		return fps_stderr_write(line, len) ? 0 : EAGAIN;
	}
	error = fps_sig_io_append(log, line, len);
	if (error) {
		fall_back(log, error, line, len);
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

static void run_child(const struct child *child, const struct fps_output_user *user, int result_fd)
{
	int error = become(user) ? fps_sig_io_append(child->log, child->line, child->len) : EPERM;

	(void) !write(result_fd, &error, sizeof error);
	_exit(0);
}

static bool is_php_ini_log(const char *log)
{
	return strcmp(log, php_ini_log) == 0;
}

static struct child *find_child(bool busy)
{
	for (size_t i = 0; i < CHILDREN; i++) {
		if ((children[i].pid != 0) == busy) {
			return &children[i];
		}
	}
	return NULL;
}

bool fps_output_has_room(const char *log)
{
	return is_php_ini_log(log) || log[0] != '/' || find_child(false) != NULL;
}

static int start_child(struct child *child, const struct fps_output_user *user)
{
	int result[2];
	pid_t pid;

	if (pipe2(result, O_CLOEXEC) == -1) {
		return errno;
	}
	pid = fork();
	if (pid == 0) {
		run_child(child, user, result[1]);
	}
	close(result[1]);
	if (pid == -1) {
		close(result[0]);
		return EAGAIN;
	}
	child->pid = pid;
	child->fd = result[0];
	child->deadline_ns = fps_sig_death_now_ns(CLOCK_MONOTONIC) + CHILD_NS;
	return 0;
}

int fps_output_write(const char *log, const struct fps_output_user *user, const char *line, size_t len, uint32_t token)
{
	struct child *child = find_child(false);
	int error;

	if (!log || is_php_ini_log(log) || log[0] != '/') {
		return write_to(log ? log : php_ini_log, line, len);
	}
	if (!child || len > sizeof child->line) {
		return EAGAIN;
	}
	child->token = token;
	child->len = len;
	memcpy(child->line, line, len);
	snprintf(child->log, sizeof child->log, "%s", log);
	error = start_child(child, user);
	if (error) {
		fall_back(log, error, line, len);
	}
	return error ? error : FPS_OUTPUT_PENDING;
}

size_t fps_output_wait_for(struct pollfd *fds)
{
	size_t count = fps_stderr_wait_for(fds);

	for (size_t i = 0; i < CHILDREN; i++) {
		if (children[i].pid != 0) {
			fds[count++] = (struct pollfd) {.fd = children[i].fd, .events = POLLIN};
		}
	}
	return count;
}

uint64_t fps_output_deadline_ns(void)
{
	uint64_t deadline_ns = UINT64_MAX;

	for (size_t i = 0; i < CHILDREN; i++) {
		if (children[i].pid != 0 && children[i].deadline_ns < deadline_ns) {
			deadline_ns = children[i].deadline_ns;
		}
	}
	return deadline_ns;
}

/* True if the child has ended, or has had its time. A killed one that does not end is not waited for. */
static bool has_ended(struct child *child, int *error)
{
	struct pollfd result = {.fd = child->fd, .events = POLLIN};

	if (poll(&result, 1, 0) == 1) {
		if (read(child->fd, error, sizeof *error) != (ssize_t) sizeof *error) {
			*error = EIO;
		}
		return true;
	}
	*error = ETIMEDOUT;
	return fps_sig_death_now_ns(CLOCK_MONOTONIC) >= child->deadline_ns;
}

void fps_output_work(void (*done)(uint32_t token, int error))
{
	int error = 0;

	fps_stderr_work();
	for (size_t i = 0; i < CHILDREN; i++) {
		struct child *child = &children[i];

		if (child->pid == 0 || !has_ended(child, &error)) {
			continue;
		}
		kill(child->pid, SIGKILL);
		close(child->fd);
		child->pid = 0;
		if (error) {
			fall_back(child->log, error, child->line, child->len);
		}
		done(child->token, error);
	}
	while (waitpid(-1, NULL, WNOHANG) > 0) {
	}
}

bool fps_output_is_idle(void)
{
	return !find_child(true) && fps_stderr_is_idle();
}
