/* Writes as the user of a pool, in children of the supervisor. */
#include "coroner/setuidchild.h"

#include "coroner/channel.h"
#include "coroner/fdpass.h"
#include "coroner/jail.h"
#include "coroner/pidfd.h"
#include "coroner/process.h"
#include "coroner/symbols.h"

#include "record/clock.h"
#include "record/frames.h"
#include "record/record.h"
#include "sig/logfile.h"
#include "sig/proc.h"
#include "sig/trustedpath.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Room for as many jobs as there may be children, in case the supervisor is stopped. Only root gets all of it. */
#define QUEUE_SIZE (4 << 20)

/* The part of a slot that a record is made from. */
#define SLOT_SIZE offsetof(struct fps_slot, event)

/*
 * The coroner has fewer at once; a child that has answered may still be ending, and one that hangs may belong to an
 * earlier coroner.
 */
#define CHILDREN 64

/* Sent only as far as it is used: up to the end of the line or the slot. */
static struct job {
	uint32_t place; /* enum fps_setuidchild_place */
	uint32_t has_slot, len;
	uid_t uid;
	gid_t gid, groups[32];
	uint32_t group_count;
	char log[512];
	union {
		char line[FPS_SIG_RECORD_MAX];
		struct fps_slot slot;
	};
} job;

/* What precedes the better record and the names. */
struct answer {
	int error;
	uint32_t len, items;
};

/* Those of the child, or those read from its answer. */
static struct fps_namecache_item items[FPS_MAX_NATIVE_FRAMES];

enum { ANSWER, ROOT, DESCRIPTORS };

static int coroner_end = -1, supervisor_end = -1;

int fps_setuidchild_open(void)
{
	return fps_fdpass_pair(&supervisor_end, &coroner_end, QUEUE_SIZE);
}

void fps_setuidchild_leave_supervisor(void)
{
	fps_process_close(&supervisor_end);
}

/* --- the coroner's side ------------------------------------------------------------------------ */

bool fps_setuidchild_is_stopped(void)
{
	int state = fps_sig_proc_state(getppid());

	return state == 'T' || state == 't';
}

bool fps_setuidchild_has_room(void)
{
	struct pollfd socket = {.fd = coroner_end, .events = POLLOUT};

	return poll(&socket, 1, 0) == 1;
}

int fps_setuidchild_full_fd(void)
{
	return fps_setuidchild_has_room() ? -1 : coroner_end;
}

static size_t fill(const struct fps_logdestination_record *record, enum fps_setuidchild_place place)
{
	job.place = place;
	job.has_slot = record->slot != NULL;
	job.uid = record->user->uid;
	job.gid = record->user->gid;
	job.group_count = record->user->group_count;
	memcpy(job.groups, record->user->groups, sizeof job.groups);
	snprintf(job.log, sizeof job.log, "%s", place == FPS_SETUIDCHILD_OWN ? record->log : "");
	if (record->slot) {
		job.len = SLOT_SIZE;
		memcpy(&job.slot, record->slot, SLOT_SIZE);
	} else {
		job.len = (uint32_t) record->len;
		memcpy(job.line, record->line, record->len);
	}
	return offsetof(struct job, line) + job.len;
}

int fps_setuidchild_ask(const struct fps_logdestination_record *record, enum fps_setuidchild_place place)
{
	int answer[2], root = record->user->root_fd, error;
	bool sent;

	if (pipe2(answer, O_CLOEXEC | O_NONBLOCK) == -1) {
		return -1;
	}
	sent = fps_fdpass_send(coroner_end, &job, fill(record, place), (int[]) {answer[1], root}, root >= 0 ? 2 : 1);
	error = errno;
	close(answer[1]);
	if (!sent) {
		close(answer[0]);
		errno = error == ECONNRESET ? EPIPE : error; /* it ended with a job that it had not read */
		return -1;
	}
	return answer[0];
}

static bool read_all(int fd, void *to, size_t len)
{
	return read(fd, to, len) == (ssize_t) len;
}

void fps_setuidchild_read(int answer, struct fps_setuidchild_answer *to)
{
	struct answer head = {.error = ETIMEDOUT};

	to->len = to->items = 0;
	to->item = items;
	if (read_all(answer, &head, sizeof head) && head.len <= sizeof to->line && read_all(answer, to->line, head.len)) {
		to->len = head.len;
		to->items = head.items <= FPS_MAX_NATIVE_FRAMES && read_all(answer, items, head.items * sizeof items[0])
			? head.items
			: 0;
	}
	to->error = head.error;
}

/* --- the supervisor's side --------------------------------------------------------------------- */

static struct child {
	pid_t pid;            /* 0: free */
	uint64_t deadline_ns; /* CLOCK_MONOTONIC; UINT64_MAX: it was killed, and has not ended yet */
} children[CHILDREN];

/* Irreversibly. */
static bool become(int root)
{
	if (root >= 0 && (fchdir(root) == -1 || chroot(".") == -1)) {
		return false;
	}
	if (geteuid() != 0) {
		return geteuid() == job.uid; /* a master without rights has workers of its own user */
	}
	if (setgroups(job.group_count, job.groups) == -1 || setgid(job.gid) == -1 || setuid(job.uid) == -1) {
		return false;
	}
	fps_jail_child(); /* the pool of root has kept its rights */
	return true;
}

static const char *line_of_job(size_t *len, uint32_t *count)
{
	static char names[FPS_MAX_NATIVE_FRAMES][FPS_SIG_FRAME_NAME];
	static char line[FPS_SIG_RECORD_MAX];
	struct fps_symbols_file files[FPS_MAX_MODULES];

	if (!job.has_slot) {
		*len = job.len;
		return job.line;
	}
	fps_symbols_fill(&job.slot.draft, names, files);
	*count = (uint32_t) fps_namecache_collect(&job.slot.draft, names, files, items);
	fps_sig_frames_name(names);
	*len = fps_sig_record_format(&job.slot, line);
	return line;
}

static bool write_all(int fd, const void *from, size_t len)
{
	return len == 0 || write(fd, from, len) == (ssize_t) len;
}

static void run_child(int answer_fd, int root)
{
	struct answer answer = {.error = 0};
	const char *line = NULL;
	size_t len;

	if (!become(root)) {
		answer.error = EPERM;
	} else {
		line = line_of_job(&len, &answer.items);
	}
	if (line && job.place == FPS_SETUIDCHILD_NOWHERE) {
		answer.len = (uint32_t) len;
	} else if (line) {
		answer.error = fps_sig_logfile_append(job.log, line, len);
	}
	/* less than a pipe holds: this does not wait for the coroner */
	if (write_all(answer_fd, &answer, sizeof answer) && write_all(answer_fd, line, answer.len)) {
		write_all(answer_fd, items, answer.items * sizeof items[0]);
	}
	_exit(0);
}

static struct child *find_free(void)
{
	for (size_t i = 0; i < CHILDREN; i++) {
		if (children[i].pid == 0) {
			return &children[i];
		}
	}
	return NULL;
}

static void start(struct child *child, int answer, int root)
{
	pid_t pid = fps_process_fork_plain();

	if (pid == 0) {
		run_child(answer, root);
	}
	if (pid > 0) {
		*child = (struct child) {.pid = pid, .deadline_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC) + FPS_SETUIDCHILD_NS};
	}
}

static bool is_whole(size_t len)
{
	return len > offsetof(struct job, line) && job.len == len - offsetof(struct job, line)
		&& (job.has_slot ? job.len == SLOT_SIZE : job.len <= sizeof job.line)
		&& job.group_count <= sizeof job.groups / sizeof job.groups[0];
}

/* False if there was no job. */
static bool receive(struct child *child)
{
	int fds[DESCRIPTORS];
	ssize_t len = fps_fdpass_receive(supervisor_end, &job, sizeof job, fds, DESCRIPTORS);

	if (len > 0 && is_whole((size_t) len) && fds[ANSWER] >= 0) {
		job.log[sizeof job.log - 1] = '\0';
		start(child, fds[ANSWER], fds[ROOT]);
	}
	fps_process_close(&fds[ANSWER]);
	fps_process_close(&fds[ROOT]);
	return len > 0;
}

int fps_setuidchild_fd(void)
{
	return find_free() ? supervisor_end : -1;
}

uint64_t fps_setuidchild_due_ns(void)
{
	uint64_t due_ns = UINT64_MAX;

	for (size_t i = 0; i < CHILDREN; i++) {
		if (children[i].pid != 0 && children[i].deadline_ns < due_ns) {
			due_ns = children[i].deadline_ns;
		}
	}
	return due_ns;
}

/*
 * A child that hangs, perhaps in a file system, may not even end when it is killed: nobody waits for it, and it keeps
 * its place.
 */
static void attend(struct child *child)
{
	if (waitpid(child->pid, NULL, WNOHANG) != 0) {
		child->pid = 0;
	} else if (fps_sig_clock_now_ns(CLOCK_MONOTONIC) >= child->deadline_ns) {
		kill(child->pid, SIGKILL); /* it has not been reaped, so the pid is still its own */
		child->deadline_ns = UINT64_MAX;
	}
}

void fps_setuidchild_work(void)
{
	struct child *child;

	for (size_t i = 0; i < CHILDREN; i++) {
		if (children[i].pid != 0) {
			attend(&children[i]);
		}
	}
	do {
		child = find_free();
	} while (child && receive(child));
}
