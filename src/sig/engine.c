#include "sig/engine.h"

#include "sig/heap.h"
#include "sig/proc.h"
#include "sig/saferead.h"

#include "SAPI.h"
#include "php.h"
#include "zend_fibers.h"
#include "zend_generators.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/*
 * In a ZTS build the macros mean the globals of the calling thread, which the watcher does not have. So the
 * addresses behind them are taken, of the whole structure where more than one member is needed.
 */
#define STRUCTURE_OF(member_address, type, member) \
	((const type *) ((const char *) (member_address) -offsetof(type, member)))

static struct {
	const zend_executor_globals *executor;
	const php_core_globals *core;
	const sapi_globals_struct *sapi;
	const bool *in_compilation;
	zend_string *const *compiled_filename;
#ifdef ZEND_SIGNALS
	zend_signal_globals_t *signals;
#endif
	long thread;
	pthread_t self; /* the same for libc, which knows it by that in a child, too */
	clockid_t cpu_clock;
	struct fps_sig_stack main_stack;
	uintptr_t execution, execution_size; /* execute_ex() */
#ifdef ZTS
	const char *globals; /* of the thread, in which the structures lie */
	_Atomic bool is_shared;
#endif
} engine;

static void find_main_stack(void)
{
	uintptr_t here = (uintptr_t) __builtin_frame_address(0);
	struct rlimit limit;

	engine.main_stack.top = here;
	if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < here) {
		engine.main_stack.end = here - limit.rlim_cur;
	}
}

void fps_sig_engine_init(void)
{
	engine.executor = STRUCTURE_OF(&EG(hard_timeout), zend_executor_globals, hard_timeout);
	engine.core = STRUCTURE_OF(&PG(memory_limit), php_core_globals, memory_limit);
	engine.sapi = STRUCTURE_OF(&SG(server_context), sapi_globals_struct, server_context);
	engine.in_compilation = &CG(in_compilation);
	engine.compiled_filename = &CG(compiled_filename);
#ifdef ZEND_SIGNALS
	engine.signals = (zend_signal_globals_t *) STRUCTURE_OF(&SIGG(depth), zend_signal_globals_t, depth);
#endif
	engine.thread = syscall(SYS_gettid);
	engine.self = pthread_self();
	if (pthread_getcpuclockid(pthread_self(), &engine.cpu_clock) != 0) {
		engine.cpu_clock = CLOCK_PROCESS_CPUTIME_ID;
	}
	find_main_stack();
#ifdef ZTS
	engine.globals = tsrm_get_ls_cache();
#endif
}

void fps_sig_engine_be_child(void)
{
	engine.thread = pthread_equal(pthread_self(), engine.self) ? syscall(SYS_gettid) : 0;
}

void fps_sig_engine_share(void)
{
#ifdef ZTS
	atomic_store(&engine.is_shared, true);
#endif
}

bool fps_sig_engine_is_shared(void)
{
#ifdef ZTS
	return atomic_load(&engine.is_shared);
#else
	return false;
#endif
}

bool fps_sig_engine_is_elsewhere(void)
{
	return fps_sig_engine_is_shared() && syscall(SYS_gettid) != engine.thread;
}

#ifdef ZTS
/*
 * The calling thread's; NULL for one that is not PHP's. tsrm_get_ls_cache() is pthread_getspecific(): it reads the
 * thread's own descriptor.
 */
static const zend_executor_globals *executor_here(void)
{
	const char *globals = tsrm_get_ls_cache();

	return globals ? (const zend_executor_globals *) (globals + ((const char *) engine.executor - engine.globals))
				   : NULL;
}
#endif

static void fill_vm(struct fps_sig_vm *vm, const zend_executor_globals *executor)
{
	vm->current_execute_data = (uintptr_t) executor->current_execute_data;
	vm->opline_before_exception = (uintptr_t) executor->opline_before_exception;
	vm->generator_class = (uintptr_t) zend_ce_generator;
#ifdef ZEND_OP_IS_FRAMELESS_ICALL
	vm->frameless_functions = (uintptr_t) zend_flf_functions;
#endif
}

void fps_sig_engine_vm(struct fps_sig_vm *vm)
{
	fill_vm(vm, engine.executor);
	vm->compiling = *engine.in_compilation ? (uintptr_t) *engine.compiled_filename : 0;
}

bool fps_sig_engine_vm_here(struct fps_sig_vm *vm)
{
#ifdef ZTS
	const zend_executor_globals *executor = executor_here();

	if (executor) {
		fill_vm(vm, executor);
	}
	return executor != NULL;
#else
	fill_vm(vm, engine.executor);
	return true;
#endif
}

bool fps_sig_engine_is_php_here(void)
{
#ifdef ZTS
	return executor_here() != NULL;
#else
	return syscall(SYS_gettid) == engine.thread;
#endif
}

void fps_sig_engine_set_execution(uintptr_t begin, size_t size)
{
	engine.execution = begin;
	engine.execution_size = size;
}

bool fps_sig_engine_may_be_execution(uint64_t address)
{
	return engine.execution_size == 0 || address - engine.execution < engine.execution_size;
}

bool fps_sig_engine_is_executing_here(void)
{
	struct fps_sig_vm vm;

	return fps_sig_engine_vm_here(&vm) && vm.current_execute_data != 0;
}

static enum fps_phase finer_phase(enum fps_phase phase)
{
	if (phase != FPS_PHASE_EXECUTE && phase != FPS_PHASE_COMPILE) {
		return phase;
	}
	if (engine.executor->flags & EG_FLAGS_IN_SHUTDOWN) {
		return FPS_PHASE_SHUTDOWN;
	}
	return *engine.in_compilation ? FPS_PHASE_COMPILE : FPS_PHASE_EXECUTE;
}

void fps_sig_engine_state(const struct fps_slot *slot, struct fps_draft *draft)
{
	draft->phase = (uint8_t) finer_phase((enum fps_phase) atomic_load(&slot->phase));
	draft->headers_sent = engine.sapi->headers_sent != 0;
	draft->state_unknown = 0;
	draft->finished = atomic_load(&slot->finished) != 0;
}

void fps_sig_engine_limits(struct fps_request *request)
{
	request->memory_limit = engine.core->memory_limit;
	request->max_execution_time = engine.executor->timeout_seconds;
	request->hard_timeout = engine.executor->hard_timeout;
}

/*
 * Of a heap that was overwritten the numbers may be anything: no more can be in use than was at most, nor than is
 * mapped.
 */
static bool is_plausible(uint64_t used, uint64_t peak, uint64_t rss)
{
	uint64_t address_space, data;

	if (used > peak) {
		return false;
	}
	if (used <= rss) {
		return true;
	}
	fps_sig_proc_self_mapped(&address_space, &data);
	return address_space == 0 || used <= address_space;
}

bool fps_sig_engine_memory(struct fps_draft *draft)
{
	draft->memory_rss = fps_sig_proc_self_rss();
	if (fps_sig_heap_usage(&draft->memory_used, &draft->memory_peak)
		&& is_plausible(draft->memory_used, draft->memory_peak, draft->memory_rss)) {
		return true;
	}
	draft->memory_used = draft->memory_peak = 0;
	return false;
}

/*
 * What is left of the engine's timer, which is the thread's own or, without ZEND_MAX_EXECUTION_TIMERS, the process's.
 */
static uint64_t time_left_us(void)
{
#ifdef ZEND_MAX_EXECUTION_TIMERS
	struct itimerspec timer;

	if (engine.executor->pid != getpid() || timer_gettime(engine.executor->max_execution_timer_timer, &timer) == -1) {
		return 0;
	}
	return (uint64_t) timer.it_value.tv_sec * 1000000 + (uint64_t) timer.it_value.tv_nsec / 1000;
#else
	struct itimerval timer;

	if (fps_sig_engine_is_shared() || getitimer(ITIMER_PROF, &timer) == -1) {
		return 0;
	}
	return (uint64_t) timer.it_value.tv_sec * 1000000 + (uint64_t) timer.it_value.tv_usec;
#endif
}

bool fps_sig_engine_time(uint64_t *limit_us, uint64_t *left_us)
{
	if (engine.executor->timeout_seconds <= 0 || zend_atomic_bool_load_ex(&engine.executor->timed_out)) {
		return false;
	}
	*limit_us = (uint64_t) engine.executor->timeout_seconds * 1000000;
	*left_us = time_left_us();
	return *left_us > 0 && *left_us <= *limit_us;
}

bool fps_sig_engine_is_answered(void)
{
	int status = engine.sapi->sapi_headers.http_response_code;

	return engine.sapi->headers_sent && (engine.sapi->request_info.headers_only || status == 204 || status == 304);
}

uint64_t fps_sig_engine_cpu_us(void)
{
	struct timespec used;

	return clock_gettime(engine.cpu_clock, &used) == 0
		? (uint64_t) used.tv_sec * 1000000 + (uint64_t) used.tv_nsec / 1000
		: 0;
}

void fps_sig_engine_cpu(const struct fps_slot *slot, struct fps_draft *draft)
{
	uint64_t now_us = fps_sig_engine_cpu_us();

	draft->has_cpu =
		atomic_load(&slot->cpu_request) == atomic_load(&slot->requests_served) && now_us >= slot->cpu_before_us;
	draft->cpu_us = draft->has_cpu ? now_us - slot->cpu_before_us : 0;
}

/*
 * zend_fiber_stack is private to zend_fibers.c, where it begins with these two from PHP 8.1 to 8.6
 * (tests/fpm/stack-overflow.phpt).
 */
void fps_sig_engine_stack(struct fps_sig_stack *stack)
{
	zend_fiber_context fiber;
	struct {
		void *pointer;
		size_t size;
	} own;

	*stack = (struct fps_sig_stack) {0};
	if (syscall(SYS_gettid) != engine.thread) {
		return;
	}
	*stack = engine.main_stack;
	if (fps_sig_saferead_copy(&fiber, (uintptr_t) engine.executor->current_fiber_context, sizeof fiber) && fiber.stack
		&& fps_sig_saferead_copy(&own, (uintptr_t) fiber.stack, sizeof own)) {
		stack->end = (uintptr_t) own.pointer;
		stack->top = stack->end + own.size;
	}
}

/* An entry of its queue keeps the pointer until another signal takes the entry. */
bool fps_sig_engine_has_deferred(const siginfo_t *info)
{
	if (fps_sig_engine_is_elsewhere()) {
		return true; /* each thread of PHP's has a queue of its own */
	}
#ifdef ZEND_SIGNALS
	for (size_t i = 0; i < ZEND_SIGNAL_QUEUE_SIZE; i++) {
		if (engine.signals->pstorage[i].zend_signal.siginfo == info) {
			return true;
		}
	}
#else
	(void) info;
#endif
	return false;
}

/* A ZTS build has no hard timeout. Timers of the engine's own let others have SIGRTMIN, too. */
bool fps_sig_engine_is_hard_timeout(const siginfo_t *info)
{
#ifdef ZTS
	(void) info;
	return false;
#else
#ifdef ZEND_MAX_EXECUTION_TIMERS
	if (info->si_value.sival_ptr != &engine.executor->max_execution_timer_timer) {
		return false;
	}
#else
	(void) info;
#endif
	return zend_atomic_bool_load_ex(&engine.executor->timed_out);
#endif
}

static struct sigaction timeout;

#ifdef ZTS
/* Its end is never that of the process. */
void fps_sig_engine_wrap_timeout(void (*ours)(int, siginfo_t *, void *))
{
	(void) ours;
}
#elif defined(ZEND_SIGNALS) && !defined(ZEND_MAX_EXECUTION_TIMERS)
/* The engine's handler is in its own table. */
void fps_sig_engine_wrap_timeout(void (*ours)(int, siginfo_t *, void *))
{
	zend_signal_entry_t *entry = &engine.signals->handlers[SIGPROF - 1];

	if (entry->handler != ours && entry->handler != SIG_DFL && entry->handler != SIG_IGN) {
		timeout.sa_flags = entry->flags;
		timeout.sa_handler = (void (*)(int)) entry->handler;
		entry->handler = ours;
		entry->flags |= SA_SIGINFO;
	}
}
#else
/* The kernel has it. */
void fps_sig_engine_wrap_timeout(void (*ours)(int, siginfo_t *, void *))
{
#ifdef ZEND_MAX_EXECUTION_TIMERS
	int number = SIGRTMIN;
#else
	int number = SIGPROF;
#endif
	struct sigaction act;

	if (sigaction(number, NULL, &act) == 0 && act.sa_sigaction != ours && act.sa_handler != SIG_DFL
		&& act.sa_handler != SIG_IGN) {
		timeout = act;
		act.sa_sigaction = ours;
		act.sa_flags |= SA_SIGINFO;
		sigaction(number, &act, NULL);
	}
}
#endif

void fps_sig_engine_call_timeout(int number, siginfo_t *info, void *context)
{
	if (timeout.sa_flags & SA_SIGINFO) {
		timeout.sa_sigaction(number, info, context);
	} else {
		timeout.sa_handler(number);
	}
}

/*
 * SG(server_context) is FPM's fcgi_request, which begins with these four from PHP 7.4 to 8.6
 * (main/fastcgi.c); the rest of it is private and may change.
 */
struct connection {
	int listen_socket, tcp, fd, id;
};

uintptr_t fps_sig_engine_request(void)
{
	return (uintptr_t) engine.sapi->server_context;
}

static bool read_connection(struct connection *connection)
{
	return fps_sig_saferead_copy(connection, fps_sig_engine_request(), sizeof *connection);
}

bool fps_sig_engine_connection(int *fd, int *request_id)
{
	struct connection connection;

	if (!read_connection(&connection)) {
		return false;
	}
	*fd = connection.fd;
	*request_id = connection.id;
	return true;
}

bool fps_sig_engine_listener(int *fd)
{
	struct connection connection;

	if (!read_connection(&connection)) {
		return false;
	}
	*fd = connection.listen_socket;
	return true;
}
