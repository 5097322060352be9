/* Children that close descriptors instead of the coroner or its supervisor. */
#include "coroner/fdclose.h"

#include "coroner/process.h"

#include "record/clock.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* How many descriptors may be pending; further ones stay open. */
#define TAKEN 4096
#define TAKEN_OF_ONE (2 * FPS_FDCLOSE_MESSAGE)
/* How many children may be stuck for one user. */
#define CHILDREN 16
#define CHILDREN_OF_ONE 2
/* When to fork a child. */
#define MUCH 64
#define LONG_NS 100000000ULL
#define HERE_US 5000
/* How long fps_fdclose_wait() waits: 20 times a millisecond. */
#define WAITS 20
#define WAIT_MS 1

static struct taken {
	int fd;
	uid_t uid;
	uint64_t since_ns;
} taken[TAKEN];
static size_t count;

static struct child {
	pid_t pid; /* 0: free */
	uid_t uid;
} children[CHILDREN];

static bool forks;

static void on_alarm(int number)
{
	(void) number;
}

void fps_fdclose_init(bool may_fork)
{
	struct sigaction act = {.sa_handler = on_alarm};

	forks = may_fork;
	for (size_t i = 0; i < CHILDREN; i++) {
		children[i].pid = 0;
	}
	sigaction(SIGALRM, &act, NULL);
	act.sa_handler = SIG_IGN; /* its children need not be waited for; a supervisor waits for its own */
	sigaction(SIGCHLD, &act, NULL);
}

void fps_fdclose_take(int *fd, uid_t uid)
{
	if (*fd >= 0 && !forks) {
		close(*fd);
	} else if (*fd >= 0 && count < TAKEN) {
		taken[count++] = (struct taken) {.fd = *fd, .uid = uid, .since_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC)};
	}
	*fd = -1;
}

bool fps_fdclose_has_room(uid_t uid)
{
	size_t of_user = 0;

	for (size_t i = 0; i < count; i++) {
		of_user += taken[i].uid == uid;
	}
	return count + FPS_FDCLOSE_MESSAGE <= TAKEN && of_user + FPS_FDCLOSE_MESSAGE <= (size_t) TAKEN_OF_ONE;
}

static void note_ended(void)
{
	for (size_t i = 0; count > 0 && i < CHILDREN; i++) {
		if (children[i].pid && waitpid(children[i].pid, NULL, WNOHANG) != 0) { /* -1: nobody needs to wait for it */
			children[i].pid = 0;
		}
	}
}

/* A place for one more child of that user; NULL if it has its maximum. */
static struct child *find_free(uid_t uid)
{
	struct child *found = NULL;
	unsigned of_user = 0;

	for (size_t i = 0; i < CHILDREN; i++) {
		found = children[i].pid ? found : &children[i];
		of_user += children[i].pid && children[i].uid == uid;
	}
	return of_user < CHILDREN_OF_ONE ? found : NULL;
}

static void close_all_of(uid_t uid)
{
	for (size_t i = 0; i < count; i++) {
		if (taken[i].uid == uid) {
			close(taken[i].fd);
		}
	}
}

static void start(struct child *child, uid_t uid)
{
	pid_t pid = fps_process_fork_sharing();
	size_t left = 0;

	if (pid == 0) {
		fps_process_title("php-fpm: sentinel closer");
		close_all_of(uid);
		_exit(0);
	}
	for (size_t i = 0; i < count; i++) {
		if (taken[i].uid != uid) {
			taken[left++] = taken[i];
		} else if (pid == -1) {
			taken[left] = taken[i];
			taken[left++].since_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC); /* another time */
		}
	}
	child->pid = pid > 0 ? pid : 0;
	child->uid = uid;
	count = left;
}

static bool is_due(void)
{
	return count >= MUCH || (count > 0 && fps_sig_clock_now_ns(CLOCK_MONOTONIC) >= taken[0].since_ns + LONG_NS);
}

void fps_fdclose_work(void)
{
	size_t i = 0;

	note_ended();
	while (i < count && is_due()) {
		struct child *child = find_free(taken[i].uid);
		size_t before = count;

		if (child) {
			start(child, taken[i].uid);
		}
		i = count < before ? 0 : i + 1;
	}
}

void fps_fdclose_wait(void)
{
	bool some = true;

	for (int tries = 0; some && tries < WAITS; tries++) {
		some = false;
		for (size_t i = 0; i < CHILDREN; i++) {
			some = some || (children[i].pid && waitpid(children[i].pid, NULL, WNOHANG) == 0);
		}
		if (some) {
			poll(NULL, 0, WAIT_MS);
		}
	}
}

/* Checks children at growing intervals, so that one that hangs does not keep waking us. */
uint64_t fps_fdclose_due_ns(void)
{
	uint64_t now_ns = count > 0 ? fps_sig_clock_now_ns(CLOCK_MONOTONIC) : 0, first_ns = UINT64_MAX, due_ns;

	note_ended();
	for (size_t i = 0; i < count; i++) {
		due_ns = taken[i].since_ns + LONG_NS;
		if (due_ns < now_ns && !find_free(taken[i].uid)) {
			due_ns = now_ns + (now_ns - taken[i].since_ns);
		}
		first_ns = due_ns < first_ns ? due_ns : first_ns;
	}
	return first_ns;
}

static void set_alarm(long after_us)
{
	struct itimerval timer = {.it_value.tv_usec = after_us, .it_interval.tv_usec = after_us};

	setitimer(ITIMER_REAL, &timer, NULL);
}

void fps_fdclose_begin_here(void)
{
	set_alarm(HERE_US);
}

void fps_fdclose_end_here(void)
{
	set_alarm(0);
}
