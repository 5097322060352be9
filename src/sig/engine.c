#include "engine.h"

#include "mem.h"
#include "proc.h"

#include "php.h"
#include "SAPI.h"
#include "zend_generators.h"

/*
 * In a ZTS build the macros go through thread-local storage, which a handler must not; so the
 * addresses behind them are taken, of the whole structure where more than one member is needed.
 */
#define STRUCTURE_OF(member_address, type, member) \
	((const type *) ((const char *) (member_address) - XtOffsetOf(type, member)))

static struct {
	const zend_executor_globals *executor;
	const php_core_globals *core;
	const sapi_globals_struct *sapi;
	const bool *in_compilation;
} engine;

void fps_sig_engine_init(void)
{
	engine.executor = STRUCTURE_OF(&EG(hard_timeout), zend_executor_globals, hard_timeout);
	engine.core = STRUCTURE_OF(&PG(memory_limit), php_core_globals, memory_limit);
	engine.sapi = STRUCTURE_OF(&SG(server_context), sapi_globals_struct, server_context);
	engine.in_compilation = &CG(in_compilation);
}

void fps_sig_engine_vm(struct fps_sig_vm *vm)
{
	vm->current_execute_data = (uintptr_t) engine.executor->current_execute_data;
	vm->opline_before_exception = (uintptr_t) engine.executor->opline_before_exception;
	vm->generator_class = (uintptr_t) zend_ce_generator;
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
	draft->finished = atomic_load(&slot->finished) != 0;
}

void fps_sig_engine_limits(struct fps_request *request)
{
	request->memory_limit = engine.core->memory_limit;
	request->max_execution_time = engine.executor->timeout_seconds;
	request->hard_timeout = engine.executor->hard_timeout;
}

void fps_sig_engine_memory(struct fps_draft *draft)
{
	draft->memory_rss = fps_sig_proc_self_rss();
	draft->memory_used = zend_memory_usage(false);
	draft->memory_peak = zend_memory_peak_usage(false);
}

/*
 * SG(server_context) is FPM's fcgi_request, which begins with these four from PHP 7.4 to 8.6
 * (main/fastcgi.c); the rest of it is private and may change.
 */
bool fps_sig_engine_connection(int *fd, int *request_id)
{
	struct {
		int listen_socket, tcp, fd, id;
	} request;

	if (!fps_sig_mem_read(&request, (uintptr_t) engine.sapi->server_context, sizeof request)) {
		return false;
	}
	*fd = request.fd;
	*request_id = request.id;
	return true;
}
