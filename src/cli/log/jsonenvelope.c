/*
 * Takes lines out of JSON objects. The names of fields are those of Docker, fluentd, journald, Elastic, Loki, Google,
 * AWS, Datadog, Splunk and OpenTelemetry.
 */
#include "log/jsonenvelope.h"

#include "log/jsonskip.h"
#include "log/timestamp.h"

#include <stdio.h>
#include <string.h>

enum field { HOST, CONTAINER, POD, UNIT, OUTPUT, PROCESS, TIME, MESSAGE, FIELDS };

enum { MAX_DEPTH = 6, DOCKER_PIECE = 16000 };

/* By path; if several are there for one field, the first one counts. */
static const struct name {
	struct fps_span path;
	enum field field;
} names[] = {
	{FPS_SPAN("log"), MESSAGE},
	{FPS_SPAN("MESSAGE"), MESSAGE},
	{FPS_SPAN("textPayload"), MESSAGE},
	{FPS_SPAN("message"), MESSAGE},
	{FPS_SPAN("line"), MESSAGE},
	{FPS_SPAN("Line"), MESSAGE},
	{FPS_SPAN("@message"), MESSAGE},
	{FPS_SPAN("_raw"), MESSAGE},
	{FPS_SPAN("msg"), MESSAGE},
	{FPS_SPAN("body"), MESSAGE},
	{FPS_SPAN("Body"), MESSAGE},
	{FPS_SPAN("stringValue"), MESSAGE},
	{FPS_SPAN("event.original"), MESSAGE},
	{FPS_SPAN("log.original"), MESSAGE},
	{FPS_SPAN("full_message"), MESSAGE},
	{FPS_SPAN("short_message"), MESSAGE},
	{FPS_SPAN("content"), MESSAGE},
	{FPS_SPAN("text"), MESSAGE},
	{FPS_SPAN("host.name"), HOST},
	{FPS_SPAN("host.hostname"), HOST},
	{FPS_SPAN("_HOSTNAME"), HOST},
	{FPS_SPAN("hostname"), HOST},
	{FPS_SPAN("host"), HOST},
	{FPS_SPAN("kubernetes.host"), HOST},
	{FPS_SPAN("agent.hostname"), HOST},
	{FPS_SPAN("node_name"), HOST},
	{FPS_SPAN("kubernetes.container_name"), CONTAINER},
	{FPS_SPAN("kubernetes.container.name"), CONTAINER},
	{FPS_SPAN("container_name"), CONTAINER},
	{FPS_SPAN("CONTAINER_NAME"), CONTAINER},
	{FPS_SPAN("container.name"), CONTAINER},
	{FPS_SPAN("container"), CONTAINER},
	{FPS_SPAN("compose_service"), CONTAINER},
	{FPS_SPAN("container_id"), CONTAINER},
	{FPS_SPAN("container.id"), CONTAINER},
	{FPS_SPAN("docker.container_id"), CONTAINER},
	{FPS_SPAN("kubernetes.pod_name"), POD},
	{FPS_SPAN("kubernetes.pod.name"), POD},
	{FPS_SPAN("pod_name"), POD},
	{FPS_SPAN("pod.name"), POD},
	{FPS_SPAN("pod"), POD},
	{FPS_SPAN("_SYSTEMD_UNIT"), UNIT},
	{FPS_SPAN("systemd.unit"), UNIT},
	{FPS_SPAN("SYSLOG_IDENTIFIER"), UNIT},
	{FPS_SPAN("ident"), UNIT},
	{FPS_SPAN("appname"), UNIT},
	{FPS_SPAN("program"), UNIT},
	{FPS_SPAN("process.name"), UNIT},
	{FPS_SPAN("stream"), OUTPUT},
	{FPS_SPAN("_PID"), PROCESS},
	{FPS_SPAN("SYSLOG_PID"), PROCESS},
	{FPS_SPAN("process.pid"), PROCESS},
	{FPS_SPAN("pid"), PROCESS},
	{FPS_SPAN("@timestamp"), TIME},
	{FPS_SPAN("time"), TIME},
	{FPS_SPAN("timestamp"), TIME},
	{FPS_SPAN("ts"), TIME},
	{FPS_SPAN("__REALTIME_TIMESTAMP"), TIME},
	{FPS_SPAN("timeUnixNano"), TIME},
	{FPS_SPAN("_time"), TIME},
	{FPS_SPAN("date"), TIME},
};

/* Objects whose members could as well be outside of them. */
static const struct fps_span wrappers[] = {FPS_SPAN("_source"), FPS_SPAN("jsonPayload"), FPS_SPAN("result"),
	FPS_SPAN("record"), FPS_SPAN("data"), FPS_SPAN("body"), FPS_SPAN("attributes"), FPS_SPAN("resource"),
	FPS_SPAN("labels"), FPS_SPAN("fields"), FPS_SPAN("hit"), FPS_SPAN("content")};

struct found {
	struct fps_span value; /* as written */
	size_t rank;
};

struct walk {
	struct found fields[FIELDS];
	struct fps_span record;
	char path[128]; /* of the member, preceded by its objects' names and dots */
};

bool fps_jsonenvelope_mentions_record(struct fps_span text)
{
	struct fps_span skipped;

	while (fps_span_take(&text, "dataset", &skipped)) {
		while (text.len && (*text.at == '\\' || *text.at == '"' || *text.at == ':' || *text.at == ' ')) {
			text.at++;
			text.len--;
		}
		if (fps_span_begins(text, "fpmsentinel")) {
			return true;
		}
	}
	return false;
}

static struct fps_span inside(struct fps_span object)
{
	return (struct fps_span) {object.at + 1, object.len - 1};
}

bool fps_jsonenvelope_is_record(struct fps_span object)
{
	struct fps_span rest = object, name, value, inner;

	if (!fps_span_begins(object, "{") || !fps_span_find(object, "fpmsentinel")) {
		return false;
	}
	rest = inside(object);
	while (fps_jsonskip_pair(&rest, &name, &value)) {
		if (!fps_span_is(name, "event") || !fps_span_begins(value, "{")) {
			continue;
		}
		inner = inside(value);
		while (fps_jsonskip_pair(&inner, &name, &value)) {
			if (fps_span_is(name, "dataset")) {
				return fps_span_is(value, "\"fpmsentinel\"");
			}
		}
		return false;
	}
	return false;
}

/* Bytes as journald writes what is not UTF-8: [50, 48, 50]. Returns the length, 0 if it is something else. */
static size_t take_bytes(struct fps_span array, char *to)
{
	size_t len = 0;
	int64_t byte;

	for (array = inside(array); array.len && *array.at != ']';) {
		while (array.len && (*array.at == ' ' || *array.at == ',')) {
			array.at++;
			array.len--;
		}
		if (!fps_span_number(&array, &byte) || byte > 255) {
			return 0;
		}
		to[len++] = (char) byte;
	}
	return len;
}

/* The only string of a list, as Elasticsearch has the fields of a hit; anything else as it is. */
static struct fps_span out_of_list(struct fps_span value)
{
	struct fps_span rest = value, only;

	if (!fps_span_skip(&rest, "[")) {
		return value;
	}
	fps_span_skip_all(&rest, " \t\n");
	if (!fps_span_skip(&rest, "\"")) {
		return value;
	}
	fps_jsonenvelope_take_string(&rest, &only);
	fps_span_skip_all(&rest, " \t\n");
	return fps_span_begins(rest, "]") ? (struct fps_span) {only.at - 1, only.len + 2} : value;
}

/* A string, or the bytes of one. */
static bool is_text(struct fps_span value)
{
	if (fps_span_skip(&value, "[")) {
		return value.len && *value.at >= '0' && *value.at <= '9';
	}
	return fps_span_begins(value, "\"") && value.len > 2;
}

static bool is_same(struct fps_span one, struct fps_span other)
{
	return one.len == other.len && memcmp(one.at, other.at, one.len) == 0;
}

static void note(struct walk *walk, struct fps_span path, struct fps_span value)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct found *found = &walk->fields[names[i].field];

		/* everything that the kernel and PID 1 start is in init.scope */
		if (is_same(names[i].path, path) && (names[i].field != MESSAGE || is_text(value))
			&& (found->value.at == NULL || i < found->rank)
			&& (names[i].field != UNIT || !fps_span_is(value, "\"init.scope\""))) {
			*found = (struct found) {value, i};
		}
	}
}

static bool is_wrapper(struct fps_span name)
{
	for (size_t i = 0; i < sizeof(wrappers) / sizeof(wrappers[0]); i++) {
		if (is_same(wrappers[i], name)) {
			return true;
		}
	}
	return false;
}

/* Appends a name to the path. Returns the new length, or more than the maximum if it is longer than all known names. */
static size_t extend(struct walk *walk, size_t len, struct fps_span name)
{
	if (len + name.len >= sizeof(walk->path)) {
		return sizeof(walk->path);
	}
	memcpy(walk->path + len, name.at, name.len);
	return len + name.len;
}

/* NOLINTNEXTLINE(misc-no-recursion): MAX_DEPTH */
static void walk_object(struct walk *walk, struct fps_span object, size_t path, int depth)
{
	struct fps_span rest = inside(object), name, value;

	if (fps_jsonenvelope_is_record(object)) {
		walk->record = object;
		return;
	}
	while (fps_jsonskip_pair(&rest, &name, &value)) {
		bool is_object = fps_span_begins(value, "{"), is_inside = is_object && is_wrapper(name);
		size_t len = is_inside ? path : extend(walk, path, name);

		if (!is_object && len < sizeof(walk->path)) {
			note(walk, (struct fps_span) {walk->path, len}, out_of_list(value));
		} else if (is_object && depth < MAX_DEPTH) {
			walk_object(walk, value, is_inside ? path : extend(walk, len, FPS_SPAN(".")), depth + 1);
		}
	}
}

static int hex(const char *digits)
{
	int value = 0;

	for (int i = 0; i < 4; i++) {
		int digit = digits[i] >= '0' && digits[i] <= '9'         ? digits[i] - '0'
			: (digits[i] | 32) >= 'a' && (digits[i] | 32) <= 'f' ? (digits[i] | 32) - 'a' + 10
																 : -1;

		if (digit < 0) {
			return -1;
		}
		value = value * 16 + digit;
	}
	return value;
}

/* Reads \u00e9 or a pair of them at `at`, before `end`; moves `at` behind it. */
static size_t put_escaped(const char **at, const char *end, char *to)
{
	int code = end - *at >= 6 ? hex(*at + 2) : -1, low;

	if (code < 0) {
		to[0] = *(*at)++;
		return 1;
	}
	*at += 6;
	if (code >= 0xd800 && code < 0xdc00 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u') {
		low = hex(*at + 2);
		if (low >= 0xdc00 && low < 0xe000) {
			*at += 6;
			return fps_span_put_character(
				0x10000U + ((uint32_t) (code - 0xd800) << 10) + (uint32_t) (low - 0xdc00), to);
		}
	}
	return fps_span_put_character(code >= 0xd800 && code < 0xe000 ? 0xfffdU : (uint32_t) code, to);
}

size_t fps_jsonenvelope_unescape(struct fps_span string, char *to)
{
	static const char letters[] = "nrtbf", meant[] = "\n\r\t\b\f";
	const char *at = string.at, *end = string.at + string.len;
	size_t len = 0;

	while (at < end) {
		const char *backslash = memchr(at, '\\', (size_t) (end - at)), *letter;
		size_t plain = (size_t) ((backslash ? backslash : end) - at);

		memmove(to + len, at, plain);
		len += plain;
		at += plain;
		if (backslash == NULL || end - at < 2) {
			break;
		}
		if (at[1] == 'u') {
			len += put_escaped(&at, end, to + len);
			continue;
		}
		letter = at[1] ? strchr(letters, at[1]) : NULL;
		to[len++] = (char) (letter ? meant[letter - letters] : at[1]);
		at += 2;
	}
	return len;
}

static struct fps_span between_quotes(struct fps_span value)
{
	return fps_span_begins(value, "\"") ? (struct fps_span) {value.at + 1, value.len - 2} : value;
}

static void set_label(struct fps_wrappedline *wrapped, enum field field, struct fps_span value)
{
	if (field == UNIT) {
		fps_wrappedline_set_unit(wrapped, value);
	} else {
		fps_wrappedline_set(wrapped, (enum fps_label) field, value);
	}
}

static void set_labels(struct fps_wrappedline *wrapped, const struct walk *walk)
{
	for (enum field field = HOST; field <= OUTPUT; field++) {
		struct fps_span value = walk->fields[field].value;

		if (fps_span_begins(value, "\"")) {
			set_label(wrapped, field, between_quotes(value));
		}
	}
	struct fps_span process = between_quotes(walk->fields[PROCESS].value);

	if (wrapped->pid == 0 && process.at && !fps_span_number(&process, &wrapped->pid)) {
		wrapped->pid = 0;
	}
	if (wrapped->time <= 0 && walk->fields[TIME].value.at) {
		wrapped->time = fps_timestamp_read(between_quotes(walk->fields[TIME].value), &wrapped->is_local);
	}
}

/* The message, preceded by its program if that is needed to recognise it: systemdlog.h. */
static size_t write_message(struct fps_span value, const char *unit, char *to)
{
	static const char systemd[] = "systemd[1]: ";
	size_t len = 0;

	if (strcmp(unit, "systemd") == 0) {
		memcpy(to, systemd, sizeof(systemd) - 1);
		len = sizeof(systemd) - 1;
	}
	return len
		+ (fps_span_begins(value, "[") ? take_bytes(value, to + len)
									   : fps_jsonenvelope_unescape(between_quotes(value), to + len));
}

bool fps_jsonenvelope_take_json(struct fps_wrappedline *wrapped, char *buffer)
{
	struct walk walk = {.record = {NULL, 0}};
	struct fps_span text = wrapped->text, object, message;
	size_t len;

	if (!fps_span_begins(text, "{") || !fps_jsonskip_next(&text, &object)) {
		return false;
	}
	walk_object(&walk, object, 0, 0);
	message = walk.fields[MESSAGE].value;
	if (walk.record.at == NULL && message.at == NULL) {
		return false;
	}
	set_labels(wrapped, &walk);
	if (walk.record.at != NULL) {
		memcpy(buffer, walk.record.at, walk.record.len);
		wrapped->text = (struct fps_span) {buffer, walk.record.len};
		return true;
	}
	len = write_message(message, wrapped->program, buffer);
	wrapped->after_time = false;
	wrapped->is_piece = wrapped->is_piece || walk.fields[MESSAGE].rank == 0;
	/* Docker's json-file has a newline at the end, unless the line continues */
	wrapped->is_partial =
		wrapped->is_partial || (walk.fields[MESSAGE].rank == 0 && len >= DOCKER_PIECE && buffer[len - 1] != '\n');
	while (len && (buffer[len - 1] == '\n' || buffer[len - 1] == '\r')) {
		len--;
	}
	wrapped->text = (struct fps_span) {buffer, len};
	return true;
}

void fps_jsonenvelope_take_string(struct fps_span *text, struct fps_span *string)
{
	*string = (struct fps_span) {text->at, 0};
	while (string->len < text->len && text->at[string->len] != '"') {
		string->len += text->at[string->len] == '\\' ? 2 : 1;
	}
	string->len = string->len < text->len ? string->len : text->len;
	text->at += string->len;
	text->len -= string->len;
	fps_span_skip(text, "\"");
}

void fps_jsonenvelope_label(struct fps_wrappedline *wrapped, struct fps_span name, struct fps_span value)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].field <= OUTPUT && is_same(name, names[i].path)) {
			set_label(wrapped, names[i].field, value);
			return;
		}
	}
}
