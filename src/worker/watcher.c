#include "compat.h"

#include "worker/requestwarnings.h"
#include "worker/thread.h"
#include "worker/watcher.h"

#include "record/clock.h"
#include "sig/draftowner.h"
#include "sig/engine.h"
#include "sig/futex.h"
#include "sig/proc.h"
#include "sig/requestinfo.h"
#include "sig/saferead.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A request that is younger is not worth looking at. */
#define YOUNG_NS 20000000ULL
/* Long enough for a worker with a few requests a second not to pay for waking it. */
#define PARK_NS 1000000000ULL
/* While something waits to be recorded by PHP's thread. */
#define SOON_NS 100000000ULL
/* The longest that the end of the worker waits for the end of a look, which takes a millisecond. */
#define STOP_MS 100
/* How often a PHP stack is read that was met between two calls. */
#define STACK_TRIES 8
/* The kernel's CPUCLOCK_PROF of this process, for which libc has no name. */
#define TICKS_OF_PROCESS ((clockid_t) -8)

_Atomic uint32_t fps_watcher_parked;
bool fps_watcher_runs;

static struct {
	struct fps_slot *slot;
	const struct fps_config *config;
	_Atomic uint32_t stopped, looking;
	uint64_t seen;      /* requests served when it last looked */
	uint64_t young;     /* the last one that it has waited for to grow older */
	uint64_t active_ns; /* CLOCK_MONOTONIC when there was last anything to see */
	uint64_t due_ns;    /* of the next regular look */
	uint64_t cpu_us;    /* of PHP's thread, at the last look */
	bool stays;         /* in PHP's table of descriptors, whatever the kernel can do */
	int self;           /* a pidfd of this process, if the watcher has a table of descriptors of its own; else -1 */
	uint32_t filters;   /* of PHP's thread, at the start (fps_sig_proc_self_filters()) */
} watcher;

static bool is_in_flight(void)
{
	uint32_t phase = atomic_load_explicit(&watcher.slot->phase, memory_order_acquire);

	return phase >= FPS_PHASE_STARTUP && phase <= FPS_PHASE_SHUTDOWN;
}

/*
 * What PHP's thread had used when the request began: as if it had been busy with nothing else since,
 * which is true but for other requests since the last look; none after the worker was idle.
 */
static void note_cpu(uint64_t request, uint64_t age_ns)
{
	struct fps_slot *slot = watcher.slot;
	uint64_t now_us = fps_sig_engine_cpu_us(), since_us = now_us - watcher.cpu_us;

	if (age_ns > 0 && atomic_load_explicit(&slot->cpu_request, memory_order_relaxed) != request) {
		slot->cpu_before_us = now_us - MIN(since_us, age_ns / 1000);
		atomic_store_explicit(&slot->cpu_request, request, memory_order_release);
	}
	watcher.cpu_us = now_us;
}

/*
 * At the hard limit the kernel sends SIGKILL, and ulimit -t and LimitCPU= set no other: then nothing else shows it.
 * It compares the limit with what its ticks have counted, from which CLOCK_PROCESS_CPUTIME_ID differs by a fifth on a
 * busy machine. A request may set it, too.
 */
static void note_limited_cpu(uint64_t now_ns)
{
	struct timespec used;
	struct rlimit limit;

	watcher.slot->cpu_limit_s =
		getrlimit(RLIMIT_CPU, &limit) == 0 && limit.rlim_max != RLIM_INFINITY ? (uint64_t) limit.rlim_max : 0;
	if (watcher.slot->cpu_limit_s && clock_gettime(TICKS_OF_PROCESS, &used) == 0) {
		watcher.slot->cpu_used_us = (uint64_t) used.tv_sec * 1000000 + (uint64_t) used.tv_nsec / 1000;
		watcher.slot->cpu_used_ns = now_ns;
	}
}

/* A request spends so little time there that reading the clock each time would be the greater part of it. */
static void note_finishing(uint64_t now_ns)
{
	if (atomic_load(&watcher.slot->finishing) == FPS_FINISHING_BEGUN && watcher.slot->finishing_ns == 0) {
		watcher.slot->finishing_ns = now_ns;
	}
}

static bool is_between_calls(const struct fps_draft *draft)
{
	return atomic_load_explicit(&watcher.slot->phase, memory_order_relaxed) == FPS_PHASE_EXECUTE
		&& draft->php_frames > 0 && !fps_sig_phpstack_reaches_script(draft);
}

/* PHP's thread goes on meanwhile: a look that met it between two calls is repeated. False if a part is missing. */
static bool fill_php_stack(struct fps_draft *draft)
{
	struct fps_sig_vm vm = {.max_frames = (uint32_t) watcher.config->max_frames};
	uint32_t arena_len = draft->arena_len;
	bool complete = false, between_calls = true;

	for (int tries = 0; between_calls && tries < STACK_TRIES; tries++) {
		draft->arena_len = arena_len;
		fps_sig_engine_vm(&vm);
		complete = fps_sig_phpstack_fill(draft, &vm, &fps_sig_phpstack_walks[FPS_SIG_WALKER_WATCHER]);
		between_calls = is_between_calls(draft);
	}
	return complete && !between_calls;
}

static uint32_t fill(struct fps_draft *draft)
{
	uint32_t stages = 0;

	/* The rest of it stays as it is, and its pages untouched. */
	memset(draft, 0, offsetof(struct fps_draft, php_frame));
	draft->arena_len = 0;
	draft->died_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC);
	draft->died_us = fps_sig_clock_now_ns(CLOCK_REALTIME) / 1000;
	fps_sig_engine_state(watcher.slot, draft);
	fps_sig_engine_cpu(watcher.slot, draft);
	fps_sig_requestinfo_fill(draft);
	if (fps_sig_engine_memory(draft)) {
		stages |= 1u << FPS_STAGE_MEMORY;
	}
	if (fill_php_stack(draft)) {
		stages |= 1u << FPS_STAGE_PHP_STACK;
	}
	return stages;
}

/* Counts only if it belongs to one request from beginning to end. True if another one should follow soon. */
static bool take_sample(uint64_t request)
{
	struct fps_slot *slot = watcher.slot;
	uint32_t number = atomic_load_explicit(&slot->samples, memory_order_relaxed) + 1;
	struct fps_sample *sample = &slot->sample[number % 2];

	sample->requests_served = request;
	atomic_store_explicit(&sample->draft.stages_done, fill(&sample->draft), memory_order_relaxed);
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&slot->requests_served, memory_order_relaxed) == request && is_in_flight()) {
		atomic_store_explicit(&slot->samples, number, memory_order_release);
		return fps_requestwarnings_look(sample);
	}
	return false;
}

/* Returns when to look again: CLOCK_MONOTONIC, or 0 for when there is something to see. */
static uint64_t look(void)
{
	uint64_t interval_ns = (uint64_t) watcher.config->sample_interval * 1000000;
	uint64_t now_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC), started_ns, age_ns = 0;
	uint64_t request = atomic_load(&watcher.slot->requests_served);
	bool in_flight = is_in_flight(), soon = false;

	if (in_flight) {
		started_ns = watcher.slot->request.started_ns;
		age_ns = now_ns > started_ns ? now_ns - started_ns : 1;
	}
	note_cpu(request, age_ns);
	note_limited_cpu(now_ns);
	note_finishing(now_ns);
	if (in_flight || request != watcher.seen) {
		watcher.seen = request;
		watcher.active_ns = now_ns;
	}
	if (in_flight && age_ns < YOUNG_NS && request != watcher.young) {
		watcher.young = request;
		return now_ns + YOUNG_NS - age_ns;
	}
	if (in_flight && age_ns >= YOUNG_NS && !fps_sig_draftowner_is_anyone()) {
		soon = take_sample(request);
	}
	if (!in_flight && now_ns - watcher.active_ns >= MIN(PARK_NS, interval_ns)) {
		return 0;
	}
	/* By the clock, and not by the last look: one more for a young request takes no other's turn. */
	while (watcher.due_ns <= now_ns) {
		watcher.due_ns = now_ns - watcher.due_ns > interval_ns ? now_ns + interval_ns : watcher.due_ns + interval_ns;
	}
	watcher.young = request;
	return soon ? MIN(watcher.due_ns, now_ns + SOON_NS) : watcher.due_ns;
}

static void park(void)
{
	atomic_store_explicit(&fps_watcher_parked, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst); /* with the one in fps_watcher_wake() */
	if (is_in_flight()) {
		atomic_store(&fps_watcher_parked, 0);
	}
	while (atomic_load(&fps_watcher_parked)) {
		fps_sig_futex_wait(&fps_watcher_parked, 1, NULL, FPS_SIG_FUTEX_PRIVATE);
	}
	watcher.due_ns = 0;
}

void fps_watcher_unpark(void)
{
	atomic_store(&fps_watcher_parked, 0);
	fps_sig_futex_wake(&fps_watcher_parked, FPS_SIG_FUTEX_PRIVATE);
}

static void sleep_until(uint64_t ns)
{
	struct timespec until = {.tv_sec = (time_t) (ns / 1000000000), .tv_nsec = (long) (ns % 1000000000)};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

/*
 * PHP's thread can end alone: by the system call exit(), or killed by a seccomp filter or mode. Then the kernel knows
 * no memory of the process by its pid any more.
 */
static bool is_left_alone(void)
{
	char here = 1, there;
	struct iovec to = {.iov_base = &there, .iov_len = 1}, from = {.iov_base = &here, .iov_len = 1};

	return is_in_flight() && process_vm_readv(getpid(), &to, 1, &from, 1, 0) == -1 && errno == ESRCH;
}

/*
 * Without a watcher the process would be gone, and by the status of that thread. Whether that still counts depends on
 * the kernel: newer ones take the last one's. A core has all of the memory, but this thread's registers: those of PHP's
 * are gone with it.
 */
static void end_likewise(void)
{
	int status = fps_sig_proc_exit_status(getpid()), number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	struct sigaction act = {.sa_handler = SIG_DFL};
	sigset_t set;

	if (number) {
		sigaction(number, &act, NULL);
		sigemptyset(&set);
		sigaddset(&set, number);
		syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), number);
		pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	}
	syscall(SYS_exit, WEXITSTATUS(status));
}

/*
 * A filter that came later may kill PHP's thread alone (SECCOMP_RET_KILL_THREAD), and the kernel dumps a core of that
 * one only if it is the last. So there is no watcher any more.
 */
static bool is_in_the_way(void)
{
	return is_in_flight() && fps_sig_proc_self_filters() != watcher.filters;
}

static void run(void)
{
	prctl(PR_SET_NAME, "fpmsentinel");
	if (watcher.self >= 0) {
		fps_thread_keep_only(
			(const int[]) {watcher.self, watcher.config->channel.bell, watcher.config->channel.peer}, 3);
		fps_sig_saferead_without_pipe();
	}
	for (;;) {
		uint64_t next_ns;

		atomic_store(&watcher.looking, 1);
		if (atomic_load(&watcher.stopped)) {
			break;
		}
		if (is_left_alone()) {
			end_likewise();
		}
		if (is_in_the_way()) {
			fps_watcher_runs = false;
			break;
		}
		next_ns = look();
		atomic_store(&watcher.looking, 0);
		if (next_ns == 0) {
			park();
		} else {
			sleep_until(next_ns);
		}
	}
	atomic_store(&watcher.looking, 0);
}

int fps_watcher_start(struct fps_slot *slot, const struct fps_config *config)
{
	int error;

	watcher.slot = slot;
	watcher.config = config;
	fps_requestwarnings_init(slot, config, &watcher.self);
	watcher.filters = fps_sig_proc_self_filters();
	watcher.cpu_us = slot->cpu_before_us = fps_sig_engine_cpu_us();
	atomic_store(&slot->cpu_request, atomic_load(&slot->requests_served));
	fps_watcher_runs = true;
	watcher.self = -1;
	error = fps_thread_start(
		run, !watcher.stays && !fps_sig_saferead_needs_pipe() && fps_thread_can_be_apart(&watcher.self));
	if (watcher.self >= 0) {
		close(watcher.self); /* here; there it is another one's number */
	}
	if (error) {
		fps_watcher_runs = false;
	}
	return error;
}

void fps_watcher_stop(void)
{
	if (!fps_watcher_runs) {
		return;
	}
	fps_watcher_runs = false;
	atomic_store(&watcher.stopped, 1);
	for (int ms = 0; ms < STOP_MS && atomic_load(&watcher.looking); ms++) {
		poll(NULL, 0, 1);
	}
}

void fps_watcher_stay(void)
{
	watcher.stays = true;
}

void fps_watcher_forget(void)
{
	fps_watcher_runs = false;
}
