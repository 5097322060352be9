/* Incidents as JSON, by json-c. What logs hold need not be UTF-8. */
#include "report.h"

#include "advice.h"
#include "verdict.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The length of the character in UTF-8 that begins here, 0 if none does. */
static size_t character(const unsigned char *at)
{
	static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = at[0] < 0x80 ? 1 : at[0] < 0xc0 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf8 ? 4 : 0;
	unsigned value = len < 2 ? at[0] : at[0] & (0x7fU >> len);

	for (size_t i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80) {
			return 0;
		}
		value = value << 6 | (at[i] & 0x3f);
	}
	return len && value >= least[len] && value < 0x110000 && (value < 0xd800 || value > 0xdfff) ? len : 0;
}

/* The text with U+FFFD for each byte that is not UTF-8. */
static struct json_object *text(const char *from)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char *clean = fps_text_allocate(strlen(from) + 1, 3), *to = clean;
	struct json_object *value;

	while (*from) {
		size_t len = character((const unsigned char *) from);
		const char *bytes = len ? from : replacement;

		from += len ? len : 1;
		for (len = len ? len : sizeof(replacement) - 1; len > 0; len--) {
			*to++ = *bytes++;
		}
	}
	value = json_object_new_string_len(clean, (int) (to - clean));
	free(clean);
	return value;
}

static void set(struct json_object *object, const char *name, const char *value)
{
	if (value && *value) {
		json_object_object_add(object, name, text(value));
	}
}

static void set_number(struct json_object *object, const char *name, int64_t value)
{
	if (value != 0) {
		json_object_object_add(object, name, json_object_new_int64(value));
	}
}

static struct json_object *stack(const char *lines)
{
	struct json_object *frames = json_object_new_array();

	while (*lines) {
		size_t len = strcspn(lines, "\n"), function = strcspn(lines, "\t\n");
		char *frame = fps_text_copy((struct fps_span) {lines, len}, 0);
		struct json_object *object = json_object_new_object();

		set(object, "at", function < len ? frame + function + 1 : "");
		frame[function] = '\0';
		set(object, "function", frame);
		json_object_array_add(frames, object);
		free(frame);
		lines += len;
		lines += *lines == '\n';
	}
	return frames;
}

static struct json_object *record(const struct fps_told *told)
{
	struct json_object *object = json_object_new_object();

	set(object, "id", told->id);
	set(object, "cause", told->cause);
	set(object, "message", told->message);
	set(object, "error", told->error);
	set(object, "evidence", told->evidence);
	set(object, "fingerprint", told->fingerprint);
	set(object, "pool", told->pool);
	set(object, "script", told->script);
	set(object, "request_id", told->request_id);
	set_number(object, "pid", told->pid);
	if (told->elapsed > 0) {
		json_object_object_add(object, "elapsed", json_object_new_double(told->elapsed));
	}
	set_number(object, "memory_limit", told->memory_limit);
	set_number(object, "memory_peak", told->peak);
	set_number(object, "rss", told->rss);
	set_number(object, "max_execution_time", told->max_execution_time);
	if (told->stack) {
		json_object_object_add(object, "stack", stack(told->stack));
	}
	set(object, "native", told->native);
	return object;
}

static struct json_object *nginx(const struct fps_incident *incident)
{
	static const char *const phases[] = {"connect", "send", "header", "body", ""};
	struct json_object *object = json_object_new_object();

	set_number(object, "pid", incident->pid);
	set_number(object, "connection", incident->connection);
	set(object, "message", incident->message);
	set(object, "phase", phases[incident->phase]);
	set_number(object, "errno", incident->error);
	set(object, "client", incident->client);
	set(object, "upstream", incident->upstream);
	set(object, "host", incident->host);
	set(object, "stderr", incident->said);
	set_number(object, "status", incident->status);
	set(object, "upstream_status", incident->upstream_status);
	return object;
}

void fps_tojson_write(FILE *out, const struct fps_incident *incident)
{
	const struct fps_advice *advice = fps_advice_of(incident->cause);
	struct json_object *object = json_object_new_object(), *request = json_object_new_object(), *what = json_object_new_object();
	char *path = fps_text_copy((struct fps_span) {incident->uri, fps_incidents_path_len(incident->uri)}, 0);
	char when[32] = "", value[400];
	time_t time = (time_t) incident->time;
	struct tm tm;

	if (gmtime_r(&time, &tm) != NULL) {
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	}
	set(object, "time", when);
	set(object, "cause", incident->cause);
	json_object_object_add(object, "explained", json_object_new_boolean(fps_verdict_is_explained(incident)));
	set(object, "certainty", fps_certainty_name(incident->certainty));
	set(object, "why", incident->why);
	if (incident->sent_again) {
		json_object_object_add(object, "sent_again", json_object_new_boolean(true));
	}
	set(request, "method", incident->method);
	set(request, "path", path);
	json_object_object_add(object, "request", request);
	json_object_object_add(object, "nginx", nginx(incident));
	if (incident->told) {
		json_object_object_add(object, "record", record(incident->told));
	}
	set(what, "meaning", advice->meaning);
	set(what, "change", advice->change);
	fps_advice_value(incident, value, sizeof(value));
	set(what, "value", value);
	set(what, "avoid", advice->avoid);
	json_object_object_add(object, "advice", what);
	fputs(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE), out);
	json_object_put(object);
	free(path);
}
