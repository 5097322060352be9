#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "coroner/process.h"

#include "sig/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* How much of the stack the main loop needs. */
#define STACK_SIZE 65536
/* More than this module and the stack together. */
#define LOCKED_SIZE (4UL << 20)

/* This module's range in memory, from the linker. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

#ifdef HAVE__FORK
pid_t fps_process_fork_plain(void)
{
	return _Fork();
}
#else
pid_t fps_process_fork_plain(void)
{
	return fork();
}
#endif

/* libc has no function for it, and need not know about a child that does almost nothing. */
pid_t fps_process_fork_sharing(void)
{
#ifdef __s390__
	return (pid_t) syscall(SYS_clone, NULL, CLONE_FILES | SIGCHLD, NULL, NULL, NULL);
#else
	return (pid_t) syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
#endif
}

int fps_process_fork(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		pid_t grandchild = fork();

		if (grandchild == 0) {
			return 1;
		}
		_exit(grandchild == -1 ? errno : 0);
	}
	if (child == -1) {
		return -1;
	}
	while (waitpid(child, &status, 0) == -1 && errno == EINTR) {
	}
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	return errno ? -1 : 0;
}

static void close_range_(unsigned first, unsigned last)
{
	struct rlimit limit;

	if (first > last || syscall(SYS_close_range, first, last, 0) == 0) {
		return;
	}
	if (last == ~0u && getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < last) {
		last = (unsigned) limit.rlim_cur;
	}
	for (unsigned fd = first; fd <= last && fd < 1u << 20; fd++) {
		close((int) fd);
	}
}

/* `keep` may be in any order. */
static void close_others(const int *keep, size_t count)
{
	int next = STDERR_FILENO + 1, nearest;

	do {
		nearest = -1;
		for (size_t i = 0; i < count; i++) {
			if (keep[i] >= next && (nearest == -1 || keep[i] < nearest)) {
				nearest = keep[i];
			}
		}
		close_range_((unsigned) next, nearest == -1 ? ~0u : (unsigned) nearest - 1);
		next = nearest + 1;
	} while (nearest != -1);
}

void *fps_process_share(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void fps_process_close(int *fd)
{
	if (*fd >= 0) {
		close(*fd);
	}
	*fd = -1;
}

static void redirect_to_null(int fd)
{
	int null = open("/dev/null", O_RDWR);

	if (null >= 0 && null != fd) {
		dup2(null, fd);
		close(null);
	}
}

void fps_process_drop_stderr(void)
{
	redirect_to_null(STDERR_FILENO);
}

void fps_process_set_signals(void)
{
	static const int ignored[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE, SIGXFSZ};
	struct sigaction act = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int number = 1; number < NSIG; number++) {
		sigaction(number, &act, NULL);
	}
	act.sa_handler = SIG_IGN;
	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
		sigaction(ignored[i], &act, NULL);
	}
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
}

/*
 * ps shows the memory where the arguments were, up to the first NUL or, if there is none, into the environment after
 * it. The environment is only overwritten as far as a short command line requires it.
 */
void fps_process_title(const char *title)
{
	size_t size = strlen(title) + 1;
	uint64_t start, end, environment_end;

	fps_sig_proc_self_arguments(&start, &end, &environment_end);
	if (start && end > start && environment_end >= start + size) {
		memset((char *) (uintptr_t) start, 0, end - start);
		memcpy((char *) (uintptr_t) start, title, size);
	}
}

/* Each worker takes one or two. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* For fps_process_lock_memory(), which may be called when the right to lock more is gone. */
static void allow_locked_memory(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur < LOCKED_SIZE) {
		limit = (struct rlimit) {
			.rlim_cur = LOCKED_SIZE, .rlim_max = limit.rlim_max < LOCKED_SIZE ? LOCKED_SIZE : limit.rlim_max};
		setrlimit(RLIMIT_MEMLOCK, &limit);
	}
}

/* Best effort: without the rights for it the coroner can be killed like its master. */
static void spare_from_oom(void)
{
	static const char least[] = "-1000";
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void) !write(fd, least, sizeof least - 1);
		close(fd);
	}
}

/*
 * A page of PHP's heap that the master writes to is then copied for the coroner: opcache's start alone causes more than
 * a megabyte of copies. Nothing here allocates; only others' handlers of fork() might access the heap.
 */
static void drop_heap(void)
{
#if defined(HAVE__FORK) && !defined(__SANITIZE_ADDRESS__)
	uintptr_t page = (uintptr_t) sysconf(_SC_PAGESIZE), end = (uintptr_t) sbrk(0);
	uintptr_t start = ((uintptr_t) fps_sig_proc_self_heap() + page - 1) & ~(page - 1);

	if (start > 0 && end > start) {
		munmap((void *) start, end - start);
	}
#endif
}

/* Not mlockall(): that would make all shared memory resident, including opcache's. */
void fps_process_lock_memory(void)
{
	char here;
	uintptr_t page = (uintptr_t) sysconf(_SC_PAGESIZE), stack = (uintptr_t) &here & ~(page - 1);

	mlock(__ehdr_start, (uintptr_t) _end - (uintptr_t) __ehdr_start);
	mlock((void *) (stack + page - STACK_SIZE), STACK_SIZE);
}

void fps_process_settle(const int *keep, size_t count)
{
	fps_process_set_signals();
	setsid();
	if (chdir("/") == -1) {
		/* otherwise the folder of FPM's start stays in use, which does no harm */
	}
	redirect_to_null(STDIN_FILENO);
	redirect_to_null(STDOUT_FILENO);
	close_others(keep, count);
	allow_descriptors();
	allow_locked_memory();
	prctl(PR_SET_NAME, "fpm-sentinel");
	spare_from_oom();
	drop_heap();
}

/* Its preloaded libraries are named after it. */
bool fps_process_is_under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD"); /* NOLINT(concurrency-mt-unsafe): in MINIT */

	return preload && strstr(preload, "/vgpreload_");
}
