/* Forks coroners, one after the other. */
#include "coroner/supervisor.h"

#include "coroner/fdclose.h"
#include "coroner/handover.h"
#include "coroner/process.h"
#include "coroner/setuidchild.h"

#include "record/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS 1000000000ULL
/* A coroner that has lived this long is replaced at once. */
#define LONG_LIFE_NS (60 * SECOND_NS)
#define LONGEST_PAUSE_S 60

static struct {
	sigset_t before; /* the mask without SIGCHLD, to wait with */
	struct fps_supervisor_past past;
	uint64_t started_ns;
	uint32_t pause_s; /* before the next one starts */
} supervisor;

static void on_child(int number)
{
	(void) number;
}

/* SIGCHLD is only unblocked during the wait, so that none is missed. */
static void watch_children(void)
{
	struct sigaction act = {.sa_handler = on_child};
	sigset_t child;

	sigaction(SIGCHLD, &act, NULL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &child, &supervisor.before);
}

/* Waits for a message or a signal, or until that time; UINT64_MAX: no limit. */
static void wait_until(uint64_t until_ns, void (*daemonized)(void))
{
	struct pollfd fds[] = {{.fd = fps_handover_fd(), .events = POLLIN}, {.fd = fps_setuidchild_fd(), .events = POLLIN}};
	uint64_t now_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC), due_ns = fps_setuidchild_due_ns(),
			 close_ns = fps_fdclose_due_ns(), left_ns;
	struct timespec left;

	due_ns = until_ns < due_ns ? until_ns : due_ns;
	due_ns = close_ns < due_ns ? close_ns : due_ns;
	left_ns = due_ns > now_ns ? due_ns - now_ns : 0;
	left = (struct timespec) {.tv_sec = (time_t) (left_ns / SECOND_NS), .tv_nsec = (long) (left_ns % SECOND_NS)};
	ppoll(fds, sizeof fds / sizeof fds[0], due_ns != UINT64_MAX ? &left : NULL, &supervisor.before);
	fps_handover_receive(daemonized);
	fps_setuidchild_work();
	fps_fdclose_work();
}

static bool is_fault(int number)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};

	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		if (faults[i] == number) {
			return true;
		}
	}
	return false;
}

/* The first replacement comes at once, the others 1, 2, 4 … 60 s later. */
static void note_end(int status)
{
	bool lived_long = fps_sig_clock_now_ns(CLOCK_MONOTONIC) - supervisor.started_ns >= LONG_LIFE_NS;
	uint32_t next_s = supervisor.pause_s ? 2 * supervisor.pause_s : 1;

	supervisor.past.ended_by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	supervisor.past.at_fault = is_fault(supervisor.past.ended_by);
	if (supervisor.past.restarts == 0 || lived_long) {
		supervisor.pause_s = 0;
	} else {
		supervisor.pause_s = next_s < LONGEST_PAUSE_S ? next_s : LONGEST_PAUSE_S;
	}
	supervisor.past.restarts++;
}

static void pause_before_next(void (*daemonized)(void))
{
	uint64_t until_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC) + supervisor.pause_s * SECOND_NS;

	while (fps_sig_clock_now_ns(CLOCK_MONOTONIC) < until_ns) {
		wait_until(until_ns, daemonized);
	}
}

void fps_supervisor_run(void (*coroner)(const struct fps_supervisor_past *past), void (*daemonized)(void))
{
	int status = 0;
	pid_t pid;

	fps_process_title("php-fpm: sentinel supervisor");
	watch_children();
	do {
		pause_before_next(daemonized);
		fps_handover_receive(daemonized);
		supervisor.started_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC);
		fps_fdclose_wait();
		pid = fps_process_fork_plain();
		if (pid == 0) {
			fps_process_set_signals();
			fps_process_title("php-fpm: sentinel");
			coroner(&supervisor.past);
			_exit(EXIT_FAILURE);
		}
		while (pid > 0 && waitpid(pid, &status, WNOHANG) == 0) {
			wait_until(UINT64_MAX, daemonized);
		}
		note_end(pid > 0 ? status : SIGKILL);
	} while (pid == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS);
}
