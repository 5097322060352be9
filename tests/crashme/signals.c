/*
 * Signals sent, received and put off, and ways to leave that take none.
 */
#include "crashme.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

CRASHME_ENTRY(raise)
{
	raise((int) arg);
}

/* Over what the kernel has left below: the signal's siginfo lies in here, with its number right and nothing else. */
static __attribute__((noinline)) void leave_critical_section(int number)
{
	volatile int litter[2000];

	for (volatile int *at = litter, *end = litter + 2000; at < end; at++) {
		*at = number;
	}
	HANDLE_UNBLOCK_INTERRUPTIONS();
}

CRASHME_ENTRY(raise_critical)
{
	int first = (int) arg & 0xff, then = (int) (arg >> 8) & 0xff;
	volatile char *stack = alloca((size_t) (arg >> 16) * 1024 + 1);

	*stack = 0;
	HANDLE_BLOCK_INTERRUPTIONS();
	raise(first);
	if (then) {
		raise(then);
	}
	leave_critical_section(then ? then : first);
}

CRASHME_ENTRY(kill_self)
{
	kill(getpid(), (int) arg);
}

CRASHME_ENTRY(sigqueue_self)
{
	sigqueue(getpid(), (int) arg, (union sigval) {.sival_int = 1});
}

CRASHME_ENTRY(reset)
{
	signal((int) arg, SIG_DFL);
}

CRASHME_ENTRY(ignore)
{
	signal((int) arg, SIG_IGN);
}

CRASHME_ENTRY(alarm)
{
	alarm((unsigned) arg);
}

CRASHME_ENTRY(close)
{
	close((int) arg);
}

CRASHME_ENTRY(grow)
{
	char *grown = mremap((void *) (uintptr_t) arg, 0, 1 << 20, MREMAP_MAYMOVE);

	if (grown != MAP_FAILED) {
		memset(grown, 0xff, 1 << 20);
	}
}

CRASHME_ENTRY(fill_stderr)
{
	int flags = fcntl(STDERR_FILENO, F_GETFL);

	fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK);
	while (write(STDERR_FILENO, "crashme: a long line that says nothing\n", 39) > 0) {
		/* until it takes no more, */
	}
	while (write(STDERR_FILENO, "\n", 1) > 0) {
		/* not even one byte */
	}
	fcntl(STDERR_FILENO, F_SETFL, flags);
}

CRASHME_ENTRY(exit)
{
	exit((int) arg);
}

CRASHME_ENTRY(exit_now)
{
	_exit((int) arg);
}

CRASHME_ENTRY(quick_exit)
{
	quick_exit((int) arg);
}

CRASHME_ENTRY(become)
{
	char command[32];

	snprintf(command, sizeof(command), "exit %d", (int) arg);
	execl("/bin/sh", "sh", "-c", command, (char *) NULL);
}

CRASHME_ENTRY(exit_thread)
{
	syscall(SYS_exit, (int) arg);
}

CRASHME_ENTRY(hang)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	for (;;) {
		pause();
	}
}

CRASHME_ENTRY(nap)
{
	struct timespec rest = {.tv_sec = arg / 1000, .tv_nsec = arg % 1000 * 1000000};
	zend_long interruptions = 0;

	while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {
		interruptions++;
	}
	RETVAL_LONG(interruptions);
}
