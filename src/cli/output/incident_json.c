/* Incidents as JSON, by json-c. What logs hold need not be UTF-8. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/terminal.h"
#include "explain/advice.h"
#include "explain/verdict.h"
#include "output/incident_printer.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct json_object *frame(struct fps_span line)
{
	struct fps_record_frame frame = fps_record_frame(line);
	char *texts[] = {fps_alloc_copy(frame.where, 0), fps_alloc_copy(frame.function, 0), fps_alloc_copy(frame.name, 0)};
	struct json_object *object = json_object_new_object();

	FPS_JSON_SET(object, {"at", texts[0], 0}, {"function", texts[1], 0}, {"name", texts[2], 0});
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		free(texts[i]);
	}
	return object;
}

static struct json_object *mark(const char *line)
{
	struct json_object *object = json_object_new_object();
	bool is_lost = strncmp(line, FPS_STACK_LOST, strlen(FPS_STACK_LOST)) == 0;
	char *end = (char *) line + strlen(FPS_STACK_LOST);
	long period = is_lost ? 0 : strtol(line + strlen(FPS_STACK_MARK), &end, 10);

	FPS_JSON_SET(object, {"cycle", NULL, period}, {period ? "times" : "omitted", NULL, strtoll(end, NULL, 10)});
	return object;
}

static struct json_object *stack(const char *lines)
{
	struct json_object *frames = json_object_new_array();

	while (*lines) {
		size_t len = strcspn(lines, "\n");
		bool is_mark = strncmp(lines, FPS_STACK_MARK, strlen(FPS_STACK_MARK)) == 0;

		json_object_array_add(frames, is_mark ? mark(lines) : frame((struct fps_span) {lines, len}));
		lines += len;
		lines += *lines == '\n';
	}
	return frames;
}

static struct json_object *record_json(const struct fps_record *record)
{
	struct json_object *object = json_object_new_object();

	FPS_JSON_SET(object, {"id", record->id, 0}, {"cause", record->cause, 0}, {"message", record->message, 0},
		{"error", record->error, 0}, {"evidence", record->evidence, 0}, {"fingerprint", record->fingerprint, 0},
		{"pool", record->pool, 0}, {"listen", record->listen, 0}, {"script", record->script, 0},
		{"request_id", record->request_id, 0}, {"pid", NULL, record->pid});
	if (record->elapsed > 0) {
		json_object_object_add(object, "elapsed", json_object_new_double(record->elapsed));
	}
	FPS_JSON_SET(object, {"memory_limit", NULL, record->memory_limit}, {"memory_peak", NULL, record->peak},
		{"rss", NULL, record->rss}, {"max_execution_time", NULL, record->max_execution_time});
	if (record->stack) {
		json_object_object_add(object, "stack", stack(record->stack));
	}
	FPS_JSON_SET(object, {"stack_age_ms", NULL, record->age_ms}, {"native", record->native, 0},
		{"thread", record->thread, 0}, {"compiling", record->compiling, 0}, {"loading", record->loading, 0},
		{"earlier", record->earlier, 0}, {"cycle", record->cycle, 0}, {"cycles", NULL, record->cycles},
		{"stderr", record->written, 0}, {"mapped", record->mapped, 0}, {"annotations", record->annotations, 0});
	if (record->headers != FPS_HEADERS_UNKNOWN) {
		json_object_object_add(object, "headers_sent", json_object_new_boolean(record->headers == FPS_HEADERS_SENT));
	}
	if (record->first[0]) {
		struct json_object *storm = json_object_new_object();

		FPS_JSON_SET(storm, {"first", record->first, 0}, {"count", NULL, record->in_storm});
		json_object_object_add(storm, "first_read", json_object_new_boolean(record->is_complete));
		json_object_object_add(object, "storm", storm);
	}
	return object;
}

static struct json_object *nginx(const struct fps_incident *incident, const struct fps_clientresponse *outcome)
{
	static const char *const phases[] = {"connect", "send", "header", "body", ""};
	struct json_object *object = json_object_new_object();

	FPS_JSON_SET(object, {"pid", NULL, incident->pid}, {"connection", NULL, incident->connection},
		{"message", incident->message, 0}, {"phase", phases[incident->phase], 0}, {"errno", NULL, incident->error},
		{"client", incident->client, 0}, {"upstream", incident->upstream, 0}, {"host", incident->host, 0},
		{"stderr", incident->said, 0}, {"status", NULL, outcome->status},
		{"upstream_status", outcome->upstream_status, 0});
	return object;
}

/* The same as doctor's JSON has: the whole line, if other directives share it. */
static void add_fix(struct json_object *plan, const struct fps_finding *finding, const struct fps_wholeline *line)
{
	struct json_object *object = json_object_new_object();

	FPS_JSON_SET(object, {"rule", finding->rule->id, 0}, {"fix", line->text ? line->text : finding->fix, 0},
		{"fix_in", line->text ? line->in : finding->fix_in, 0});
	json_object_array_add(plan, object);
}

/* The settings in force, and what doctor sets. */
static void add_settings(struct json_object *advice, const struct fps_incident_settings_lines *lines)
{
	struct json_object *settings = json_object_new_array(), *plan = json_object_new_array();

	for (size_t i = 0; i < lines->setting_count; i++) {
		const struct fps_place *place = lines->settings[i];
		struct json_object *object = json_object_new_object();

		FPS_JSON_SET(object, {"file", place->file, 0}, {"line", NULL, place->line}, {"text", place->text, 0});
		json_object_array_add(settings, object);
	}
	for (size_t i = 0; i < lines->finding_count; i++) {
		const struct fps_finding *finding = lines->findings[i];

		add_fix(plan, finding, &finding->line);
		for (size_t n = 0; finding->line.text && n < finding->more_count; n++) {
			add_fix(plan, finding, &finding->more_lines[n]);
		}
	}
	json_object_object_add(advice, "settings", settings);
	json_object_object_add(advice, "plan", plan);
}

void fps_incident_json(FILE *out, const struct fps_explained *explained, struct fps_incident_settings *advised)
{
	const struct fps_incident *incident = explained->incident;
	const struct fps_verdict *verdict = explained->verdict;
	const struct fps_record *record = fps_join_record(explained->match);
	const struct fps_advice *advice = fps_advice_of(verdict->cause, verdict->subcase, record, verdict->written);
	struct json_object *object = json_object_new_object(), *request = json_object_new_object(),
					   *what = json_object_new_object();
	struct fps_asked asked = fps_join_asked(incident, explained->match);
	char *path = fps_alloc_copy((struct fps_span) {asked.uri, fps_incidents_path_len(asked.uri)}, 0);
	char when[32] = "", value[400], answer[200];
	time_t time = (time_t) explained->match->time;
	struct tm tm;

	if (gmtime_r(&time, &tm) != NULL) {
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	}
	FPS_JSON_SET(object, {"time", when, 0}, {"cause", verdict->cause, 0});
	json_object_object_add(object, "explained", json_object_new_boolean(fps_verdict_is_explained(verdict)));
	FPS_JSON_SET(object, {"certainty", fps_record_certainty(verdict->certainty), 0}, {"why", verdict->why, 0});
	FPS_JSON_SET(
		object, {"stderr", verdict->written, 0}, {"web_server", incident->web == FPS_WEB_APACHE ? "apache" : NULL, 0});
	if (explained->match->sent_again || explained->match->outcome.sent_again) {
		json_object_object_add(object, "sent_again", json_object_new_boolean(true));
	}
	FPS_JSON_SET(request, {"method", asked.method, 0}, {"path", path, 0});
	json_object_object_add(object, "request", request);
	json_object_object_add(object, "nginx", nginx(incident, &explained->match->outcome));
	if (record) {
		json_object_object_add(object, "record", record_json(record));
	}
	fps_advice_value(verdict, record, value, sizeof(value));
	fps_advice_answer(verdict->cause, record, explained, answer, sizeof(answer));
	FPS_JSON_SET(what, {"meaning", fps_advice_meaning(advice), 0}, {"client", answer, 0}, {"change", advice->change, 0},
		{"value", value, 0}, {"avoid", fps_advice_avoid(advice, record), 0});
	if (advised) {
		struct fps_incident_settings_lines lines = fps_incident_settings_of(advised, explained);

		if (lines.is_known) {
			add_settings(what, &lines);
		}
		fps_incident_settings_release(&lines);
	}
	json_object_object_add(object, "advice", what);
	fps_json_print(out, object, false);
	free(path);
}
