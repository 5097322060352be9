#include "record/sanitize.h"

#include "record/buf.h"
#include "record/signals.h"

#include "platform.h"

#include <string.h>

#define TERMINATE(field) ((field)[sizeof(field) - 1] = '\0')
/* The end of the year 9999, in microseconds since the epoch. */
#define LAST_US 253402300799999999ULL
/*
 * Beyond it readers of JSON lose digits, and an index of whole numbers of 64 bits with a sign refuses the whole record.
 */
#define MOST (1ULL << 53)

/* A number that can't be is not known. */
static uint64_t possible(uint64_t number)
{
	return number <= MOST ? number : 0;
}

static void sanitize_identity(struct fps_identity *who)
{
	TERMINATE(who->pool);
	TERMINATE(who->sapi);
	TERMINATE(who->listen);
	TERMINATE(who->log);
	TERMINATE(who->service.name);
	TERMINATE(who->service.version);
	TERMINATE(who->service.environment);
	who->pid = who->pid > 0 ? who->pid : getpid(); /* for everybody else it is the hello's */
	who->parent_pid = who->parent_pid > 0 ? who->parent_pid : 0;
}

/* The numbers, where they are in one piece, each to its place. An unknown name is ignored. */
static void unpack_numbers(struct fps_request *request)
{
	const struct {
		const char *name;
		char *field;
		size_t size;
	} known[] = {
		{"REQUEST_ID", request->id, sizeof request->id},
		{"NGINX_PID", request->nginx_pid, sizeof request->nginx_pid},
		{"NGINX_CONNECTION", request->nginx_connection, sizeof request->nginx_connection},
		{"NGINX_CONN_REQUESTS", request->nginx_connection_requests, sizeof request->nginx_connection_requests},
	};
	const char *name = request->numbers, *end, *value;

	TERMINATE(request->numbers);
	end = name + (request->numbers_len < sizeof request->numbers ? request->numbers_len : sizeof request->numbers);
	for (size_t i = 0; request->numbers_len && i < sizeof known / sizeof known[0]; i++) {
		known[i].field[0] = '\0';
	}
	for (; name < end && (value = name + strlen(name) + 1) < end; name = value + strlen(value) + 1) {
		for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
			if (strcmp(name, known[i].name) == 0) {
				fps_sig_buf_copy(known[i].field, known[i].size, value);
			}
		}
	}
	request->numbers_len = 0;
}

static void sanitize_request(struct fps_request *request)
{
	unpack_numbers(request);
	TERMINATE(request->method);
	TERMINATE(request->domain);
	TERMINATE(request->path);
	TERMINATE(request->query);
	TERMINATE(request->script);
	TERMINATE(request->client_ip);
	TERMINATE(request->id);
	TERMINATE(request->nginx_pid);
	TERMINATE(request->nginx_connection);
	TERMINATE(request->nginx_connection_requests);
	TERMINATE(request->traceparent);
	request->annotations = request->annotations <= FPS_MAX_ANNOTATIONS ? request->annotations : 0;
	for (size_t i = 0; i < FPS_MAX_ANNOTATIONS; i++) {
		TERMINATE(request->annotation[i].key);
		TERMINATE(request->annotation[i].value);
	}
	/* As PHP has it: no limit. */
	request->memory_limit = request->memory_limit > -1 ? request->memory_limit : -1;
	request->max_execution_time = request->max_execution_time > 0 ? request->max_execution_time : 0;
	request->hard_timeout = request->hard_timeout > 0 ? request->hard_timeout : 0;
}

/* Nothing happens after its death, or before the epoch. */
static void order_times(struct fps_request *request, struct fps_draft *draft)
{
	draft->died_us = draft->died_us < LAST_US ? draft->died_us : LAST_US;
	if (draft->other_thread) {
		return; /* the request is not its own, and may be just beginning */
	}
	if (request->started_ns > draft->died_ns || (draft->died_ns - request->started_ns) / 1000 > draft->died_us) {
		request->started_ns = draft->died_ns;
	}
	draft->sampled_ns = draft->sampled_ns < draft->died_ns ? draft->sampled_ns : draft->died_ns;
}

/* An address, a code and a sender are those of a signal; who it was is known by the role at least. */
static void sanitize_signal(struct fps_draft *draft)
{
	char name[FPS_SIG_SIGNAL_NAME];

	TERMINATE(draft->sender_command);
	TERMINATE(draft->thread_name);
	if (draft->child_pid < 0 || draft->cause < FPS_CAUSE_SEGFAULT || draft->cause > FPS_CAUSE_FILE_SIZE_LIMIT) {
		draft->child_pid = 0; /* of a child only faults are recorded */
	}
	draft->exit_call = draft->exit_call <= FPS_EXIT_CALL_QUICK_EXIT ? draft->exit_call : FPS_EXIT_CALL_NONE;
	if (draft->thread > FPS_THREAD_OTHER || (draft->thread == FPS_THREAD_OTHER && draft->thread_id <= 0)) {
		draft->thread = FPS_THREAD_UNKNOWN;
	}
	if (!fps_sig_signals_name(draft->signal, name)) {
		draft->signal = 0;
		draft->has_code = draft->has_address = draft->has_sender = 0;
	}
	TERMINATE(draft->client_port);
	TERMINATE(draft->query);
	TERMINATE(draft->mapping_file);
	TERMINATE(draft->stderr_text);
	if (draft->signal == 0 || draft->mapping_file[0] != '/') {
		draft->mapping_file[0] = '\0';
	}
	draft->mapping_free = draft->mapping_free <= MOST ? draft->mapping_free : MOST;
	if (draft->sender_pid < 0 || draft->sender_role == FPS_ROLE_UNKNOWN || draft->sender_role > FPS_ROLE_OTHER) {
		draft->has_sender = 0;
	}
	if (draft->sender_role != FPS_ROLE_OTHER) {
		draft->sender_command[0] = '\0';
	}
}

static void sanitize_numbers(struct fps_draft *draft)
{
	draft->memory_used = possible(draft->memory_used);
	draft->memory_peak = possible(draft->memory_peak);
	draft->memory_rss = possible(draft->memory_rss);
	if (draft->cpu_us > MOST) {
		draft->has_cpu = 0;
	}
}

static void sanitize_span(struct fps_arena_span *span)
{
	if (span->at > FPS_ARENA_SIZE || span->len > FPS_ARENA_SIZE - span->at) {
		*span = (struct fps_arena_span) {0, 0};
	}
}

static void sanitize_stacks(struct fps_draft *draft)
{
	draft->php_frames = draft->php_frames <= FPS_MAX_FRAMES ? draft->php_frames : 0;
	sanitize_span(&draft->compiling);
	for (size_t i = 0; i < draft->php_frames; i++) {
		sanitize_span(&draft->php_frame[i].function);
		sanitize_span(&draft->php_frame[i].class_name);
		sanitize_span(&draft->php_frame[i].file);
		sanitize_span(&draft->php_frame[i].argument);
	}
	for (size_t i = 0; i < FPS_MAX_MODULES; i++) {
		struct fps_module *module = &draft->module[i];

		TERMINATE(module->path);
		module->build_id_len = module->build_id_len <= sizeof module->build_id ? module->build_id_len : 0;
	}
	draft->native_frames = draft->native_frames <= FPS_MAX_NATIVE_FRAMES ? draft->native_frames : 0;
	for (size_t i = 0; i < FPS_MAX_NATIVE_FRAMES; i++) {
		int16_t *module = &draft->native_frame[i].module;

		if (*module >= FPS_MAX_MODULES) {
			*module = -1;
		}
	}
	if (draft->recursion_period > draft->native_frames || draft->recursion_from >= draft->native_frames) {
		draft->recursion_period = 0;
	}
	draft->recursion_count = possible(draft->recursion_count);
	draft->registers = draft->registers <= FPS_MAX_REGISTERS ? draft->registers : 0;
}

void fps_sig_sanitize(struct fps_slot *slot)
{
	struct fps_draft *draft = &slot->draft;

	sanitize_identity(&slot->who);
	sanitize_request(&slot->request);
	TERMINATE(slot->file_cache);
	slot->requests_served = possible(slot->requests_served);
	TERMINATE(draft->error_type);
	TERMINATE(draft->error_message);
	for (size_t i = 0; i < FPS_MAX_EVIDENCE; i++) {
		TERMINATE(draft->evidence[i]);
	}
	order_times(&slot->request, draft);
	sanitize_signal(draft);
	sanitize_numbers(draft);
	sanitize_stacks(draft);
}
