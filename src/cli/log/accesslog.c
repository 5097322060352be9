/* The access log. It may be many times as large as the error log, so a line is looked at no more than it takes. */
#include "log/accesslog.h"

#include "base/when.h"

#include <stdlib.h>
#include <string.h>

/* nginx's error log has 2,048 bytes for a line, and an URI that fills them is not whole */
#define CUT 1000

#define UNKNOWN "no line of an access log, neither JSON nor combined"
#define CONNECTION "\"connection\":"

/* What a string of JSON ends with, or all of it: a quote that nginx has escaped is a part of it. */
static size_t length_of(struct fps_span text)
{
	size_t len = 0;

	while (len < text.len && text.at[len] != '"') {
		len += text.at[len] == '\\' ? 2 : 1;
	}
	return len < text.len ? len : text.len;
}

/* The value of a key in a line of JSON that nginx has written with escape=json: no blanks, nothing nested. */
static bool value_of(struct fps_span line, const char *key, struct fps_span *value)
{
	const char *found = fps_text_find(line, key);

	if (found == NULL) {
		return false;
	}
	*value = (struct fps_span) {found + strlen(key), (size_t) (line.at + line.len - found) - strlen(key)};
	while (value->len && *value->at == ' ') {
		value->at++;
		value->len--;
	}
	if (fps_text_skip(value, "\"")) {
		value->len = length_of(*value);
	} else {
		size_t len = 0;

		while (len < value->len && strchr(",} ", value->at[len]) == NULL) {
			len++;
		}
		value->len = len;
	}
	return true;
}

static int64_t number_of(struct fps_span line, const char *key)
{
	struct fps_span value;
	int64_t number;

	return value_of(line, key, &value) && fps_text_number(&value, &number) ? number : -1;
}

/* Most lines have the time of the line before, and strptime() takes longer than all else that is done with one. */
static int64_t parse_time(struct fps_span stamp)
{
	static char last[32];
	static int64_t time = -1;

	if (stamp.len >= sizeof(last)) {
		return -1;
	}
	if (!fps_text_is(stamp, last)) {
		memcpy(last, stamp.at, stamp.len);
		last[stamp.len] = '\0';
		time = fps_when_stamp(last);
	}
	return time;
}

static int64_t json_time(struct fps_span line)
{
	static const char *const names[] = {"\"msec\":", "\"time_iso8601\":", "\"time_local\":", "\"time\":", "\"@timestamp\":"};
	struct fps_span value;
	int64_t time;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (value_of(line, names[i], &value)) {
			time = parse_time(value);
			return time >= 0 ? time : fps_text_number(&value, &time) && fps_text_begins(value, ".") ? time : -1;
		}
	}
	return -1;
}

/* $uri is the last resort: it is decoded, and is what nginx has made of the request by then. */
static void parse_uri(struct fps_span line, struct fps_access *access)
{
	struct fps_span request, method;

	if (value_of(line, "\"request_uri\":", &access->uri)) {
		return;
	}
	if (value_of(line, "\"request\":", &request) && fps_text_take(&request, " ", &method)) {
		access->uri = fps_nginxline_target(request);
	} else {
		access->is_uri = value_of(line, "\"uri\":", &access->uri);
	}
}

static bool parse_json(struct fps_span line, struct fps_access *access)
{
	access->connection = number_of(line, CONNECTION);
	access->status = number_of(line, "\"status\":");
	if (access->status < 0) {
		return false;
	}
	if (access->connection < 0) {
		access->time = json_time(line);
		value_of(line, "\"remote_addr\":", &access->client);
		value_of(line, "\"request_method\":", &access->method);
	}
	access->pid = number_of(line, "\"pid\":");
	access->sent = number_of(line, "\"body_bytes_sent\":");
	access->declared = number_of(line, "\"sent_http_content_length\":");
	parse_uri(line, access);
	value_of(line, "\"upstream_status\":", &access->upstream_status);
	return true;
}

/* `127.0.0.1 - - [25/Nov/2026:06:55:57 +0000] "GET /index.php HTTP/1.1" 502 157 "-" "curl/7.88.1"` */
static bool parse_combined(struct fps_span line, struct fps_access *access)
{
	struct fps_span skipped, stamp, request;

	if (!fps_text_take(&line, " ", &access->client) || !fps_text_take(&line, " [", &skipped) ||
		!fps_text_take(&line, "] \"", &stamp) || !fps_text_take(&line, "\" ", &request) ||
		!fps_text_number(&line, &access->status) || !fps_text_skip(&line, " ") || !fps_text_number(&line, &access->sent)) {
		return false;
	}
	access->time = parse_time(stamp);
	/* who speaks no HTTP has a request without blanks, and answered by nginx itself */
	if (fps_text_take(&request, " ", &access->method)) {
		access->uri = fps_nginxline_target(request);
	}
	return access->time >= 0;
}

bool fps_accesslog_parse(struct fps_span line, struct fps_access *access)
{
	*access = (struct fps_access) {.time = -1, .pid = -1, .connection = -1, .declared = -1};
	return fps_text_begins(line, "{") ? parse_json(line, access) : parse_combined(line, access);
}

static int hex(const char *digits, size_t len)
{
	static const char known[] = "0123456789abcdef0123456789ABCDEF";
	const char *high = len >= 2 && digits[0] ? strchr(known, digits[0]) : NULL, *low = high && digits[1] ? strchr(known, digits[1]) : NULL;

	return low ? (int) ((high - known) % 16 * 16 + (low - known) % 16) : -1;
}

/* The next byte of a value that nginx has escaped: \" and \\ and \u00HH with escape=json, \xHH without. */
static int take_byte(struct fps_span *text)
{
	size_t len = 1;
	int byte = (unsigned char) text->at[0];

	if (byte == '\\' && text->len > 1) {
		size_t skipped = text->at[1] == 'x' ? 2 : text->at[1] == 'u' ? 4 : 1;

		byte = skipped == 1 ? (unsigned char) text->at[1] : text->len > skipped ? hex(text->at + skipped, text->len - skipped) : -1;
		len = skipped == 1 ? 2 : skipped + 2;
	}
	len = len < text->len ? len : text->len;
	text->at += len;
	text->len -= len;
	return byte;
}

/* Or as much of it as there is room for in a line of the error log. */
static bool same_uri(struct fps_span logged, const char *uri, bool decoded)
{
	const char *at = uri;

	while (logged.len && *at) {
		int byte = take_byte(&logged), coded = decoded && *at == '%' ? hex(at + 1, strlen(at + 1)) : -1;

		if (byte != (coded >= 0 ? coded : (unsigned char) *at)) {
			return false;
		}
		at += coded >= 0 ? 3 : 1;
	}
	return logged.len ? at - uri > CUT : *at == '\0' || (decoded && *at == '?');
}

static bool fits(const struct fps_incident *incident, const struct fps_access *access)
{
	if (incident->status || (access->uri.at && !same_uri(access->uri, incident->uri, false) &&
		!(access->is_uri && same_uri(access->uri, incident->uri, true)))) {
		return false;
	}
	return access->connection >= 0 ||
		(fps_text_is(access->method, incident->method) && fps_text_is(access->client, incident->client));
}

/* "502, 200": the first worker did not answer, the second one did. How many did not? */
static size_t attempts_before_last(struct fps_span upstream)
{
	struct fps_span one;
	size_t count = 0;

	while (fps_text_take(&upstream, ", ", &one)) {
		count++;
	}
	return count;
}

/* The incident is of that attempt of the request, 0 being the first. */
static void tell(struct fps_incident *incident, const struct fps_access *access, size_t attempt)
{
	const struct fps_span *upstream = &access->upstream_status;
	size_t len = upstream->len < sizeof(incident->upstream_status) ? upstream->len : sizeof(incident->upstream_status) - 1;

	incident->status = (int) access->status;
	if (len) {
		memcpy(incident->upstream_status, upstream->at, len);
	}
	incident->complete = access->declared >= 0 && access->declared == access->sent;
	incident->sent_again = incident->sent_again || attempt < attempts_before_last(access->upstream_status);
}

struct index {
	struct fps_incident **by_connection;
	size_t count;
};

static int by_connection(const void *a, const void *b)
{
	const struct fps_incident *one = *(struct fps_incident *const *) a, *other = *(struct fps_incident *const *) b;

	if (one->connection != other->connection) {
		return one->connection < other->connection ? -1 : 1;
	}
	return one->number < other->number ? -1 : 1;
}

/* The first incident of a connection, or the one behind it. */
static size_t find_connection(const struct index *index, int64_t connection)
{
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->by_connection[middle]->connection < connection) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static bool is_of(const struct index *index, size_t at, int64_t connection)
{
	return at < index->count && index->by_connection[at]->connection == connection;
}

static void tell_connection(const struct index *index, size_t first, const struct fps_access *access)
{
	size_t attempt = 0;

	for (size_t at = first; is_of(index, at, access->connection); at++) {
		struct fps_incident *incident = index->by_connection[at];

		if ((access->pid < 0 || access->pid == incident->pid) && fits(incident, access)) {
			/* a request that was sent again has several lines in the error log, and one here */
			if (attempt > attempts_before_last(access->upstream_status)) {
				break;
			}
			tell(incident, access, attempt++);
		}
	}
}

static void tell_time(struct fps_incidents *incidents, const struct fps_access *access)
{
	size_t low = 0, high = incidents->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (incidents->all[middle].time < access->time - 2) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	for (; low < incidents->count && incidents->all[low].time <= access->time + 2; low++) {
		if (fits(&incidents->all[low], access)) {
			tell(&incidents->all[low], access, 0);
			return;
		}
	}
}

void fps_accesslog_take(struct fps_incidents *incidents, struct fps_source *source)
{
	struct index index = {fps_text_allocate(incidents->count, sizeof(struct fps_incident *)), incidents->count};
	struct fps_span line;
	struct fps_access access;

	for (size_t i = 0; i < incidents->count; i++) {
		index.by_connection[i] = &incidents->all[i];
	}
	qsort(index.by_connection, index.count, sizeof(*index.by_connection), by_connection);
	while (fps_source_next(source, NULL, &line)) {
		int64_t connection = fps_text_begins(line, "{") ? number_of(line, CONNECTION) : -1;
		size_t first = connection >= 0 ? find_connection(&index, connection) : 0;

		/* of nearly all requests there is nothing to tell, and nothing else in their lines matters */
		if (connection >= 0 && !is_of(&index, first, connection)) {
			continue;
		}
		if (!fps_accesslog_parse(line, &access)) {
			fps_source_complain(source, UNKNOWN);
		} else if (access.connection >= 0) {
			tell_connection(&index, first, &access);
		} else if (access.time >= 0) {
			tell_time(incidents, &access);
		}
	}
	free(index.by_connection);
}

bool fps_accesslog_read(struct fps_incidents *incidents, const char *name)
{
	struct fps_source source;

	if (!fps_source_open(&source, name, false)) {
		return false;
	}
	fps_accesslog_take(incidents, &source);
	fps_source_close(&source);
	return !source.failed;
}

static void count(struct fps_requests *requests, const struct fps_access *access)
{
	/* what nginx answered by itself */
	if (access->upstream_status.at != NULL && (access->upstream_status.len == 0 || fps_text_is(access->upstream_status, "-"))) {
		return;
	}
	if (access->time >= 0 && (access->time < requests->since || (requests->until && access->time > requests->until))) {
		return;
	}
	requests->count++;
	if (access->time >= 0) {
		requests->first = requests->first && requests->first < access->time ? requests->first : access->time;
		requests->last = requests->last > access->time ? requests->last : access->time;
	}
}

bool fps_accesslog_count(struct fps_requests *requests, const char *name)
{
	struct fps_source source;
	struct fps_span line;
	struct fps_access access;

	if (!fps_source_open(&source, name, false)) {
		return false;
	}
	while (fps_source_next(&source, NULL, &line)) {
		if (!fps_accesslog_parse(line, &access)) {
			fps_source_complain(&source, UNKNOWN);
			continue;
		}
		if (access.time < 0) {
			access.time = json_time(line);
		}
		count(requests, &access);
	}
	fps_source_close(&source);
	return !source.failed;
}
