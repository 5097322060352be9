/* Makes incidents from the web server's error log. */
#include "explain/incidents.h"

#include "base/alloc.h"
#include "base/datetime.h"
#include "log/findlogs.h"
#include "log/nginxjson.h"

#include <stdlib.h>
#include <string.h>

enum {
	MAX_TEXT = 2048,
	MAX_SAID = 600,
	MAX_AT_ONCE = 64,
	SAME_REQUEST = 60 /* seconds between last words and the failure, which may wait for a core dump */
};

size_t fps_incidents_path_len(const char *uri)
{
	return strcspn(uri, "?");
}

static struct fps_incident *make_room(struct fps_incidents *incidents)
{
	if (incidents->count == incidents->room) {
		incidents->room = incidents->room ? incidents->room * 2 : 64;
		incidents->all = fps_alloc_resize(incidents->all, incidents->room, sizeof(*incidents->all));
	}
	return &incidents->all[incidents->count++];
}

static uint64_t hash(uint64_t seed, const char *text)
{
	for (; *text; text++) {
		seed = (seed ^ (unsigned char) *text) * 1099511628211u;
	}
	return seed * 31;
}

static void add_failure(
	struct fps_incidents *incidents, const struct fps_entry *entry, const struct fps_errorlog_entry *line)
{
	struct fps_incident *incident = make_room(incidents);

	*incident = (struct fps_incident) {
		.web = line->web,
		.is_cut = line->is_cut,
		.time = line->time,
		.pid = line->pid,
		.connection = line->connection,
		.client_port = line->client_port,
		.number = incidents->read++,
		.kind = line->kind,
		.phase = line->phase,
		.error = line->error,
		.message = fps_alloc_copy(line->kind != FPS_KIND_STDERR ? line->message
				: line->web == FPS_WEB_APACHE                   ? FPS_SPAN("AH01071: Got error")
																: FPS_SPAN("FastCGI sent in stderr"),
			MAX_TEXT),
		.client = fps_alloc_copy(line->client, MAX_TEXT),
		.method = fps_alloc_copy(line->method, MAX_TEXT),
		.uri = fps_alloc_copy(line->uri, MAX_TEXT),
		.upstream = fps_alloc_copy(line->upstream, MAX_TEXT),
		.host = fps_alloc_copy(line->host, MAX_TEXT),
		.said = fps_alloc_copy(line->said, MAX_SAID),
		.request_id = fps_alloc_copy(line->request_id, MAX_TEXT),
		.stream = entry->stream,
		.file = entry->file ? fps_alloc_format("%s", entry->file) : NULL,
	};
	incident->php = line->kind == FPS_KIND_STDERR ? fps_phpmessage_fatal(line->said, NULL) : FPS_PHP_NONE;
	incident->place = hash(hash(14695981039346656037u, incident->upstream), incident->host);
	incident->again = fps_datetime_is_near(incident->time, entry->time) ? 0 : fps_datetime_again(incident->time);
	incidents->doubled = incidents->doubled || incident->again;
	if (line->upstream.len && !line->doubtful) {
		incident->address = fps_address_of_upstream(line->upstream);
	}
	if (line->event_id.at != NULL) {
		memcpy(incident->event_id, line->event_id.at, 32);
	}
}

static enum fps_errorlog_kind parse(
	struct fps_incidents *incidents, const struct fps_entry *entry, char *room, struct fps_errorlog_entry *line)
{
	enum fps_errorlog_kind kind;

	if (entry->kind != FPS_ENTRY_APACHE) {
		return *entry->text.at == '{' ? fps_nginxjson_parse(entry->text, room, line)
									  : fps_errorlog_parse(entry->text, line);
	}
	kind = fps_apachelog_parse(entry->text, line);
	if (kind == FPS_ERRORLOG_GARBAGE) {
		return kind;
	}
	line->time = fps_datetime_of_entry(line->time, entry->time);
	return fps_apachelog_join(&incidents->attempts, kind, line);
}

enum fps_use fps_incidents_add(struct fps_incidents *incidents, const struct fps_entry *entry)
{
	char room[FPS_NGINXJSON_ROOM];
	struct fps_errorlog_entry line;

	switch (parse(incidents, entry, room, &line)) {
		case FPS_ERRORLOG_GARBAGE: incidents->broken++; return FPS_USE_BROKEN;
		case FPS_ERRORLOG_OTHER:
			incidents->parts += line.is_part;
			return fps_span_find(entry->text, FPS_ERRORLOG_NO_CONNECTIONS) ? FPS_USE_REFUSED : FPS_USE_OTHER;
		/* nginx's stream and mail proxies log an upstream without a scheme; it is not a request */
		case FPS_ERRORLOG_FOREIGN:
			return entry->kind == FPS_ENTRY_APACHE || fps_span_find(line.upstream, "://") ? FPS_USE_FOREIGN
																						  : FPS_USE_OTHER;
		case FPS_ERRORLOG_FAILURE: break;
	}
	line.time = fps_datetime_of_entry(line.time, entry->time);
	if (line.time < 0) { /* without a time it can't be joined with anything */
		incidents->broken++;
		return FPS_USE_BROKEN;
	}
	if (line.time < incidents->since || (incidents->until && line.time > incidents->until)) {
		return FPS_USE_TIME;
	}
	add_failure(incidents, entry, &line);
	return FPS_USE_TAKEN;
}

static int order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static bool differ(const char *one, const char *other)
{
	return one && other && strcmp(one, other) != 0;
}

bool fps_incidents_elsewhere(const struct fps_logorigin *one, const struct fps_logorigin *other)
{
	return one && other && (differ(one->pod, other->pod) || differ(one->host, other->host));
}

/*
 * Identifies a request: same connection and URL, as far as the log says. Apache's lines have no URL, but the client's
 * port.
 */
static int compare_requests(const struct fps_incident *one, const struct fps_incident *other)
{
	int result = order(one->pid, other->pid);

	result = result ? result : order(one->client_port, other->client_port);

	result = result ? result : order(one->connection, other->connection);
	result = result || one->client_port == 0 ? result : strcmp(one->client, other->client);
	result = result ? result : strcmp(one->method, other->method);
	return result ? result : strcmp(one->uri, other->uri);
}

/*
 * For entries of the same time the logs may have been read in any order; the entries of one log, and its rotated files,
 * have an order.
 */
static int by_place(const struct fps_incident *one, const struct fps_incident *other)
{
	int result = (one->file != NULL) - (other->file != NULL);

	if (one->file && other->file) {
		size_t len = fps_findlogs_base(one->file), others = fps_findlogs_base(other->file);

		result = strncmp(one->file, other->file, len > others ? others : len);
		result = result ? result : order((int64_t) len, (int64_t) others);
	}
	return result ? result : order((int64_t) one->number, (int64_t) other->number);
}

static int by_request(const void *a, const void *b)
{
	const struct fps_incident *one = a, *other = b;
	int result = compare_requests(one, other);

	result = result ? result : order(one->time, other->time);
	return result ? result : by_place(one, other);
}

static int by_time(const void *a, const void *b)
{
	const struct fps_incident *one = a, *other = b;
	int result = order(one->time, other->time);

	return result ? result : by_place(one, other);
}

static bool can_take(const struct fps_incident *failure, const struct fps_incident *words)
{
	return !fps_incidents_elsewhere(failure->stream, words->stream)
		&& (failure->kind == FPS_KIND_RESET || failure->kind == FPS_KIND_EOF) && failure->event_id[0] == '\0'
		&& compare_requests(failure, words) == 0
		&& (!*failure->upstream || !*words->upstream || strcmp(failure->upstream, words->upstream) == 0)
		&& llabs(failure->time - words->time) <= SAME_REQUEST;
}

/*
 * The nearest one that can take them, in one direction: with several such requests at once, over HTTP/2, all last words
 * may come first.
 */
static struct fps_incident *find_failure(struct fps_incident *all, size_t count, size_t at, size_t step)
{
	size_t i = at + step;

	for (int looks = 0; looks < MAX_AT_ONCE && i < count && compare_requests(&all[i], &all[at]) == 0;
		 looks++, i += step) {
		if (can_take(&all[i], &all[at])) {
			return &all[i];
		}
	}
	return NULL;
}

/*
 * Last words precede the failure, or follow it if a part of the answer had been sent already. They remain an incident
 * of their own if nginx took the end of the connection for the end of the answer.
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
		failure->is_reported = failure->is_reported || words->is_reported;
	}
}

/* An answer without a header after a fatal error that PHP has reported: one failure. */
static bool is_repeated(const struct fps_incident *all, size_t count, size_t at)
{
	const struct fps_incident *empty = &all[at];

	for (size_t i = at > MAX_AT_ONCE ? at - MAX_AT_ONCE : 0;
		 empty->kind == FPS_KIND_INCOMPLETE && i < count && i < at + MAX_AT_ONCE; i++) {
		if (all[i].kind == FPS_KIND_STDERR && compare_requests(&all[i], empty) == 0
			&& llabs(all[i].time - empty->time) <= 1 && !fps_incidents_elsewhere(all[i].stream, empty->stream)) {
			return true;
		}
	}
	return false;
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
	free(incident->request_id);
	free(incident->file);
	fps_address_free(&incident->address);
}

static int by_log(const void *a, const void *b)
{
	const struct fps_incident *one = a, *other = b;
	int result =
		one->file && other->file ? strcmp(one->file, other->file) : (one->file != NULL) - (other->file != NULL);

	result = result ? result : order((int64_t) (uintptr_t) one->stream, (int64_t) (uintptr_t) other->stream);
	return result ? result : order((int64_t) one->number, (int64_t) other->number);
}

static int64_t earlier(const struct fps_incident *incident)
{
	return incident->again && incident->again < incident->time ? incident->again : incident->time;
}

static bool is_same_hour(const struct fps_incident *one, const struct fps_incident *other)
{
	return other->again && one->stream == other->stream && llabs(earlier(one) - earlier(other)) < 3600
		&& (one->file == other->file || (one->file && other->file && strcmp(one->file, other->file) == 0));
}

/* For lines of an hour that the clock showed twice: where the time goes back, the second hour begins. */
static void split_hour(struct fps_incident *all, size_t count)
{
	int64_t latest = 0;
	size_t second = 0;

	for (size_t i = 0; i < count && second == 0; i++) {
		/* workers write out of order, but not by a minute */
		second = earlier(&all[i]) < latest - 60 ? i : 0;
		latest = earlier(&all[i]) > latest ? earlier(&all[i]) : latest;
	}
	for (size_t i = 0; second && i < count; i++) {
		all[i].time = earlier(&all[i]) + (i < second ? 0 : 3600);
		all[i].again = 0;
	}
}

static void resolve_hours(struct fps_incidents *incidents)
{
	size_t end;

	qsort(incidents->all, incidents->count, sizeof(*incidents->all), by_log);
	for (size_t i = 0; i < incidents->count; i = end) {
		end = i + 1;
		while (incidents->all[i].again && end < incidents->count
			&& is_same_hour(&incidents->all[i], &incidents->all[end])) {
			end++;
		}
		split_hour(&incidents->all[i], incidents->all[i].again ? end - i : 0);
	}
}

void fps_incidents_sort(struct fps_incidents *incidents)
{
	size_t kept = 0;

	if (incidents->count == 0) {
		return;
	}
	if (incidents->doubled) {
		resolve_hours(incidents);
	}
	qsort(incidents->all, incidents->count, sizeof(*incidents->all), by_request);
	for (size_t i = 0; i < incidents->count; i++) {
		if (incidents->all[i].kind == FPS_KIND_STDERR && incidents->all[i].event_id[0]) {
			merge(incidents->all, incidents->count, i);
		}
		incidents->all[i].merged = incidents->all[i].merged || is_repeated(incidents->all, incidents->count, i);
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
		if (incidents->all[i].is_reported && incidents->all[i].arrived < arrived) {
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
