/* Incidents out of nginx's error log. */
#include "explain/incidents.h"

#include "base/alloc.h"
#include "base/warn.h"
#include "log/records.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_TEXT = 2048,
	MAX_SAID = 600,
	MAX_AT_ONCE = 64,
	MAX_PREFIX = 256,
	SAME_REQUEST = 60 /* seconds between last words and the failure, which comes when a core dump has been written */
};

size_t fps_incidents_path_len(const char *uri)
{
	return strcspn(uri, "?");
}

void fps_incidents_add(struct fps_incidents *incidents, struct fps_span entry)
{
	struct fps_errorlog_entry line;
	struct fps_incident *incident;

	switch (fps_errorlog_parse(entry, &line)) {
		case FPS_ERRORLOG_GARBAGE:
			/* an empty line is worth nobody's attention */
			incidents->garbage += entry.len > 0;
			return;
		case FPS_ERRORLOG_FOREIGN:
			incidents->foreign++;
			incidents->entries++;
			return;
		case FPS_ERRORLOG_OTHER:
			incidents->entries++;
			return;
		case FPS_ERRORLOG_FAILURE:
			incidents->entries++;
			break;
	}
	if (line.time < incidents->since || (incidents->until && line.time > incidents->until)) {
		return;
	}
	if (incidents->count == incidents->room) {
		incidents->room = incidents->room ? incidents->room * 2 : 64;
		incidents->all = fps_alloc_resize(incidents->all, incidents->room, sizeof(*incident));
	}
	incident = &incidents->all[incidents->count++];
	*incident = (struct fps_incident) {
		.time = line.time, .pid = line.pid, .connection = line.connection, .number = incidents->read++,
		.web = line.web, .is_cut = line.is_cut, .kind = line.kind, .phase = line.phase, .error = line.error,
		.message = fps_alloc_copy(line.kind == FPS_KIND_STDERR ? FPS_SPAN("FastCGI sent in stderr") : line.message, MAX_TEXT),
		.client = fps_alloc_copy(line.client, MAX_TEXT), .method = fps_alloc_copy(line.method, MAX_TEXT),
		.uri = fps_alloc_copy(line.uri, MAX_TEXT), .upstream = fps_alloc_copy(line.upstream, MAX_TEXT),
		.host = fps_alloc_copy(line.host, MAX_TEXT), .said = fps_alloc_copy(line.said, MAX_SAID),
	};
	if (line.upstream.len && !line.doubtful) {
		incident->address = fps_address_of_upstream(line.upstream);
	}
	if (line.event_id.at != NULL) {
		memcpy(incident->event_id, line.event_id.at, 32);
	}
}

static struct fps_span from_begin(struct fps_span line)
{
	for (size_t i = 0; i < line.len && i < MAX_PREFIX; i++) {
		if (fps_errorlog_begins(line.at + i, line.len - i)) {
			return (struct fps_span) {line.at + i, line.len - i};
		}
	}
	return (struct fps_span) {NULL, 0};
}

/* An entry in a line of a log driver's: behind its own words, as syslog's "Nov 29 18:50:51 web nginx: ", or in an object of JSON. */
static bool add_wrapped(struct fps_incidents *incidents, struct fps_span line)
{
	struct fps_span entry = from_begin(line);

	if (entry.len && line.at[0] == '{') {
		char *copy = fps_alloc_copy(line, 0);
		struct json_object *object = json_tokener_parse(copy);
		const char *text = fps_record_wrapped_in(object);

		entry = text ? from_begin((struct fps_span) {text, strcspn(text, "\n")}) : (struct fps_span) {NULL, 0};
		if (entry.len) {
			fps_incidents_add(incidents, entry);
		}
		json_object_put(object);
		free(copy);
	} else if (entry.len) {
		fps_incidents_add(incidents, entry);
	}
	return entry.len > 0;
}

/* What is no entry, but may have some in it; false if there is none. */
static bool add_lines(struct fps_incidents *incidents, struct fps_span text)
{
	struct fps_span line;
	bool any = false;

	while (fps_span_take(&text, "\n", &line)) {
		any = add_wrapped(incidents, line) || any;
	}
	return add_wrapped(incidents, text) || any;
}

void fps_incidents_take(struct fps_incidents *incidents, struct fps_source *source)
{
	static const struct fps_entries entries = {fps_errorlog_begins, fps_errorlog_is_whole};
	struct fps_span entry;

	while (fps_source_next(source, &entries, &entry)) {
		uint64_t garbage = incidents->garbage;

		if (fps_errorlog_begins(entry.at, entry.len) || !add_lines(incidents, entry)) {
			fps_incidents_add(incidents, entry);
		}
		if (incidents->garbage > garbage) {
			fps_source_complain(source, "no entry of nginx's error log");
		}
	}
}

bool fps_incidents_read(struct fps_incidents *incidents, const char *name, bool usual)
{
	uint64_t entries = incidents->entries, garbage = incidents->garbage;
	struct fps_source source;

	if (!fps_source_open(&source, name, usual)) {
		return false;
	}
	fps_incidents_take(incidents, &source);
	fps_source_close(&source);
	if (incidents->garbage > garbage && incidents->entries == entries) {
		fps_warn("fpmsentinel: %s: nothing in it is of nginx's error log", name);
		return false;
	}
	return !source.failed;
}

static int order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* Which request: of one connection, and of one URL, as far as nginx's log can tell. */
static int compare_requests(const struct fps_incident *one, const struct fps_incident *other)
{
	int result = order(one->pid, other->pid);

	result = result ? result : order(one->connection, other->connection);
	result = result ? result : strcmp(one->method, other->method);
	return result ? result : strcmp(one->uri, other->uri);
}

static int by_request(const void *a, const void *b)
{
	const struct fps_incident *one = a, *other = b;
	int result = compare_requests(one, other);

	result = result ? result : order(one->time, other->time);
	return result ? result : order((int64_t) one->number, (int64_t) other->number);
}

static int by_time(const void *a, const void *b)
{
	const struct fps_incident *one = a, *other = b;
	int result = order(one->time, other->time);

	return result ? result : order((int64_t) one->number, (int64_t) other->number);
}

static bool can_take(const struct fps_incident *failure, const struct fps_incident *words)
{
	return (failure->kind == FPS_KIND_RESET || failure->kind == FPS_KIND_EOF) && failure->event_id[0] == '\0' &&
		compare_requests(failure, words) == 0 && (!*failure->upstream || !*words->upstream || strcmp(failure->upstream, words->upstream) == 0) &&
		llabs(failure->time - words->time) <= SAME_REQUEST;
}

/* The nearest one that can take them, in one direction: of several such requests at once, by HTTP/2, all words may come first. */
static struct fps_incident *find_failure(struct fps_incident *all, size_t count, size_t at, size_t step)
{
	size_t i = at + step;

	for (int looks = 0; looks < MAX_AT_ONCE && i < count && compare_requests(&all[i], &all[at]) == 0; looks++, i += step) {
		if (can_take(&all[i], &all[at])) {
			return &all[i];
		}
	}
	return NULL;
}

/*
 * Last words stand before the failure, or behind it where a part of the answer had been sent already.
 * They stay an incident of their own where nginx has taken the end of the connection for the end of the answer.
 */
static void merge(struct fps_incident *all, size_t count, size_t at)
{
	struct fps_incident *words = &all[at];
	size_t step = words->phase == FPS_UPSTREAM_BODY ? (size_t) -1 : 1;
	struct fps_incident *failure = find_failure(all, count, at, step);

	failure = failure ? failure : find_failure(all, count, at, -step);

	if (failure != NULL) {
		memcpy(failure->event_id, words->event_id, sizeof(words->event_id));
		free(failure->said);
		failure->said = fps_alloc_copy((struct fps_span) {words->said, strlen(words->said)}, 0);
		words->merged = true;
		failure->is_told = failure->is_told || words->is_told;
	}
}

/* PHP's fatal error is why the answer has no header: one request, one incident. */
static bool is_consequence(const struct fps_incident *incident, const struct fps_incident *before)
{
	return incident->kind == FPS_KIND_INCOMPLETE && before->kind == FPS_KIND_STDERR && !before->event_id[0] &&
		compare_requests(incident, before) == 0 && incident->time - before->time <= 1;
}

static void free_incident(struct fps_incident *incident)
{
	free(incident->message);
	free(incident->client);
	free(incident->method);
	free(incident->uri);
	free(incident->upstream);
	free(incident->host);
	free(incident->said);
	fps_address_free(&incident->address);
	free(incident->written);
}

void fps_incidents_sort(struct fps_incidents *incidents)
{
	size_t kept = 0;

	if (incidents->count == 0) {
		return;
	}
	qsort(incidents->all, incidents->count, sizeof(*incidents->all), by_request);
	for (size_t i = 0; i < incidents->count; i++) {
		if (incidents->all[i].kind == FPS_KIND_STDERR && incidents->all[i].event_id[0]) {
			merge(incidents->all, incidents->count, i);
		}
	}
	for (size_t i = 1; i < incidents->count; i++) {
		incidents->all[i].merged = incidents->all[i].merged || is_consequence(&incidents->all[i], &incidents->all[i - 1]);
	}
	for (size_t i = 0; i < incidents->count; i++) {
		if (incidents->all[i].merged) {
			free_incident(&incidents->all[i]);
		} else {
			incidents->all[kept++] = incidents->all[i];
		}
	}
	incidents->count = kept;
	qsort(incidents->all, incidents->count, sizeof(*incidents->all), by_time);
}

void fps_incidents_forget(struct fps_incidents *incidents, int64_t arrived)
{
	size_t kept = 0;

	for (size_t i = 0; i < incidents->count; i++) {
		if (incidents->all[i].is_told && incidents->all[i].arrived < arrived) {
			free_incident(&incidents->all[i]);
		} else {
			incidents->all[kept++] = incidents->all[i];
		}
	}
	incidents->count = kept;
}

void fps_incidents_free(struct fps_incidents *incidents)
{
	for (size_t i = 0; i < incidents->count; i++) {
		free_incident(&incidents->all[i]);
	}
	free(incidents->all);
	incidents->all = NULL;
	incidents->count = incidents->room = 0;
}
