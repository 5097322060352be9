/* Reads access logs. They may be many times as large as the error log, so each line gets the least work possible. */
#include "log/accesslog.h"

#include "base/datetime.h"
#include "log/errorlog.h"

#include <stdlib.h>
#include <string.h>

#define CONNECTION "\"connection\":"

/* Finds the end of a JSON string: a quote that nginx has escaped does not end it. */
static size_t length_of(struct fps_span text)
{
	size_t len = 0;

	while (len < text.len && text.at[len] != '"') {
		len += text.at[len] == '\\' ? 2 : 1;
	}
	return len < text.len ? len : text.len;
}

/* The value of a key in a line of JSON written by nginx with escape=json: no blanks, nothing nested. */
static bool value_of(struct fps_span line, const char *key, struct fps_span *value)
{
	const char *found = fps_span_find(line, key);

	if (found == NULL) {
		return false;
	}
	*value = (struct fps_span) {found + strlen(key), (size_t) (line.at + line.len - found) - strlen(key)};
	while (value->len && *value->at == ' ') {
		value->at++;
		value->len--;
	}
	if (fps_span_skip(value, "\"")) {
		value->len = length_of(*value);
	} else {
		size_t len = 0;

		while (len < value->len && value->at[len] > ' ' && value->at[len] != ',' && value->at[len] != '}') {
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

	return value_of(line, key, &value) && fps_span_number(&value, &number) ? number : -1;
}

/* Most lines have the same time as the line before, and strptime() takes longer than everything else for a line. */
static int64_t parse_time(struct fps_span stamp)
{
	static char last[32];
	static int64_t time = -1;

	if (stamp.len >= sizeof(last)) {
		return -1;
	}
	if (!fps_span_is(stamp, last)) {
		memcpy(last, stamp.at, stamp.len);
		last[stamp.len] = '\0';
		time = fps_datetime_stamp(last);
	}
	return time;
}

int64_t fps_accesslog_json_time(struct fps_span line)
{
	static const char *const names[] = {
		"\"msec\":", "\"time_iso8601\":", "\"time_local\":", "\"time\":", "\"@timestamp\":"};
	struct fps_span value;
	int64_t time;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (value_of(line, names[i], &value)) {
			time = parse_time(value);
			return time >= 0 ? time : fps_span_number(&value, &time) && fps_span_begins(value, ".") ? time : -1;
		}
	}
	return -1;
}

/* $uri is the last resort: it is decoded and normalized. */
static void parse_uri(struct fps_span line, struct fps_access *access)
{
	struct fps_span request, method;

	if (value_of(line, "\"request_uri\":", &access->uri)) {
		return;
	}
	if (value_of(line, "\"request\":", &request) && fps_span_take(&request, " ", &method)) {
		access->uri = fps_errorlog_target(request);
	} else {
		access->is_uri = value_of(line, "\"uri\":", &access->uri);
	}
}

static bool identify_json(struct fps_span line, struct fps_access *access)
{
	access->connection = number_of(line, CONNECTION);
	if (access->connection < 0) {
		access->time = fps_accesslog_json_time(line);
		value_of(line, "\"remote_addr\":", &access->client);
	}
	return true;
}

static bool parse_json(struct fps_span line, struct fps_access *access)
{
	access->status = number_of(line, "\"status\":");
	if (access->status < 0 || !identify_json(line, access)) {
		return false;
	}
	if (access->connection < 0) {
		value_of(line, "\"request_method\":", &access->method);
	} else {
		access->time = fps_accesslog_json_time(line);
	}
	access->pid = number_of(line, "\"pid\":");
	access->sent = number_of(line, "\"body_bytes_sent\":");
	access->declared = number_of(line, "\"sent_http_content_length\":");
	parse_uri(line, access);
	value_of(line, "\"upstream_status\":", &access->upstream_status);
	return true;
}

/* The client in `shop.example:443 127.0.0.1 - -`: the virtual host may precede it, the user names follow. */
static struct fps_span client_in(struct fps_span before)
{
	struct fps_span words[4] = {{NULL, 0}}, word;
	size_t count = 0;

	while (count < 3 && fps_span_take(&before, " ", &word)) {
		words[count++] = word;
	}
	words[count++] = before;
	return words[count == 4 ? 1 : 0];
}

/* Takes `127.0.0.1 - - [25/Nov/2026:06:55:57 +0000] "` off the line. */
static bool identify_combined(struct fps_span *line, struct fps_access *access)
{
	struct fps_span before, stamp;

	if (!fps_span_take(line, " [", &before) || !fps_span_take(line, "] \"", &stamp)) {
		return false;
	}
	access->client = client_in(before);
	access->time = parse_time(stamp);
	return access->time >= 0;
}

/* Then `GET /index.php HTTP/1.1" 502 157 "-" "curl/7.88.1"`. */
static bool parse_combined(struct fps_span line, struct fps_access *access)
{
	struct fps_span request;

	if (!identify_combined(&line, access) || !fps_span_take(&line, "\" ", &request)
		|| !fps_span_number(&line, &access->status) || !fps_span_skip(&line, " ")) {
		return false;
	}
	if (!fps_span_number(&line, &access->sent)) { /* Apache's %b may be "-" */
		access->sent = 0;
	}
	/* a client that does not speak HTTP has a request without blanks, which nginx answered itself */
	if (fps_span_take(&request, " ", &access->method)) {
		access->uri = fps_errorlog_target(request);
	}
	return true;
}

static const struct fps_access nothing = {.time = -1, .pid = -1, .connection = -1, .declared = -1};

bool fps_accesslog_identify(struct fps_span line, struct fps_access *access)
{
	*access = nothing;
	if (fps_accessformat_parse(line, access)) {
		return true;
	}
	return fps_span_begins(line, "{") ? identify_json(line, access) : identify_combined(&line, access);
}

bool fps_accesslog_parse(struct fps_span line, struct fps_access *access)
{
	*access = nothing;
	if (fps_accessformat_parse(line, access)) {
		return true;
	}
	return fps_span_begins(line, "{") ? parse_json(line, access) : parse_combined(line, access);
}
