/* Incidents as JSON, by jansson. What logs hold need not be UTF-8. */
#include "report.h"

#include "advice.h"
#include "verdict.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The text with U+FFFD for each byte that is not UTF-8, which jansson would refuse. */
static json_t *text(const char *from)
{
	json_t *value = json_string(from);

	if (value == NULL) {
		char *clean = fps_text_allocate(strlen(from) + 1, 3), *to = clean;

		for (; *from; from++) {
			if ((unsigned char) *from < 0x80) {
				*to++ = *from;
			} else {
				memcpy(to, "\xef\xbf\xbd", 3);
				to += 3;
			}
		}
		value = json_string(clean);
		free(clean);
	}
	return value;
}

static void set(json_t *object, const char *name, const char *value)
{
	if (value && *value) {
		json_object_set_new(object, name, text(value));
	}
}

static void set_number(json_t *object, const char *name, int64_t value)
{
	if (value != 0) {
		json_object_set_new(object, name, json_integer(value));
	}
}

static json_t *stack(const char *lines)
{
	json_t *frames = json_array();

	while (*lines) {
		size_t len = strcspn(lines, "\n"), function = strcspn(lines, "\t\n");
		char *frame = fps_text_copy((struct fps_span) {lines, len}, 0);
		json_t *object = json_object();

		set(object, "at", function < len ? frame + function + 1 : "");
		frame[function] = '\0';
		set(object, "function", frame);
		json_array_append_new(frames, object);
		free(frame);
		lines += len;
		lines += *lines == '\n';
	}
	return frames;
}

static json_t *record(const struct fps_told *told)
{
	json_t *object = json_object();

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
		json_object_set_new(object, "elapsed", json_real(told->elapsed));
	}
	set_number(object, "memory_limit", told->memory_limit);
	set_number(object, "memory_peak", told->peak);
	set_number(object, "rss", told->rss);
	set_number(object, "max_execution_time", told->max_execution_time);
	if (told->stack) {
		json_object_set_new(object, "stack", stack(told->stack));
	}
	set(object, "native", told->native);
	return object;
}

static json_t *nginx(const struct fps_incident *incident)
{
	static const char *const phases[] = {"connect", "send", "header", "body", ""};
	json_t *object = json_object();

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
	json_t *object = json_object(), *request = json_object(), *what = json_object();
	char *path = fps_text_copy((struct fps_span) {incident->uri, fps_incidents_path_len(incident->uri)}, 0);
	char when[32] = "", value[400];
	time_t time = (time_t) incident->time;
	struct tm tm;

	if (gmtime_r(&time, &tm) != NULL) {
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	}
	set(object, "time", when);
	set(object, "cause", incident->cause);
	json_object_set_new(object, "explained", json_boolean(fps_verdict_is_explained(incident)));
	set(object, "certainty", fps_certainty_name(incident->certainty));
	set(object, "why", incident->why);
	if (incident->sent_again) {
		json_object_set_new(object, "sent_again", json_true());
	}
	set(request, "method", incident->method);
	set(request, "path", path);
	json_object_set_new(object, "request", request);
	json_object_set_new(object, "nginx", nginx(incident));
	if (incident->told) {
		json_object_set_new(object, "record", record(incident->told));
	}
	set(what, "meaning", advice->meaning);
	set(what, "change", advice->change);
	fps_advice_value(incident, value, sizeof(value));
	set(what, "value", value);
	set(what, "avoid", advice->avoid);
	json_object_set_new(object, "advice", what);
	json_dumpf(object, out, JSON_COMPACT);
	json_decref(object);
	free(path);
}
