#include "compat.h"

#include "complain.h"
#include "early.h"
#include "errors.h"
#include "hooks.h"
#include "params.h"
#include "phpthread.h"
#include "thrown.h"
#include "warnings.h"
#include "watcher.h"
#include "worker.h"

#include "sig/engine.h"
#include "sig/handler.h"
#include "sig/lastwords.h"

#include "SAPI.h"
#include "zend_extensions.h"
#include "zend_observer.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

static struct fps_config *config;
static struct fps_slot *slot;
static bool watched;

/* The slot, on the thread that it describes: no other has anything to do with it. */
static zend_always_inline struct fps_slot *own_slot(void)
{
	return fps_phpthread_is_it() ? slot : NULL;
}

static struct {
	size_t (*ub_write)(const char *, size_t);
	void (*flush)(void *);
	void (*log_message)(const char *, int);
	int (*deactivate)(void);
	zend_op_array *(*compile_file)(zend_file_handle *, int);
	zif_handler finish_request;
	void (*interrupt)(zend_execute_data *);
} original;

static zend_always_inline void set_phase(struct fps_slot *own, enum fps_phase phase)
{
	if (own) {
		atomic_store_explicit(&own->phase, phase, memory_order_release);
	}
}

#ifdef ZTS
# define SAPI_GLOBALS ((const sapi_globals_struct *) TSRMG_FAST_BULK(sapi_globals_offset, sapi_globals_struct *))
#else
# define SAPI_GLOBALS (&sapi_globals)
#endif

/* Copies what fits; a field that is full to its end was cut. */
static zend_always_inline void copy(char *to, size_t size, const char *from, size_t len)
{
	len = EXPECTED(len < size) ? len : size - 1;
	if (len > 0) {
		memcpy(to, from, len);
	}
	to[len] = '\0';
}

#define COPY_TEXT(field, from) \
	do { \
		const char *from_ = (from); \
		copy(field, sizeof(field), from_, from_ ? strlen(from_) : 0); \
	} while (0)

#define COPY_PARAM(field, name) \
	do { \
		size_t len_; \
		const char *value_ = FPS_PARAM(sapi->server_context, name, &len_); \
		copy(field, sizeof(field), value_, len_); \
	} while (0)

static zend_always_inline void copy_path(struct fps_request *request, const sapi_globals_struct *sapi)
{
	size_t len;
	const char *uri = FPS_PARAM(sapi->server_context, "REQUEST_URI", &len), *query;

	if (UNEXPECTED(!uri)) {
		COPY_TEXT(request->path, sapi->request_info.request_uri);
		return;
	}
	query = memchr(uri, '?', len);
	copy(request->path, sizeof request->path, uri, query ? (size_t) (query - uri) : len);
	if (UNEXPECTED(config->query_string)) {
		copy(request->query, sizeof request->query, query ? query + 1 : NULL, query ? len - (size_t) (query + 1 - uri) : 0);
	}
}

static void capture_request(void)
{
	struct fps_request *request = &slot->request;
	const sapi_globals_struct *sapi = SAPI_GLOBALS; /* SG() would look for this thread's each time */

	atomic_store_explicit(&slot->finished, 0, memory_order_relaxed);
	atomic_store_explicit(&slot->finishing, FPS_FINISHING_NOT, memory_order_relaxed);
	fps_sig_lastwords_busy = 0; /* an aborted connection leaves output functions by a jump */
	slot->requests_served++;
	request->started_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC);
	COPY_TEXT(request->method, sapi->request_info.request_method);
	COPY_TEXT(request->script, sapi->request_info.path_translated);
	copy_path(request, sapi);
	COPY_PARAM(request->domain, "HTTP_HOST");
	if (EXPECTED(config->client_ip)) {
		COPY_PARAM(request->client_ip, "REMOTE_ADDR");
	}
	COPY_PARAM(request->id, "REQUEST_ID");
	if (UNEXPECTED(request->id[0] == '\0')) {
		COPY_PARAM(request->id, "UNIQUE_ID"); /* of Apache's mod_unique_id */
	}
	COPY_PARAM(request->nginx_pid, "NGINX_PID");
	COPY_PARAM(request->nginx_connection, "NGINX_CONNECTION");
	COPY_PARAM(request->nginx_connection_requests, "NGINX_CONN_REQUESTS");
	COPY_PARAM(request->traceparent, "HTTP_TRACEPARENT");
	fps_sig_engine_limits(request);
	request->annotations = 0;
	atomic_store_explicit(&request->events, 0, memory_order_relaxed);
}

/* No code of its pool has run in this process. */
static void claim(void)
{
	fps_early_disarm();
	if (!slot && fps_phpthread_take()) {
		slot = fps_worker_claim(config);
	}
}

/* Of the master, in one that may become a worker. */
static void on_fork_child(void)
{
	if (!slot && !php_during_module_startup()) {
		fps_early_arm(claim);
	}
}

/*
 * The earliest the engine lets anyone know of a request: request_info is filled, the body has not
 * been read. In FPM it also runs where there is no request (-i, opcache.preload): no context then.
 */
static void on_activate(void)
{
	bool first = !slot || !watched;

	if (config->is_fpm && !SG(server_context) && (first || fps_phpthread_is_it())) {
		return;
	}
	if (UNEXPECTED(!fps_phpthread_take())) {
		if (slot) {
			atomic_store(&slot->several_threads, 1);
		}
		return;
	}
	if (first) {
		claim();
		if (!slot) {
			return;
		}
	}
	capture_request();
	set_phase(slot, FPS_PHASE_STARTUP);
	fps_watcher_wake();
	if (UNEXPECTED(first)) {
		watched = fps_worker_watch(config, &slot);
		slot = watched ? slot : NULL;
	}
}

/*
 * zend_signal_activate() has just rewritten the engine's table of handlers. Without Zend Signals
 * what fps_sig_handler_install() has put in place is still there.
 */
static void take_table(void)
{
#ifdef ZEND_SIGNALS
	/* All that it takes care of; of SIGALRM once an earlier request has used pcntl_signal(). */
	static const int terminations[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM};
	static void *quit_known;
	zend_signal_entry_t *table = SIGG(handlers), *quit = &table[SIGQUIT - 1];

	for (size_t i = 0; i < sizeof terminations / sizeof terminations[0]; i++) {
		zend_signal_entry_t *entry = &table[terminations[i] - 1];

		if (entry->handler == SIG_DFL) {
			entry->handler = fps_sig_handler_on_termination;
			entry->flags = SA_SIGINFO;
		}
	}
	if (quit->handler != fps_sig_handler_on_quit) {
		if (quit->handler != quit_known) {
			quit_known = quit->handler;
			fps_sig_handler_quit_earlier(quit->handler, quit->flags);
		}
		quit->handler = fps_sig_handler_on_quit;
		quit->flags = SA_SIGINFO;
	}
#endif
}

void fps_hooks_request_startup(void)
{
	if (!fps_phpthread_is_it()) {
		return;
	}
	fps_complain_pending();
	if (slot) {
		if (config->is_fpm) {
			take_table();
			fps_sig_engine_wrap_timeout(fps_sig_handler_on_timeout);
		}
		set_phase(slot, FPS_PHASE_EXECUTE);
	}
}

/* An RSHUTDOWN would cost four times as much. A handler knows more exactly (fps_sig_engine_state()). */
static void on_engine_deactivate(void)
{
	set_phase(own_slot(), FPS_PHASE_SHUTDOWN);
}

void fps_hooks_module_shutdown(void)
{
	struct rusage used;

	fps_early_disarm();
	if (slot && getrusage(RUSAGE_SELF, &used) == 0) {
		slot->rss_peak = (uint64_t) used.ru_maxrss * 1024;
	}
	if (slot) { /* on whichever thread: it is the end of the process */
		atomic_store(&slot->phase, FPS_PHASE_EXIT);
	}
	fps_watcher_stop();
	if (config && !slot) {
		fps_worker_say_goodbye(config);
	}
}

const struct fps_slot *fps_hooks_slot(void)
{
	return own_slot();
}

bool fps_hooks_is_watched(void)
{
	return slot != NULL;
}

/* The count is the last to grow: whoever reads meanwhile finds whole ones only. */
bool fps_hooks_annotate(const zend_string *key, const zend_string *value)
{
	struct fps_request *request = own_slot() ? &slot->request : NULL;
	uint32_t i = 0;

	if (!request || ZSTR_LEN(key) == 0 || ZSTR_LEN(key) >= sizeof request->annotation[0].key || strlen(ZSTR_VAL(key)) != ZSTR_LEN(key)) {
		return false;
	}
	while (i < request->annotations && strcmp(request->annotation[i].key, ZSTR_VAL(key)) != 0) {
		i++;
	}
	if (!value) {
		if (i < request->annotations) {
			request->annotation[i] = request->annotation[--request->annotations];
		}
		return true;
	}
	if (i == FPS_MAX_ANNOTATIONS) {
		return false;
	}
	COPY_TEXT(request->annotation[i].key, ZSTR_VAL(key));
	copy(request->annotation[i].value, sizeof request->annotation[i].value, ZSTR_VAL(value), ZSTR_LEN(value));
	if (i == request->annotations) {
		atomic_signal_fence(memory_order_release);
		request->annotations++;
	}
	return true;
}

/* What the SAPI writes: another thread does not write on the request's connection. */
static size_t on_ub_write(const char *bytes, size_t len)
{
	int busy = fps_phpthread_is_it();
	size_t written;

	fps_sig_lastwords_busy += busy;
	written = original.ub_write(bytes, len);
	fps_sig_lastwords_busy -= busy;
	return written;
}

static void on_flush(void *server_context)
{
	int busy = fps_phpthread_is_it();

	fps_sig_lastwords_busy += busy;
	original.flush(server_context);
	fps_sig_lastwords_busy -= busy;
}

static void on_log_message(const char *message, int severity)
{
	int busy = fps_phpthread_is_it();

	fps_sig_lastwords_busy += busy;
	original.log_message(message, severity);
	fps_sig_lastwords_busy -= busy;
}

/* The SAPI sends the rest of the answer here: until it has, a death costs the client the request. */
static int on_deactivate(void)
{
	int result = SUCCESS, busy = fps_phpthread_is_it();
	struct fps_slot *own = busy ? slot : NULL;

	if (own) {
		own->finishing_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC);
		atomic_store_explicit(&own->finishing, FPS_FINISHING_BEGUN, memory_order_release);
	}
	fps_sig_lastwords_busy += busy;
	if (original.deactivate) {
		result = original.deactivate();
	}
	fps_sig_lastwords_busy -= busy;
	set_phase(own, FPS_PHASE_IDLE);
	return result;
}

/* opcache puts itself before this: what it has in its cache does not come here. */
static zend_op_array *on_compile_file(zend_file_handle *file, int type)
{
	struct fps_slot *own = own_slot();
	uint32_t phase = own ? atomic_load_explicit(&own->phase, memory_order_relaxed) : FPS_PHASE_NONE;
	zend_op_array *op_array;

	if (UNEXPECTED(phase == FPS_PHASE_STARTUP)) { /* loaded late: the engine does not know of our RINIT */
		fps_hooks_request_startup();
		phase = FPS_PHASE_EXECUTE;
	}
	set_phase(own, FPS_PHASE_COMPILE);
	op_array = original.compile_file(file, type);
	set_phase(own, (enum fps_phase) phase);
	return op_array;
}

static ZEND_NAMED_FUNCTION(on_finish_request)
{
	int fd, request_id, busy = fps_phpthread_is_it();

	fps_sig_lastwords_busy += busy;
	original.finish_request(INTERNAL_FUNCTION_PARAM_PASSTHRU);
	fps_sig_lastwords_busy -= busy;
	if (busy && slot && fps_sig_engine_connection(&fd, &request_id) && fd == -1) {
		atomic_store_explicit(&slot->finished, 1, memory_order_release);
	}
}

/* The VM comes here, at a safe point, when anybody has set EG(vm_interrupt). */
static void on_interrupt(zend_execute_data *execute_data)
{
	if (own_slot()) {
		fps_warnings_safe_point();
	}
	if (original.interrupt) {
		original.interrupt(execute_data);
	}
}

static void on_error(int type, zend_string *file, uint32_t line, zend_string *message)
{
	if (!own_slot()) {
		return;
	}
	if (config->is_fpm) {
		/* When the soft timeout is up the engine has put its own handler in again. */
		fps_sig_engine_wrap_timeout(fps_sig_handler_on_timeout);
	}
	if (config->fatal_errors) {
		fps_errors_record(slot, config, type, file, line, message);
	}
}

void fps_hooks_install(struct fps_config *configuration)
{
	static zend_extension extension = {.name = "fpmsentinel", .activate = on_activate,
		.deactivate = on_engine_deactivate, .resource_number = -1};
	zend_internal_function *finish_request =
		zend_hash_str_find_ptr(CG(function_table), ZEND_STRL("fastcgi_finish_request"));

	config = configuration;
	original.compile_file = zend_compile_file;
	zend_compile_file = on_compile_file;
	original.deactivate = sapi_module.deactivate;
	sapi_module.deactivate = on_deactivate;
	if (config->is_fpm) {
		original.ub_write = sapi_module.ub_write;
		original.flush = sapi_module.flush;
		original.log_message = sapi_module.log_message;
		sapi_module.ub_write = on_ub_write;
		sapi_module.flush = on_flush;
		sapi_module.log_message = on_log_message;
		original.interrupt = zend_interrupt_function;
		zend_interrupt_function = on_interrupt;
		pthread_atfork(NULL, NULL, on_fork_child); /* without it FPM can load a request's extension before the hello */
	}
	if (finish_request) {
		original.finish_request = finish_request->handler;
		finish_request->handler = on_finish_request;
	}
	zend_register_extension(&extension, NULL);
	zend_observer_error_register(on_error);
	fps_thrown_watch();
}
