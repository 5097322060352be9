#include "record/record.h"

#include "record/fingerprint.h"
#include "record/frames.h"
#include "record/json.h"
#include "record/message.h"
#include "record/sanitize.h"
#include "record/signals.h"

#include <string.h>

/* How much of the slot goes into a record that would be too long. */
struct cut {
	uint32_t php_frames, native_frames;
};

/* What stacks are cut to before texts are, and texts before stacks are cut further. */
#define MIN_NATIVE 8
#define MIN_PHP 16
#define MIN_TEXT 64

static struct {
	char host[256], php_version[32], version[32];
	const char *written_by;
} site = {.written_by = "worker"};

void fps_sig_record_init(const char *host, const char *php_version, const char *version)
{
	fps_sig_buf_copy(site.host, sizeof site.host, host);
	fps_sig_buf_copy(site.php_version, sizeof site.php_version, php_version);
	fps_sig_buf_copy(site.version, sizeof site.version, version);
}

void fps_sig_record_written_by(const char *writer)
{
	site.written_by = writer;
}

/* What the texts of a storm's record are cut to; of 0 bytes they are left out. */
struct brevity {
	bool cause_only; /* as the message, */
	bool no_service;
	size_t message, path, listen, text;
};

/* Nothing, where the slot's request is not known to be the one that died. */
static const struct fps_request *request_of(const struct fps_slot *slot)
{
	static const struct fps_request none;

	return slot->draft.other_thread ? &none : &slot->request;
}

static bool has_stage(const struct fps_draft *draft, enum fps_stage stage)
{
	return (atomic_load_explicit(&draft->stages_done, memory_order_acquire) & 1u << stage) != 0;
}

static void event(struct fps_sig_json *json, const struct fps_slot *slot)
{
	struct fps_sig_buf id;
	char id_text[32];
	size_t mark = fps_sig_json_begin(json, "event");

	fps_sig_json_text(json, "dataset", "fpmsentinel");
	fps_sig_buf_init(&id, id_text, sizeof id_text);
	fps_sig_message_id(slot, &id);
	fps_sig_json_bytes(json, "id", id.bytes, id.len);
	fps_sig_json_text(json, "action", fps_sig_message_action(&slot->draft));
	fps_sig_json_text(json, "code", fps_sig_message_cause(&slot->draft));
	fps_sig_json_end(json, mark);
}

/* Of the process that died. */
static int32_t pid_of(const struct fps_slot *slot)
{
	return slot->draft.child_pid ? slot->draft.child_pid : slot->who.pid;
}

static void head(struct fps_sig_json *json, const struct fps_slot *slot)
{
	static char message[2048]; /* static: a handler's stack is small */
	const struct fps_draft *draft = &slot->draft;
	int32_t parent = draft->child_pid ? slot->who.pid : slot->who.parent_pid;
	struct fps_sig_buf sentence;
	size_t mark, inner;

	fps_sig_buf_init(&sentence, message, sizeof message);
	fps_sig_message_text(slot, &sentence);
	fps_sig_json_time(json, "@timestamp", draft->died_us);
	fps_sig_json_bytes(json, "message", sentence.bytes, sentence.len);

	mark = fps_sig_json_begin(json, "log");
	fps_sig_json_text(json, "level", fps_sig_message_level(draft));
	fps_sig_json_end(json, mark);
	event(json, slot);

	mark = fps_sig_json_begin(json, "host");
	fps_sig_json_text(json, "name", site.host);
	fps_sig_json_end(json, mark);

	mark = fps_sig_json_begin(json, "process");
	fps_sig_json_i64(json, "pid", pid_of(slot));
	if (parent) { /* else it is about the master itself, or not known */
		inner = fps_sig_json_begin(json, "parent");
		fps_sig_json_i64(json, "pid", parent);
		fps_sig_json_end(json, inner);
	}
	if (draft->thread == FPS_THREAD_OTHER) {
		inner = fps_sig_json_begin(json, "thread");
		fps_sig_json_i64(json, "id", draft->thread_id);
		fps_sig_json_text(json, "name", draft->thread_name);
		fps_sig_json_end(json, inner);
	}
	if (slot->who.started_us && slot->who.started_us <= draft->died_us && !draft->child_pid) {
		fps_sig_json_i64(json, "uptime", (int64_t) ((draft->died_us - slot->who.started_us) / 1000000));
	}
	fps_sig_json_end(json, mark);
}

/* W3C trace context: version-traceid-parentid-flags; a trace id of zeroes is not valid. */
static void trace_id(struct fps_sig_json *json, const char *traceparent)
{
	size_t len = strlen(traceparent) >= 55 && traceparent[2] == '-' ? strspn(traceparent + 3, "0123456789abcdef") : 0;

	if (len == 32 && traceparent[35] == '-' && strspn(traceparent + 3, "0") < 32) {
		fps_sig_json_bytes(json, "id", traceparent + 3, 32);
	}
}

/* The host without the port that a client may have asked for: "shop.example:8080", "[::1]:80". */
static void domain(struct fps_sig_json *json, const char *host)
{
	const char *port = strrchr(host, ':');
	size_t len = strlen(host);

	if (port && port[1 + strspn(port + 1, "0123456789")] == '\0' && (strchr(host, ':') == port || port[-1] == ']')) {
		len = (size_t) (port - host);
	}
	fps_sig_json_bytes(json, "domain", host, len);
}

/* nginx calls a client on a unix socket "unix:". Without its address nothing is said of a client. */
static void client(struct fps_sig_json *json, const char *address, const char *port)
{
	size_t len = strspn(address, "0123456789abcdefABCDEF.:"), digits = strlen(port);

	if (address[len] == '\0' && len > 1 && len <= 45) {
		fps_sig_json_bytes(json, "ip", address, len);
		fps_sig_json_digits(json, "port", digits < 5 || (digits == 5 && strcmp(port, "65535") <= 0) ? port : "");
	}
}

/* All of it, or the parameters that are kept without it. */
static const char *query_of(const struct fps_slot *slot)
{
	if (slot->draft.other_thread) {
		return "";
	}
	return slot->request.query[0] ? slot->request.query : slot->draft.query;
}

static void service(struct fps_sig_json *json, const struct fps_service *service)
{
	size_t mark = fps_sig_json_begin(json, "service");

	fps_sig_json_text(json, "name", service->name);
	fps_sig_json_text(json, "version", service->version);
	fps_sig_json_text(json, "environment", service->environment);
	fps_sig_json_end(json, mark);
}

static void request_as_ecs(struct fps_sig_json *json, const struct fps_slot *slot)
{
	const struct fps_request *request = request_of(slot);
	const struct fps_draft *draft = &slot->draft;
	size_t mark = fps_sig_json_begin(json, "http"), inner = fps_sig_json_begin(json, "request");

	fps_sig_json_text(json, "id", request->id);
	fps_sig_json_text(json, "method", request->method);
	fps_sig_json_end(json, inner);
	fps_sig_json_end(json, mark);

	mark = fps_sig_json_begin(json, "url");
	domain(json, request->domain);
	fps_sig_json_text(json, "path", request->path);
	fps_sig_json_text(json, "query", query_of(slot));
	fps_sig_json_end(json, mark);

	mark = fps_sig_json_begin(json, "client");
	client(json, request->client_ip, draft->client_port);
	fps_sig_json_end(json, mark);

	mark = fps_sig_json_begin(json, "trace");
	trace_id(json, request->traceparent);
	fps_sig_json_end(json, mark);

	mark = fps_sig_json_begin(json, "error");
	fps_sig_json_text(json, "type", draft->error_type);
	fps_sig_json_text(json, "message", draft->error_message);
	fps_sig_json_end(json, mark);
}

/* A field that is full was cut when it was taken. */
static bool is_cut(const struct fps_sig_json *json, const char *field, size_t size)
{
	size_t len = strlen(field);

	return len >= size - 1 || len > json->max_text;
}

/* Both a stack that could not be collected to its end and one that did not fit. */
static bool is_stack_whole(const struct fps_draft *draft, enum fps_stage stage, const struct cut *cut)
{
	switch (stage) {
		case FPS_STAGE_PHP_STACK: return draft->php_frames_omitted == 0 && draft->php_frames <= cut->php_frames;
		case FPS_STAGE_NATIVE_STACK: return draft->native_frames <= cut->native_frames;
		default: return true;
	}
}

/* The name of a hook that its function may have changed since. */
static bool is_call_changed(const struct fps_draft *draft, const struct cut *cut)
{
	bool is_changed = false;

	for (uint32_t i = 0; i < draft->php_frames && i < cut->php_frames; i++) {
		is_changed = is_changed || (draft->php_frame[i].is_listed && draft->php_frame[i].is_changed);
	}
	return is_changed;
}

static void incomplete(struct fps_sig_json *json, const struct fps_slot *slot, const struct cut *cut)
{
	static const char *const stage_names[FPS_STAGES] = {
		[FPS_STAGE_DEATH] = "signal",
		[FPS_STAGE_MEMORY] = "memory",
		[FPS_STAGE_PHP_STACK] = "php.stack",
		[FPS_STAGE_MODULES] = "native.modules",
		[FPS_STAGE_NATIVE_STACK] = "native.stack",
	};
	const struct fps_draft *draft = &slot->draft;
	const struct fps_request *request = request_of(slot);

	fps_sig_json_begin_array(json, "incomplete");
	for (size_t i = 0; i < FPS_STAGES; i++) {
		if (!has_stage(draft, (enum fps_stage) i) || !is_stack_whole(draft, (enum fps_stage) i, cut)) {
			fps_sig_json_text(json, NULL, stage_names[i]);
		}
	}
	fps_sig_json_text(
		json, NULL, fps_sig_message_is_death(draft) && !draft->other_thread && !request->started_ns ? "request" : NULL);
	fps_sig_json_text(json, NULL, is_call_changed(draft, cut) ? "request.calls" : NULL);
	fps_sig_json_text(json, NULL, is_cut(json, request->path, sizeof request->path) ? "url.path" : NULL);
	fps_sig_json_text(json, NULL, is_cut(json, query_of(slot), sizeof request->query) ? "url.query" : NULL);
	fps_sig_json_text(json, NULL, is_cut(json, request->domain, sizeof request->domain) ? "url.domain" : NULL);
	fps_sig_json_text(json, NULL, is_cut(json, request->script, sizeof request->script) ? "request.script" : NULL);
	fps_sig_json_text(json, NULL, is_cut(json, request->id, sizeof request->id) ? "http.request.id" : NULL);
	fps_sig_json_end_array(json);
}

static void fingerprint(struct fps_sig_json *json, const struct fps_slot *slot)
{
	uint64_t hash = fps_sig_fingerprint(slot);
	uint8_t bytes[sizeof hash];

	for (size_t i = 0; i < sizeof bytes; i++) {
		bytes[i] = (uint8_t) (hash >> (56 - 8 * i));
	}
	fps_sig_json_hex(json, "fingerprint", bytes, sizeof bytes);
}

static void compiling(struct fps_sig_json *json, const struct fps_draft *draft)
{
	size_t len;
	const char *file = fps_sig_message_span(draft, draft->compiling, &len);

	if (draft->loading || draft->phase == FPS_PHASE_COMPILE) {
		fps_sig_json_bytes(json, draft->loading ? "loading" : "compiling", file, len);
	}
}

static void earlier(struct fps_sig_json *json, const struct fps_slot *slot)
{
	const struct fps_earlier *event;
	struct fps_sig_buf id;
	char id_text[32];
	bool is_any = false;

	for (uint32_t next = 0; (event = fps_sig_message_earlier(slot, &next)); is_any = true) {
		if (!is_any) {
			fps_sig_json_begin_array(json, "earlier");
		}
		size_t mark = fps_sig_json_begin(json, NULL);

		fps_sig_buf_init(&id, id_text, sizeof id_text);
		fps_sig_message_earlier_id(slot, event, &id);
		fps_sig_json_bytes(json, "id", id.bytes, id.len);
		fps_sig_json_text(json, "cause", fps_sig_message_name((enum fps_cause) event->cause));
		fps_sig_json_i64(json, "ms_before", (int64_t) ((slot->draft.died_ns - event->at_ns) / 1000000));
		fps_sig_json_end(json, mark);
	}
	if (is_any) {
		fps_sig_json_end_array(json);
	}
}

static void cause_and_confidence(struct fps_sig_json *json, const struct fps_draft *draft)
{
	static const char *const confidences[] = {"possible", "probable", "certain"};

	fps_sig_json_i64(json, "schema", 1);
	fps_sig_json_text(json, "version", site.version);
	fps_sig_json_text(json, "cause", fps_sig_message_cause(draft));
	fps_sig_json_bool(json, "worker_died", fps_sig_message_is_death(draft));
	fps_sig_json_text(
		json, "confidence", confidences[draft->confidence <= FPS_CERTAIN ? draft->confidence : FPS_POSSIBLE]);
}

static void verdict(struct fps_sig_json *json, const struct fps_slot *slot, const struct cut *cut)
{
	static const char *const threads[] = {NULL, "php", "other"};
	const struct fps_draft *draft = &slot->draft;

	cause_and_confidence(json, draft);
	fps_sig_json_begin_array(json, "evidence");
	for (size_t i = 0; i < FPS_MAX_EVIDENCE; i++) {
		fps_sig_json_text(json, NULL, draft->evidence[i]);
	}
	fps_sig_json_end_array(json);
	fps_sig_json_text(json, "written_by", site.written_by);
	incomplete(json, slot, cut);
	fingerprint(json, slot);
	fps_sig_json_text(json, "pool", slot->who.pool);
	fps_sig_json_text(json, "listen", slot->who.listen);
	fps_sig_json_text(json, "thread", threads[draft->thread]);
	fps_sig_json_text(json, "phase", fps_sig_message_phase((enum fps_phase) draft->phase));
	compiling(json, draft);
	fps_sig_json_size(json, "requests_served", draft->other_thread ? 0 : slot->requests_served);
}

/* As they appear in the record, where all bytes that are not UTF-8 look the same. */
static bool is_same_key(const struct fps_annotation *a, const struct fps_annotation *b)
{
	char texts[2][6 * sizeof a->key];
	const char *keys[2] = {a->key, b->key};
	struct fps_sig_buf text;

	for (size_t i = 0; i < 2; i++) {
		fps_sig_buf_init(&text, texts[i], sizeof texts[i]);
		fps_sig_buf_json(&text, keys[i], strlen(keys[i]));
		fps_sig_buf_terminate(&text);
	}
	return strcmp(texts[0], texts[1]) == 0;
}

/* The one place where a name comes from outside: none without one, and none twice. An empty value stays. */
static void annotation(struct fps_sig_json *json, const struct fps_request *request, uint32_t index)
{
	const struct fps_annotation *annotation = &request->annotation[index];
	bool is_new = annotation->key[0] != '\0';

	for (uint32_t i = 0; i < index; i++) {
		is_new = is_new && !is_same_key(&request->annotation[i], annotation);
	}
	if (!is_new) {
		return;
	}
	fps_sig_json_key(json, NULL);
	fps_sig_buf_char(&json->out, '"');
	fps_sig_buf_json(&json->out, annotation->key, strlen(annotation->key));
	fps_sig_buf_text(&json->out, "\":\"");
	fps_sig_buf_json(&json->out, annotation->value, strnlen(annotation->value, json->max_text));
	fps_sig_buf_char(&json->out, '"');
}

static void nginx(struct fps_sig_json *json, const struct fps_request *request)
{
	size_t mark = fps_sig_json_begin(json, "nginx");

	fps_sig_json_digits(json, "pid", request->nginx_pid);
	fps_sig_json_digits(json, "connection", request->nginx_connection);
	fps_sig_json_digits(json, "connection_requests", request->nginx_connection_requests);
	fps_sig_json_end(json, mark);
}

static void request_as_ours(struct fps_sig_json *json, const struct fps_slot *slot, const struct cut *cut)
{
	const struct fps_request *request = request_of(slot);
	size_t mark, inner;

	nginx(json, request);
	if (request->started_ns == 0) {
		return;
	}
	mark = fps_sig_json_begin(json, "request");
	fps_sig_json_time(json, "started", slot->draft.died_us - (slot->draft.died_ns - request->started_ns) / 1000);
	fps_sig_json_key(json, "elapsed_ms");
	fps_sig_buf_thousandths(&json->out, (slot->draft.died_ns - request->started_ns) / 1000);
	if (slot->draft.has_cpu) {
		fps_sig_json_key(json, "cpu_ms");
		fps_sig_buf_thousandths(&json->out, slot->draft.cpu_us);
	}
	fps_sig_json_text(json, "script", request->script);
	if (!slot->draft.state_unknown) {
		fps_sig_json_bool(json, "headers_sent", slot->draft.headers_sent);
	}
	fps_sig_json_bool(json, "finished", slot->draft.finished);
	inner = fps_sig_json_begin(json, "annotations");
	for (uint32_t i = 0; i < request->annotations; i++) {
		annotation(json, request, i);
	}
	fps_sig_json_end(json, inner);
	fps_sig_frames_calls(json, &slot->draft, cut->php_frames);
	fps_sig_json_end(json, mark);
}

static void limits_and_memory(struct fps_sig_json *json, const struct fps_slot *slot)
{
	const struct fps_request *request = request_of(slot);
	size_t mark = fps_sig_json_begin(json, "limits");

	if (request->started_ns) {
		fps_sig_json_i64(json, "memory_limit", request->memory_limit);
		fps_sig_json_i64(json, "max_execution_time", request->max_execution_time);
		fps_sig_json_i64(json, "hard_timeout", request->hard_timeout);
	}
	fps_sig_json_end(json, mark);

	mark = fps_sig_json_begin(json, "memory");
	fps_sig_json_size(json, "used", slot->draft.memory_used);
	fps_sig_json_size(json, "peak", slot->draft.memory_peak);
	fps_sig_json_size(json, "rss", slot->draft.memory_rss);
	fps_sig_json_end(json, mark);
}

static void signal_and_sender(struct fps_sig_json *json, const struct fps_draft *draft)
{
	static const char *const roles[] = {NULL, "fpm-master", "sibling-worker", "self", "init", "outside", "other"};
	char name[FPS_SIG_SIGNAL_NAME];
	size_t mark = fps_sig_json_begin(json, "signal");

	if (fps_sig_signals_name(draft->signal, name)) {
		fps_sig_json_i64(json, "number", draft->signal);
		fps_sig_json_text(json, "name", name);
		fps_sig_json_text(
			json, "code", draft->has_code ? fps_sig_signals_code(draft->signal, draft->signal_code) : NULL);
	}
	if (draft->has_address) {
		fps_sig_json_address(json, "address", draft->address);
	}
	if (draft->mapping_file[0]) {
		size_t mapping = fps_sig_json_begin(json, "mapping");

		fps_sig_json_text(json, "file", draft->mapping_file);
		if (draft->has_mapping_free) {
			fps_sig_json_i64(json, "free_bytes", (int64_t) draft->mapping_free);
		}
		fps_sig_json_end(json, mapping);
	}
	if (draft->has_sender) {
		size_t sender = fps_sig_json_begin(json, "sender");

		fps_sig_json_i64(json, "pid", draft->sender_pid);
		fps_sig_json_i64(json, "uid", draft->sender_uid);
		fps_sig_json_text(
			json, "role", draft->sender_role < sizeof roles / sizeof roles[0] ? roles[draft->sender_role] : NULL);
		fps_sig_json_text(json, "command", draft->sender_command);
		fps_sig_json_end(json, sender);
	}
	fps_sig_json_end(json, mark);
}

static bool format(struct fps_sig_json *json, const struct fps_slot *slot, const struct cut *cut)
{
	size_t mark;

	json->out.len = 0;
	json->out.overflow = false;
	fps_sig_buf_char(&json->out, '{');
	head(json, slot);
	service(json, &slot->who.service);
	request_as_ecs(json, slot);
	mark = fps_sig_json_begin(json, "fpmsentinel");
	verdict(json, slot, cut);
	earlier(json, slot);
	request_as_ours(json, slot, cut);
	limits_and_memory(json, slot);
	signal_and_sender(json, &slot->draft);
	fps_sig_json_text(json, "stderr", slot->draft.stderr_text);
	fps_sig_frames_php(json, &slot->draft, site.php_version, cut->php_frames);
	fps_sig_frames_native(json, &slot->draft, cut->native_frames);
	fps_sig_json_end(json, mark);
	fps_sig_buf_text(&json->out, "}\n");
	return !json->out.overflow;
}

/* Takes something more away; false when there is nothing left to take. */
static bool cut_more(struct fps_sig_json *json, struct cut *cut)
{
	if (cut->native_frames > MIN_NATIVE) {
		cut->native_frames = cut->native_frames * 3 / 4;
	} else if (cut->php_frames > MIN_PHP) {
		cut->php_frames = cut->php_frames * 3 / 4;
	} else if (json->max_text > MIN_TEXT) {
		json->max_text = json->max_text > 2048 ? 1024 : json->max_text / 2;
	} else if (cut->php_frames > 1) {
		cut->php_frames /= 2;
	} else {
		return false;
	}
	return true;
}

size_t fps_sig_record_format(struct fps_slot *slot, char *line)
{
	struct cut cut = {.php_frames = FPS_MAX_FRAMES, .native_frames = FPS_MAX_NATIVE_FRAMES};
	struct fps_sig_json json = {.max_text = FPS_SIG_RECORD_MAX};
	bool fits;

	fps_sig_sanitize(slot);
	fps_sig_buf_init(&json.out, line, FPS_SIG_RECORD_MAX);
	do {
		fits = format(&json, slot, &cut);
	} while (!fits && cut_more(&json, &cut));
	return fits ? json.out.len : 0;
}

static void cut_text(struct fps_sig_json *json, const char *name, const char *text, size_t most)
{
	size_t len = strlen(text);

	fps_sig_json_bytes(json, name, text, len < most ? len : most);
}

/* A sentence of a few words: the rest is in the first record's. */
static void short_message(struct fps_sig_json *json, const struct fps_slot *slot, const struct brevity *most)
{
	const struct fps_request *request = request_of(slot);
	char message[512];
	struct fps_sig_buf words;

	fps_sig_buf_init(&words, message, sizeof message);
	fps_sig_buf_text(&words, fps_sig_message_cause(&slot->draft));
	if (request->method[0] && !most->cause_only) {
		fps_sig_buf_text(&words, ": ");
		fps_sig_buf_text(&words, request->method);
		fps_sig_buf_char(&words, ' ');
		fps_sig_buf_bytes(&words, request->path, strnlen(request->path, most->path));
	}
	fps_sig_json_bytes(json, "message", words.bytes, words.len < most->message ? words.len : most->message);
}

/* The process and its request, as far as needed to find the request again. */
static void short_request(struct fps_sig_json *json, const struct fps_slot *slot, const struct brevity *most)
{
	const struct fps_request *request = request_of(slot);
	size_t mark = fps_sig_json_begin(json, "host"), inner;

	cut_text(json, "name", site.host, most->text);
	fps_sig_json_end(json, mark);
	mark = fps_sig_json_begin(json, "process");
	fps_sig_json_i64(json, "pid", pid_of(slot));
	fps_sig_json_end(json, mark);
	mark = fps_sig_json_begin(json, "http");
	inner = fps_sig_json_begin(json, "request");
	cut_text(json, "id", request->id, most->text);
	cut_text(json, "method", request->method, most->text);
	fps_sig_json_end(json, inner);
	fps_sig_json_end(json, mark);
	mark = fps_sig_json_begin(json, "url");
	cut_text(json, "path", request->path, most->path);
	fps_sig_json_end(json, mark);
}

static bool has_service(const struct fps_service *service)
{
	return service->name[0] || service->version[0] || service->environment[0];
}

/* Stacks, evidence and the like are not missing: the first record has them. */
static void short_incomplete(struct fps_sig_json *json, const struct fps_slot *slot, const struct brevity *most)
{
	const struct fps_request *request = request_of(slot);

	fps_sig_json_begin_array(json, "incomplete");
	fps_sig_json_text(json, NULL,
		fps_sig_message_is_death(&slot->draft) && !slot->draft.other_thread && !request->started_ns ? "request" : NULL);
	fps_sig_json_text(json, NULL, strlen(request->path) > most->path ? "url.path" : NULL);
	fps_sig_json_text(json, NULL, strlen(request->id) > most->text ? "http.request.id" : NULL);
	fps_sig_json_text(json, NULL, strlen(slot->who.listen) > most->listen ? "listen" : NULL);
	fps_sig_json_text(json, NULL, most->no_service && has_service(&slot->who.service) ? "service" : NULL);
	fps_sig_json_end_array(json);
}

static void short_ours(struct fps_sig_json *json, const struct fps_slot *slot, const struct fps_sig_storm *storm,
	const struct brevity *most)
{
	size_t mark = fps_sig_json_begin(json, "fpmsentinel"), inner;

	cause_and_confidence(json, &slot->draft);
	fps_sig_json_text(json, "written_by", site.written_by);
	short_incomplete(json, slot, most);
	fingerprint(json, slot);
	cut_text(json, "pool", slot->who.pool, most->text);
	/* half an address is another one */
	fps_sig_json_text(json, "listen", strlen(slot->who.listen) <= most->listen ? slot->who.listen : NULL);
	nginx(json, request_of(slot));
	inner = fps_sig_json_begin(json, "storm");
	fps_sig_json_text(json, "first", storm->first);
	fps_sig_json_size(json, "count", storm->count);
	fps_sig_json_end(json, inner);
	fps_sig_json_end(json, mark);
}

static bool format_short(struct fps_sig_json *json, const struct fps_slot *slot, const struct fps_sig_storm *storm,
	const struct brevity *most)
{
	json->out.len = 0;
	json->out.overflow = false;
	fps_sig_buf_char(&json->out, '{');
	fps_sig_json_time(json, "@timestamp", slot->draft.died_us);
	short_message(json, slot, most);
	event(json, slot);
	if (!most->no_service) {
		service(json, &slot->who.service);
	}
	short_request(json, slot, most);
	short_ours(json, slot, storm, most);
	fps_sig_buf_text(&json->out, "}\n");
	return !json->out.overflow;
}

/* Drops what is said twice first, and what identifies the request last. */
static bool cut_short(struct brevity *most)
{
	if (!most->cause_only) {
		most->cause_only = true;
	} else if (most->path > 60) {
		most->path -= 20;
	} else if (!most->no_service) {
		most->no_service = true;
	} else if (most->listen > 0) {
		most->listen = 0;
	} else if (most->message > 8) {
		most->message = 8;
	} else if (most->path > 10) {
		most->path -= 10;
	} else if (most->text > 0) {
		most->path /= most->text > 32 ? 1 : 2;
		most->text /= 2;
	} else {
		return false;
	}
	return true;
}

size_t fps_sig_record_format_short(struct fps_slot *slot, const struct fps_sig_storm *storm, char *line)
{
	struct brevity most = {.message = 400, .path = 200, .listen = 128, .text = 128};
	struct fps_sig_json json = {.max_text = FPS_SIG_RECORD_MAX};
	bool fits;

	fps_sig_sanitize(slot);
	fps_sig_buf_init(&json.out, line, FPS_SIG_RECORD_SHORT);
	do {
		fits = format_short(&json, slot, storm, &most);
	} while (!fits && cut_short(&most));
	return fits ? json.out.len : 0;
}
