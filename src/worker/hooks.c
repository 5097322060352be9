#include "compat.h"

#include "worker/configwarnings.h"
#include "worker/fatal.h"
#include "worker/fatalrecord.h"
#include "worker/fcgiparams.h"
#include "worker/hooks.h"
#include "worker/phpexception.h"
#include "worker/phpthread.h"
#include "worker/preload.h"
#include "worker/prerequest.h"
#include "worker/requestwarnings.h"
#include "worker/watcher.h"
#include "worker/worker.h"

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

/* The slot, on the thread that it describes; NULL on others. */
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
#define SAPI_GLOBALS ((const sapi_globals_struct *) TSRMG_FAST_BULK(sapi_globals_offset, sapi_globals_struct *))
#else
#define SAPI_GLOBALS (&sapi_globals)
#endif

/* Two moves that may overlap, for a length from `size` to twice that. */
#define MOVE(to, from, len, size) \
	do { \
		memcpy(to, from, size); \
		memcpy((to) + (len) - (size), (from) + (len) - (size), size); \
	} while (0)

/*
 * Copies what fits; a field that is full to its end was cut. Short text does without a call of memcpy(), which costs
 * more than the text.
 */
static zend_always_inline void copy(char *to, size_t size, const char *from, size_t len)
{
	len = EXPECTED(len < size) ? len : size - 1;
	if (len > 32) {
		memcpy(to, from, len);
	} else if (len >= 16) {
		MOVE(to, from, len, 16);
	} else if (len >= 8) {
		MOVE(to, from, len, 8);
	} else if (len >= 4) {
		MOVE(to, from, len, 4);
	} else if (len > 0) {
		to[0] = from[0];
		to[len / 2] = from[len / 2];
		to[len - 1] = from[len - 1];
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
		const struct fps_param *param_ = FPS_PARAM(params, name); \
		if (param_) { \
			copy(field, sizeof(field), param_->value, param_->value_len); \
		} else { \
			(field)[0] = '\0'; \
		} \
	} while (0)

/* FPM takes the method from that parameter, whose length is known. */
static zend_always_inline void copy_method(
	struct fps_request *request, const struct fps_param *const *params, const char *method)
{
	const struct fps_param *param = params[FPS_PARAM_PLACE("REQUEST_METHOD")];

	if (EXPECTED(param && param->value == method)) {
		copy(request->method, sizeof request->method, method, param->value_len);
	} else {
		COPY_TEXT(request->method, method);
	}
}

/*
 * Of a length about which nothing is known here: or the compiler would copy by a loop of its own, at twice the price.
 */
static zend_never_inline void copy_bytes(char *to, const char *from, size_t len)
{
	memcpy(to, from, len);
}

/*
 * What the four fastcgi_param lines of the setup pass lies in one piece: FPM appends name and value of each parameter
 * to those before. They cost one copy, and whoever reads the slot takes them apart. False unless all four are there, in
 * that order and with nothing in between.
 */
static zend_always_inline bool copy_numbers(struct fps_request *request, const struct fps_param *id)
{
	const struct fps_param *requests, *connection, *process;
	size_t len;

	/* The list ends with FCGI_ROLE, which is not among these. */
	if (!id || (requests = id->next_in_list)->name_len != sizeof "NGINX_CONN_REQUESTS" - 1
		|| (connection = requests->next_in_list)->name_len != sizeof "NGINX_CONNECTION" - 1
		|| (process = connection->next_in_list)->name_len != sizeof "NGINX_PID" - 1) {
		return false;
	}
	len = sizeof "NGINX_PID" + sizeof "NGINX_CONNECTION" + sizeof "NGINX_CONN_REQUESTS" + sizeof "REQUEST_ID" + 4
		+ process->value_len + connection->value_len + requests->value_len + id->value_len;
	if (memcmp(process->name, "NGINX_PID", 9) != 0 || memcmp(connection->name, "NGINX_CO", 8) != 0
		|| memcmp(requests->name, "NGINX_CO", 8) != 0 || id->value + id->value_len + 1 != process->name + len
		|| len > sizeof request->numbers) {
		return false;
	}
	copy_bytes(request->numbers, process->name, len);
	request->numbers_len = (uint32_t) len;
	return true;
}

static zend_always_inline void copy_path(
	struct fps_request *request, const struct fps_param *uri, const sapi_globals_struct *sapi)
{
	const char *query;

	if (UNEXPECTED(!uri)) {
		COPY_TEXT(request->path, sapi->request_info.request_uri);
		return;
	}
	query = memchr(uri->value, '?', uri->value_len);
	copy(request->path, sizeof request->path, uri->value, query ? (size_t) (query - uri->value) : uri->value_len);
	if (UNEXPECTED(config->query_string)) {
		copy(request->query, sizeof request->query, query ? query + 1 : NULL,
			query ? uri->value_len - (size_t) (query + 1 - uri->value) : 0);
	} else {
		request->query[0] = '\0';
	}
}

/* What must be there if the worker dies in the next moment, without a handler. */
static zend_always_inline void capture_request(struct fps_slot *own, const sapi_globals_struct *sapi)
{
	struct fps_request *request = &own->request;
	const struct fps_param *const *params = fps_fcgiparams_table(sapi->server_context);

	atomic_store_explicit(&own->finished, 0, memory_order_relaxed);
	atomic_store_explicit(&own->finishing, FPS_FINISHING_NOT, memory_order_relaxed);
	fps_sig_lastwords_busy = 0; /* an aborted connection leaves output functions by a jump */
	/* Nobody else writes it: no need to have the bus locked. */
	atomic_store_explicit(&own->requests_served, atomic_load_explicit(&own->requests_served, memory_order_relaxed) + 1,
		memory_order_relaxed);
	atomic_thread_fence(memory_order_release); /* a reader that has seen some of what follows finds another number */
	request->started_ns = fps_sig_clock_now_ns(CLOCK_MONOTONIC);
	copy_method(request, params, sapi->request_info.request_method);
	COPY_TEXT(request->script, sapi->request_info.path_translated); /* a copy of SCRIPT_FILENAME */
	copy_path(request, FPS_PARAM(params, "REQUEST_URI"), sapi);
	COPY_PARAM(request->domain, "HTTP_HOST");
	if (EXPECTED(config->client_ip)) {
		COPY_PARAM(request->client_ip, "REMOTE_ADDR");
	} else {
		request->client_ip[0] = '\0'; /* a request's PHP_ADMIN_VALUE may switch it off after one that had it */
	}
	if (UNEXPECTED(!copy_numbers(request, FPS_PARAM(params, "REQUEST_ID")))) {
		request->numbers_len = 0;
		COPY_PARAM(request->id, "REQUEST_ID");
		if (request->id[0] == '\0') {
			COPY_PARAM(request->id, "UNIQUE_ID"); /* of Apache's mod_unique_id */
		}
		COPY_PARAM(request->nginx_pid, "NGINX_PID");
		COPY_PARAM(request->nginx_connection, "NGINX_CONNECTION");
		COPY_PARAM(request->nginx_connection_requests, "NGINX_CONN_REQUESTS");
	}
	COPY_PARAM(request->traceparent, "HTTP_TRACEPARENT");
	fps_sig_engine_limits(request);
	request->annotations = 0;
	atomic_store_explicit(&request->events, 0, memory_order_relaxed);
}

/* No code of its pool has run in this process. */
static void claim(void)
{
	fps_prerequest_disarm();
	if (!slot && fps_phpthread_take()) {
		slot = fps_worker_claim(config);
	}
}

/* Of the master, in one that may become a worker. */
static void on_fork_child(void)
{
	if (!slot && !php_during_module_startup()) {
		fps_prerequest_arm(claim);
	}
}

/* A worker's first request, or one of another thread than the slot's. True if it is to be captured. */
static zend_never_inline bool is_new(void)
{
	bool first = !slot || !watched;

	if (config->is_fpm && !SG(server_context) && (first || fps_phpthread_is_it())) {
		if (php_during_module_startup()) {
			fps_preload_begin(config);
		}
		return false;
	}
	if (!fps_phpthread_take()) {
		if (slot) {
			atomic_store(&slot->several_threads, 1);
		}
		return false;
	}
	if (first) {
		claim();
	}
	return slot != NULL;
}

/*
 * The earliest the engine lets anyone know of a request: request_info is filled, the body has not
 * been read. In FPM it also runs where there is no request (-i, opcache.preload): no context then.
 */
static void on_activate(void)
{
	const sapi_globals_struct *sapi = SAPI_GLOBALS; /* SG() would look for this thread's each time */
	struct fps_slot *own = own_slot();

	if (UNEXPECTED(!own || !watched || !sapi->server_context) && !is_new()) {
		return;
	}
	own = slot;
	capture_request(own, sapi);
	set_phase(own, FPS_PHASE_STARTUP);
	fps_watcher_wake();
	if (UNEXPECTED(!watched)) {
		watched = fps_worker_watch(config, &slot);
		slot = watched ? slot : NULL;
	}
}

#ifdef ZEND_SIGNALS
/* zend_signal_activate() has just rewritten the engine's table of handlers, from where ours do not stand. */
static zend_never_inline void take_table(zend_signal_entry_t *table)
{
	/* All that it takes care of; of SIGALRM once an earlier request has used pcntl_signal(). */
	static const int terminations[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM};
	static void *quit_known;
	zend_signal_entry_t *quit = &table[SIGQUIT - 1];

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
}
#endif

int fps_hooks_request_startup(int type, int module)
{
	struct fps_slot *own = slot;

	if (!fps_phpthread_is_it()) {
		return SUCCESS;
	}
	fps_configwarnings_pending();
	if (EXPECTED(own)) {
		if (EXPECTED(config->is_fpm)) {
#ifdef ZEND_SIGNALS
			zend_signal_entry_t *table = SIGG(handlers);

			if (UNEXPECTED(table[SIGTERM - 1].handler != fps_sig_handler_on_termination)) {
				take_table(table);
			}
#endif
			fps_sig_engine_wrap_timeout(fps_sig_handler_on_timeout);
		}
		set_phase(own, FPS_PHASE_EXECUTE);
	}
	return SUCCESS;
}

/* An RSHUTDOWN would cost four times as much. A handler knows more exactly (fps_sig_engine_state()). */
static void on_engine_deactivate(void)
{
	set_phase(own_slot(), FPS_PHASE_SHUTDOWN);
}

void fps_hooks_module_shutdown(void)
{
	struct rusage used;

	fps_prerequest_disarm();
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

/* The count grows last: a reader at that moment finds complete ones only. */
bool fps_hooks_annotate(const zend_string *key, const zend_string *value)
{
	struct fps_request *request = own_slot() ? &slot->request : NULL;
	uint32_t i = 0;

	if (!request || ZSTR_LEN(key) == 0 || ZSTR_LEN(key) >= sizeof request->annotation[0].key
		|| strlen(ZSTR_VAL(key)) != ZSTR_LEN(key)) {
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
	struct fps_slot *own = own_slot();
	int result;

	if (UNEXPECTED(!own)) {
		fps_sig_handler_end_child();
		fps_preload_end();
		return original.deactivate();
	}
	own->finishing_ns = EXPECTED(fps_watcher_runs) ? 0 : fps_sig_clock_now_ns(CLOCK_MONOTONIC);
	atomic_store_explicit(&own->finishing, FPS_FINISHING_BEGUN, memory_order_release);
	fps_sig_lastwords_busy++;
	result = original.deactivate();
	fps_sig_lastwords_busy--;
	set_phase(own, FPS_PHASE_IDLE);
	return result;
}

static int deactivate_nothing(void)
{
	return SUCCESS;
}

/* opcache puts itself before this: what it has in its cache does not come here. */
static zend_op_array *on_compile_file(zend_file_handle *file, int type)
{
	struct fps_slot *own = own_slot();
	uint32_t phase = own ? atomic_load_explicit(&own->phase, memory_order_relaxed) : FPS_PHASE_NONE;
	zend_op_array *op_array;

	if (UNEXPECTED(phase == FPS_PHASE_STARTUP)) { /* loaded late: the engine does not know our RINIT */
		fps_hooks_request_startup(MODULE_TEMPORARY, 0);
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

/* The VM calls this at a safe point after anybody has set EG(vm_interrupt). */
static void on_interrupt(zend_execute_data *execute_data)
{
	if (own_slot()) {
		fps_requestwarnings_safe_point();
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
		fps_fatalrecord_write(slot, config, type, file, line, message);
	}
}

void fps_hooks_install(struct fps_config *configuration)
{
	static zend_extension extension = {
		.name = "fpmsentinel", .activate = on_activate, .deactivate = on_engine_deactivate, .resource_number = -1};
	zend_internal_function *finish_request =
		zend_hash_str_find_ptr(CG(function_table), ZEND_STRL("fastcgi_finish_request"));

	config = configuration;
	original.compile_file = zend_compile_file;
	zend_compile_file = on_compile_file;
	original.deactivate = sapi_module.deactivate ? sapi_module.deactivate : deactivate_nothing;
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
	fps_phpexception_watch();
}
