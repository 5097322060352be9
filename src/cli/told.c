/* One record out of a line: its JSON by jansson, which takes nothing but UTF-8 and whole texts. */
#include "records.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_FRAMES = 12, MAX_STACK = 8 << 10 };

double fps_records_time(const char *text)
{
	struct tm tm = {0};
	char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;

	if (end == NULL) {
		return 0;
	}
	return (double) timegm(&tm) + (*end == '.' ? strtod(end, NULL) : 0);
}

const char *fps_certainty_name(enum fps_certainty certainty)
{
	static const char *const names[] = {"certain", "probable", "possible", "uncertain"};

	return names[certainty];
}

static char *copy(json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value && *value ? fps_text_copy((struct fps_span) {value, strlen(value)}, 0) : NULL;
}

static int64_t number(json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static enum fps_action action_of(const char *name)
{
	static const char *const names[] = {"worker-death", "request-killed", "request-aborted", "worker-exit", "master"};

	for (size_t i = 0; name && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			return (enum fps_action) i;
		}
	}
	return FPS_ACTION_OTHER;
}

static enum fps_certainty certainty_of(const char *name)
{
	if (name && strcmp(name, "certain") == 0) {
		return FPS_CERTAIN;
	}
	return name && strcmp(name, "probable") == 0 ? FPS_PROBABLE : FPS_POSSIBLE;
}

/* A text being made; what does not fit is left out. */
struct text {
	char bytes[MAX_STACK];
	size_t len;
};

static void add(struct text *text, const char *piece)
{
	size_t len = piece ? strlen(piece) : 0;

	if (text->len + len < sizeof(text->bytes)) {
		memcpy(text->bytes + text->len, piece ? piece : "", len);
		text->len += len;
	}
}

static char *finish(const struct text *text)
{
	return text->len ? fps_text_copy((struct fps_span) {text->bytes, text->len}, 0) : NULL;
}

/* A name that is shown in a line of its own must not end that. */
static void add_clean(struct text *text, const char *piece)
{
	size_t from = text->len;

	add(text, piece);
	for (; from < text->len; from++) {
		if (text->bytes[from] == '\n' || text->bytes[from] == '\t') {
			text->bytes[from] = ' ';
		}
	}
}

static char *stack_of(json_t *stack)
{
	struct text text = {.len = 0};
	char line[40];
	size_t i;
	json_t *frame;

	json_array_foreach(stack, i, frame) {
		if (i == MAX_FRAMES) {
			break;
		}
		if (i) {
			add(&text, "\n");
		}
		if (json_object_get(frame, "class")) {
			add_clean(&text, json_string_value(json_object_get(frame, "class")));
			add_clean(&text, json_string_value(json_object_get(frame, "type")));
		}
		add_clean(&text, json_string_value(json_object_get(frame, "function")));
		add(&text, "\t");
		if (json_object_get(frame, "file")) {
			snprintf(line, sizeof(line), ":%lld", (long long) number(frame, "line"));
			add_clean(&text, json_string_value(json_object_get(frame, "file")));
			add(&text, line);
		}
	}
	return finish(&text);
}

/* abort() and raise() stand in libc, and are no one's fault. */
static char *native_of(json_t *stack)
{
	struct text text = {.len = 0};
	size_t i;
	json_t *frame;

	json_array_foreach(stack, i, frame) {
		const char *module = json_string_value(json_object_get(frame, "module"));

		if (module == NULL || (strstr(module, "/libc.so") != NULL && i + 1 < json_array_size(stack))) {
			continue;
		}
		add_clean(&text, module);
		add(&text, " ");
		add_clean(&text, json_string_value(json_object_get(frame, json_object_get(frame, "symbol") ? "symbol" : "offset")));
		break;
	}
	return finish(&text);
}

static char *evidence_of(json_t *evidence)
{
	struct text text = {.len = 0};
	size_t i;
	json_t *line;

	json_array_foreach(evidence, i, line) {
		add(&text, i ? "; " : "");
		add_clean(&text, json_string_value(line));
	}
	return finish(&text);
}

static void read_ours(struct fps_told *told, json_t *ours)
{
	json_t *nginx = json_object_get(ours, "nginx"), *request = json_object_get(ours, "request");
	json_t *limits = json_object_get(ours, "limits"), *memory = json_object_get(ours, "memory");

	told->confidence = certainty_of(json_string_value(json_object_get(ours, "confidence")));
	told->nginx_pid = number(nginx, "pid");
	told->connection = number(nginx, "connection");
	told->connection_requests = number(nginx, "connection_requests");
	told->started = fps_records_time(json_string_value(json_object_get(request, "started")));
	told->elapsed = json_number_value(json_object_get(request, "elapsed_ms")) / 1e3;
	told->script = copy(request, "script");
	told->pool = copy(ours, "pool");
	told->fingerprint = copy(ours, "fingerprint");
	told->memory_limit = number(limits, "memory_limit");
	told->max_execution_time = number(limits, "max_execution_time");
	told->hard_timeout = number(limits, "hard_timeout");
	told->peak = number(memory, "peak");
	told->rss = number(memory, "rss");
	told->evidence = evidence_of(json_object_get(ours, "evidence"));
	told->stack = stack_of(json_object_get(json_object_get(ours, "php"), "stack"));
	told->native = native_of(json_object_get(json_object_get(ours, "native"), "stack"));
}

static bool read_record(struct fps_told *told, json_t *record)
{
	json_t *event = json_object_get(record, "event"), *url = json_object_get(record, "url");
	json_t *request = json_object_get(json_object_get(record, "http"), "request");
	const char *id = json_string_value(json_object_get(event, "id"));

	*told = (struct fps_told) {
		.time = fps_records_time(json_string_value(json_object_get(record, "@timestamp"))),
		.action = action_of(json_string_value(json_object_get(event, "action"))),
		.cause = copy(event, "code"),
	};
	if (told->time == 0 || told->cause == NULL || id == NULL || strlen(id) != 32) {
		free(told->cause);
		return false;
	}
	memcpy(told->id, id, sizeof(told->id));
	told->message = copy(record, "message");
	if (told->message == NULL) {
		told->message = fps_text_copy(FPS_SPAN(""), 0);
	}
	told->pid = number(json_object_get(record, "process"), "pid");
	told->method = copy(request, "method");
	told->request_id = copy(request, "id");
	told->path = copy(url, "path");
	told->domain = copy(url, "domain");
	told->client = copy(json_object_get(record, "client"), "ip");
	told->error = copy(json_object_get(record, "error"), "message");
	read_ours(told, json_object_get(record, "fpmsentinel"));
	return true;
}

enum fps_record_line fps_records_parse(struct fps_span line, struct fps_told *told)
{
	/* a shipper may have put something in front, or behind */
	const char *from = fps_text_find(line, "{\"@timestamp\":");
	enum fps_record_line result = FPS_RECORD_BROKEN;
	struct fps_span text;
	json_t *record;

	if (from == NULL) {
		return FPS_RECORD_NONE;
	}
	text = (struct fps_span) {from, (size_t) (line.at + line.len - from)};
	if (fps_text_find(text, "\"dataset\":\"fpmsentinel\"") == NULL) {
		return FPS_RECORD_NONE;
	}
	record = json_loadb(text.at, text.len, JSON_DISABLE_EOF_CHECK, NULL);
	if (json_is_object(record) && read_record(told, record)) {
		result = FPS_RECORD_READ;
	}
	json_decref(record);
	return result;
}

void fps_told_free(struct fps_told *told)
{
	char *texts[] = {told->cause, told->message, told->method, told->path, told->domain, told->client, told->pool, told->script,
		told->request_id, told->fingerprint, told->error, told->evidence, told->stack, told->native};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		free(texts[i]);
	}
}
