/* What identifies an occurrence, and what it can be counted by. */
#include "explain/grouping.h"

#include "base/alloc.h"
#include "base/search.h"
#include "explain/applicationframe.h"
#include "explain/urlpattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CAUSE_DEATH(name) name,
#define CAUSE_KILLED(name)
#define CAUSE_ABORTED(name)
#define CAUSE_WARNING(name)
#define CAUSE_EXIT(name)
#define CAUSE_MASTER(name)
#define CAUSE(id, name, class, words) CAUSE_##class(name)
static const char *const deaths[] = {
#include "causes.def"
};

static bool is_death(const char *cause)
{
	for (size_t i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++) {
		if (strcmp(cause, deaths[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* FNV-1a, as that of records. */
static uint64_t mix(uint64_t hash, struct fps_span text)
{
	for (size_t i = 0; i < text.len; i++) {
		hash = (hash ^ (unsigned char) text.at[i]) * 0x100000001b3ULL;
	}
	return hash;
}

static uint64_t hash_of(const char *cause, struct fps_span place)
{
	uint64_t hash = mix(0xcbf29ce484222325ULL, fps_span_of(cause));

	return mix(mix(hash, (struct fps_span) {"", 1}), place);
}

/* Of 16 hexadecimal digits. A pool's user may have written anything else, and an earlier version nothing. */
static bool read_fingerprint(const struct fps_record *record, uint64_t *fingerprint)
{
	const char *text = record->fingerprint;

	if (text == NULL || strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16) {
		return false;
	}
	*fingerprint = strtoull(text, NULL, 16);
	return true;
}

/* --- places ------------------------------------------------------------------------------------------------------- */

/* "/srv/a.php" and ":12" or " on line 12" in a text that ends with them, or goes on with a line's end. */
static bool read_place(struct fps_span text, struct fps_span *file, int64_t *line)
{
	struct fps_span before, rest = text;

	while (fps_span_take(&rest, " in /", &before)) {
		text = (struct fps_span) {rest.at - 1, rest.len + 1};
	}
	if (text.len == 0 || *text.at != '/') {
		return false;
	}
	rest = text;
	if (!fps_span_take(&rest, " on line ", file)) {
		const char *colon = memrchr(text.at, ':', text.len);

		if (colon == NULL) {
			return false;
		}
		*file = (struct fps_span) {text.at, (size_t) (colon - text.at)};
		rest = (struct fps_span) {colon + 1, (size_t) (text.at + text.len - colon - 1)};
	}
	return fps_span_number(&rest, line);
}

/* The file that PHP's own message names: in its first line, or after the trace of an exception. */
static bool said_place(const struct fps_incident *incident, struct fps_span *file, int64_t *line)
{
	struct fps_span message = {NULL, 0}, rest, first;

	if (incident->php == FPS_PHP_NONE || fps_phpmessage_fatal(fps_span_of(incident->said), &message) == FPS_PHP_NONE) {
		return false;
	}
	rest = message;
	return (fps_span_take(&rest, "\n", &first) && read_place(first, file, line)) || read_place(message, file, line);
}

static const char *script_of(const struct fps_occurrence *occurrence)
{
	const struct fps_piece *piece = occurrence->match ? occurrence->match->piece : NULL;

	if (occurrence->record) {
		return occurrence->record->script;
	}
	return piece && piece->timeout ? piece->timeout->script : piece && piece->event ? piece->event->script : NULL;
}

static struct fps_span upstream_of(const struct fps_incident *incident)
{
	struct fps_span upstream = fps_span_of(incident->upstream);

	fps_span_skip(&upstream, "fastcgi://");
	fps_span_skip(&upstream, "fcgi://");
	upstream.len -= upstream.len > 0 && fps_span_begins(upstream, "unix:") && upstream.at[upstream.len - 1] == ':';
	return upstream;
}

/* Without a record; the line in a file is not a part of what identifies a defect, so that editing it changes nothing.
 */
static struct fps_span file_or_upstream(const struct fps_occurrence *occurrence, int64_t *line)
{
	struct fps_span place;
	const char *script = script_of(occurrence);

	*line = 0;
	if (occurrence->incident && said_place(occurrence->incident, &place, line)) {
		return place;
	}
	if (script || occurrence->incident == NULL) {
		return fps_span_of(script);
	}
	return upstream_of(occurrence->incident);
}

static char *place_in_record(const struct fps_record *record)
{
	struct fps_span line = record->thread ? (struct fps_span) {NULL, 0} : fps_applicationframe_of(record->stack);
	struct fps_record_frame frame = fps_record_frame(line);

	if (line.at) {
		return fps_alloc_format("%.*s  %.*s", FPS_SPAN_ARGS(frame.function), FPS_SPAN_ARGS(frame.where));
	}
	if (record->compiling || record->native) {
		return fps_alloc_format("%s", record->compiling ? record->compiling : record->native);
	}
	if (record->first[0] && !record->is_complete) {
		return NULL;
	}
	return record->script ? fps_alloc_format("%s", record->script) : NULL;
}

char *fps_grouping_place(const struct fps_occurrence *occurrence)
{
	char *place = occurrence->record ? place_in_record(occurrence->record) : NULL;
	int64_t line;
	struct fps_span file;

	if (place || occurrence->record) {
		return place;
	}
	file = file_or_upstream(occurrence, &line);
	if (file.len == 0) {
		return NULL;
	}
	return line ? fps_alloc_format("%.*s:%lld", FPS_SPAN_ARGS(file), (long long) line) : fps_alloc_copy(file, 0);
}

/* --- identity ----------------------------------------------------------------------------------------------------- */

bool fps_grouping_is_failure(const struct fps_record *record)
{
	return record->action == FPS_ACTION_DEATH || record->action == FPS_ACTION_KILLED
		|| record->action == FPS_ACTION_ABORTED;
}

struct fps_occurrence fps_grouping_of_record(const struct fps_record *record, size_t number)
{
	struct fps_occurrence occurrence = {.time = record->time,
		.cause = record->cause,
		.verdict = record->cause,
		.is_death = record->action == FPS_ACTION_DEATH,
		.record = record,
		.number = number};

	if (!read_fingerprint(record, &occurrence.fingerprint)) {
		occurrence.fingerprint = hash_of(record->cause, fps_span_of(record->script ? record->script : record->pool));
	}
	return occurrence;
}

/*
 * A record's cause and fingerprint are the defect's, whatever other logs add. But what the client or nginx has given up
 * waiting for has that as its cause, and the record only says where PHP was.
 */
struct fps_occurrence fps_grouping_of_incident(const struct fps_explained *explained, size_t number)
{
	const struct fps_incident *incident = explained->incident;
	const struct fps_record *record = fps_join_record(explained->match);
	bool given_up = incident->kind == FPS_KIND_CLIENT_ABORT || incident->kind == FPS_KIND_TIMEOUT;
	struct fps_occurrence occurrence =
		record ? fps_grouping_of_record(record, number) : (struct fps_occurrence) {.number = number};
	char digits[17];
	int64_t line;

	occurrence.time = (double) explained->match->time;
	occurrence.incident = incident;
	occurrence.match = explained->match;
	occurrence.subcase = explained->verdict->subcase;
	occurrence.verdict = explained->verdict->cause;
	if (record && !given_up) {
		return occurrence;
	}
	occurrence.cause = explained->verdict->cause;
	occurrence.is_death = record ? occurrence.is_death : is_death(occurrence.cause);
	snprintf(digits, sizeof(digits), "%016llx", (unsigned long long) occurrence.fingerprint);
	occurrence.fingerprint =
		hash_of(occurrence.cause, record ? fps_span_of(digits) : file_or_upstream(&occurrence, &line));
	return occurrence;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A record may have anything as its cause; the name is a word in a shell as well. */
struct fps_grouping_name fps_grouping_name_of(const char *cause, uint64_t fingerprint)
{
	struct fps_grouping_name name;
	int len = snprintf(name.text, sizeof(name.text), "%.40s", cause);

	for (int i = 0; i < len; i++) {
		if (!is_plain(name.text[i])) {
			name.text[i] = '_';
		}
	}
	snprintf(name.text + len, sizeof(name.text) - (size_t) len, "-%08x", (unsigned) (fingerprint >> 32));
	return name;
}

struct fps_asked fps_grouping_asked(const struct fps_occurrence *occurrence)
{
	const struct fps_record *record = occurrence->record;

	if (occurrence->incident) {
		return fps_join_asked(occurrence->incident, occurrence->match);
	}
	return (struct fps_asked) {
		.method = record->method ? record->method : "", .uri = record->path ? record->path : "", .is_path = true};
}

int fps_grouping_status(const struct fps_occurrence *occurrence)
{
	return occurrence->match ? occurrence->match->outcome.status : 0;
}

int fps_grouping_compare(const struct fps_occurrence *one, const struct fps_occurrence *other)
{
	const struct fps_incident none = {.message = "", .client = "", .uri = "", .upstream = "", .host = "", .said = ""};
	const struct fps_incident *a = one->incident ? one->incident : &none,
							  *b = other->incident ? other->incident : &none;
	const char *texts[][2] = {{one->record ? one->record->id : "", other->record ? other->record->id : ""},
		{a->message, b->message}, {a->uri, b->uri}, {a->client, b->client}, {a->upstream, b->upstream},
		{a->host, b->host}, {a->said, b->said}};
	int result = (one->time > other->time) - (one->time < other->time);

	result = result ? result : fps_search_order(a->pid, b->pid);
	result = result ? result : fps_search_order(a->connection, b->connection);
	for (size_t i = 0; result == 0 && i < sizeof(texts) / sizeof(texts[0]); i++) {
		result = strcmp(texts[i][0], texts[i][1]);
	}
	return result;
}

/* --- values ------------------------------------------------------------------------------------------------------- */

static char *copy(const char *text)
{
	return text && *text ? fps_alloc_copy(fps_span_of(text), 0) : NULL;
}

static char *pool_of(const struct fps_occurrence *occurrence)
{
	if (occurrence->record) {
		return copy(occurrence->record->pool);
	}
	return copy(occurrence->match && occurrence->match->piece ? occurrence->match->piece->pool : NULL);
}

static char *host_of(const struct fps_occurrence *occurrence)
{
	const struct fps_logorigin *stream = occurrence->incident ? occurrence->incident->stream : NULL;

	if (occurrence->record && occurrence->record->hostname) {
		return copy(occurrence->record->hostname);
	}
	return stream ? copy(stream->pod ? stream->pod : stream->host ? stream->host : stream->container) : NULL;
}

static char *url_of(const struct fps_occurrence *occurrence)
{
	const struct fps_record *record = occurrence->record;
	const char *uri = fps_grouping_asked(occurrence).uri;

	return *uri ? fps_urlpattern_of(fps_span_of(uri), record && uri == record->path && record->is_path_cut) : NULL;
}

static char *hour_of(const struct fps_occurrence *occurrence)
{
	time_t time = (time_t) occurrence->time;
	char text[32] = "";
	struct tm tm;

	if (localtime_r(&time, &tm) != NULL) {
		strftime(text, sizeof(text), "%Y-%m-%d %H:00", &tm);
	}
	return copy(text);
}

static char *version_of(const struct fps_record *record)
{
	if (record == NULL || record->service_version == NULL) {
		return NULL;
	}
	return fps_alloc_format(
		"%s%s%s", record->service ? record->service : "", record->service ? " " : "", record->service_version);
}

char *fps_grouping_value(const struct fps_occurrence *occurrence, enum fps_grouping_key key)
{
	const struct fps_record *record = occurrence->record;

	switch (key) {
		case FPS_BY_DEFECT: return copy(fps_grouping_name_of(occurrence->cause, occurrence->fingerprint).text);
		case FPS_BY_CAUSE: return copy(occurrence->cause);
		case FPS_BY_POOL: return pool_of(occurrence);
		case FPS_BY_HOST: return host_of(occurrence);
		case FPS_BY_SERVICE: return copy(record ? record->service : NULL);
		case FPS_BY_VERSION: return version_of(record);
		case FPS_BY_ENVIRONMENT: return copy(record ? record->environment : NULL);
		case FPS_BY_URL: return url_of(occurrence);
		case FPS_BY_SCRIPT: return copy(script_of(occurrence));
		case FPS_BY_PLACE: return fps_grouping_place(occurrence);
		case FPS_BY_ANNOTATION: return copy(record ? record->annotations : NULL);
		case FPS_BY_HOUR: return hour_of(occurrence);
		default: return NULL;
	}
}
