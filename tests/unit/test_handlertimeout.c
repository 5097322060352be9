/*
 * handlertimeout.c: an alarm ends what waits for ever and what computes for ever, and not what is slow because others
 * have the CPU.
 */
#include "unit.h"

#include "sig/handlertimeout.h"

#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define ALARM_MS 100

static sigjmp_buf rescue;
static volatile sig_atomic_t put_off;

static void on_trap(int number, siginfo_t *info, void *context)
{
	(void) number, (void) context;
	if (fps_sig_handlertimeout_put_off(info)) {
		put_off++;
		return;
	}
	siglongjmp(rescue, 1);
}

static bool is_ended(uint32_t timeout, void (*stage)(void))
{
	volatile bool ended = true;

	put_off = 0;
	fps_sig_handlertimeout_start(timeout);
	fps_sig_handlertimeout_alarm(ALARM_MS);
	if (sigsetjmp(rescue, 1) == 0) {
		stage();
		ended = false;
	}
	fps_sig_handlertimeout_alarm(0);
	fps_sig_handlertimeout_stop();
	return ended;
}

static void wait_for_ever(void)
{
	for (;;) {
		poll(NULL, 0, -1);
	}
}

static void compute_for_ever(void)
{
	volatile unsigned turns = 0;

	for (;;) {
		turns = turns + 1;
	}
}

/* A fifth of what the alarm gives. */
static void compute_a_little(void)
{
	struct timespec used;
	int64_t until_ms = 0, ms;

	do {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
		ms = used.tv_sec * 1000 + used.tv_nsec / 1000000;
		until_ms = until_ms ? until_ms : ms + ALARM_MS / 5;
	} while (ms < until_ms);
}

/* Another process that computes on the only CPU that both may have. */
static pid_t share_cpu(void)
{
	cpu_set_t all, one;
	int cpu = 0;
	pid_t pid;

	sched_getaffinity(0, sizeof all, &all);
	while (!CPU_ISSET(cpu, &all)) {
		cpu++;
	}
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof one, &one);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		compute_for_ever();
	}
	return pid;
}

static void install(void)
{
	struct sigaction act = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};

	sigaction(SIGTRAP, &act, NULL);
	fps_sig_handlertimeout_init();
}

static void hangs(void)
{
	CHECK(is_ended(10, wait_for_ever));
	CHECK(is_ended(10, compute_for_ever));
	CHECK(!is_ended(10, compute_a_little));
}

static void starved(void)
{
	pid_t other;

	if (access("/proc/thread-self/schedstat", R_OK) != 0) {
		return; /* this kernel does not count it: nothing is given back */
	}
	other = share_cpu();
	CHECK(is_ended(60, compute_for_ever));
	CHECK(put_off > 0);
	setpriority(PRIO_PROCESS, 0, 19);
	CHECK(!is_ended(60, compute_a_little));
	CHECK(put_off > 0);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
}

UNIT_MAIN(TEST(install), TEST(hangs), TEST(starved))
