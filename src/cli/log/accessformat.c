/* Compiles formats into pieces of text, each followed by a field. */
#include "log/accessformat.h"

#include "base/alloc.h"
#include "base/datetime.h"
#include "log/errorlog.h"
#include "log/timestamp.h"

#include <stdlib.h>
#include <string.h>

enum field { NONE, CLIENT, TIME, REQUEST, METHOD, URI, PATH, STATUS, SENT, DECLARED, UPSTREAM, CONNECTION, PID };

enum { MAX_PIECES = 64, MAX_FORMATS = 8 };

static const struct {
	const char *name;
	enum field field;
} variables[] = {
	{"remote_addr", CLIENT},
	{"time_local", TIME},
	{"time_iso8601", TIME},
	{"msec", TIME},
	{"request", REQUEST},
	{"request_method", METHOD},
	{"request_uri", URI},
	{"uri", PATH},
	{"status", STATUS},
	{"body_bytes_sent", SENT},
	{"sent_http_content_length", DECLARED},
	{"upstream_status", UPSTREAM},
	{"connection", CONNECTION},
	{"pid", PID},
};

/* Apache's, by the letter that ends them */
static const struct {
	char letter;
	enum field field;
} directives[] = {{'h', CLIENT}, {'a', CLIENT}, {'t', TIME}, {'r', REQUEST}, {'m', METHOD}, {'U', PATH}, {'s', STATUS},
	{'b', SENT}, {'B', SENT}, {'P', PID}};

struct piece {
	struct fps_span text; /* the text before the field */
	enum field field;
};

static struct format {
	struct piece pieces[MAX_PIECES];
	size_t count;
	struct fps_span tail;
} formats[MAX_FORMATS];

static size_t format_count;

static bool is_name(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
}

/* `$name` or `${name}` */
static enum field take_variable(struct fps_span *text)
{
	struct fps_span name = {text->at + 1, 0};
	bool braces = text->len > 1 && text->at[1] == '{';
	size_t len;

	name.at += braces;
	while (name.at + name.len < text->at + text->len && is_name(name.at[name.len])) {
		name.len++;
	}
	len = 1 + name.len + (braces ? 2 : 0);
	len = len < text->len ? len : text->len;
	text->at += len;
	text->len -= len;
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		if (fps_span_is(name, variables[i].name)) {
			return variables[i].field;
		}
	}
	return NONE;
}

/* `%>s`, `%{Referer}i`, `%!200,304{...}i`; a time in a custom format, `%{%s}t`, is not read */
static enum field take_directive(struct fps_span *text)
{
	size_t at = 1;
	bool has_argument = false;
	enum field field = NONE;

	while (at < text->len && strchr("<>!,0123456789", text->at[at]) && text->at[at]) {
		at++;
	}
	if (at < text->len && text->at[at] == '{') {
		const char *end = memchr(text->at + at, '}', text->len - at);

		has_argument = true;
		at = end ? (size_t) (end - text->at) + 1 : text->len;
	}
	for (size_t i = 0; at < text->len && !has_argument && i < sizeof(directives) / sizeof(directives[0]); i++) {
		field = directives[i].letter == text->at[at] ? directives[i].field : field;
	}
	at = at < text->len ? at + 1 : text->len;
	text->at += at;
	text->len -= at;
	return field;
}

/* A copy in which \" is a quote and \t a tab, as in a configuration file. */
static struct fps_span unquoted(const char *format)
{
	char *copy = fps_alloc(strlen(format) + 1, 1);
	size_t len = 0;

	for (; *format; format++) {
		if (*format == '\\' && format[1]) {
			format++;
			copy[len++] = (char) (*format == 't' ? '\t' : *format);
		} else {
			copy[len++] = *format;
		}
	}
	return (struct fps_span) {copy, len};
}

bool fps_accessformat_add(const char *text)
{
	struct format *format = &formats[format_count];
	struct fps_span rest = unquoted(text), piece = {rest.at, 0};
	bool has_status = false, has_request = false;

	if (format_count == MAX_FORMATS) {
		return false;
	}
	format->count = 0;
	while (rest.len && format->count < MAX_PIECES) {
		if (*rest.at != '$' && *rest.at != '%') {
			piece.len++;
			rest.at++;
			rest.len--;
			continue;
		}
		enum field field = *rest.at == '$' ? take_variable(&rest) : take_directive(&rest);

		format->pieces[format->count++] = (struct piece) {piece, field};
		piece = (struct fps_span) {rest.at, 0};
		has_status = has_status || field == STATUS;
		has_request = has_request || field == REQUEST || field == URI || field == PATH;
	}
	format->tail = piece;
	format_count += has_status && has_request;
	return has_status && has_request;
}

static bool skip(struct fps_span *line, struct fps_span text)
{
	if (line->len < text.len || memcmp(line->at, text.at, text.len) != 0) {
		return false;
	}
	line->at += text.len;
	line->len -= text.len;
	return true;
}

/* Up to the text that follows the field; in quotes, escaped characters do not end it. */
static bool take_value(struct fps_span *line, struct fps_span end, bool is_time, struct fps_span *value)
{
	struct fps_span rest = *line;

	if (is_time && fps_span_begins(rest, "[") && !(end.len && *end.at == ']')) { /* Apache's %t includes brackets */
		const char *bracket = memchr(rest.at, ']', rest.len);

		if (bracket == NULL) {
			return false;
		}
		*value = (struct fps_span) {rest.at + 1, (size_t) (bracket - rest.at) - 1};
		*line = (struct fps_span) {bracket + 1, (size_t) (rest.at + rest.len - bracket) - 1};
		return true;
	}
	if (end.len == 0) {
		*value = rest;
		line->at += line->len;
		line->len = 0;
		return true;
	}
	for (size_t at = 0; at + end.len <= rest.len; at += rest.at[at] == '\\' ? 2 : 1) {
		if (memcmp(rest.at + at, end.at, end.len) == 0) {
			*value = (struct fps_span) {rest.at, at};
			*line = (struct fps_span) {rest.at + at, rest.len - at};
			return true;
		}
	}
	return false;
}

static int64_t number_of(struct fps_span value)
{
	int64_t number;

	return fps_span_number(&value, &number) ? number : -1;
}

static void set_time(struct fps_access *access, struct fps_span value)
{
	char *stamp = fps_alloc_copy(value, 0);
	bool is_local;
	double time = fps_timestamp_read(value, &is_local);

	access->time = time > 0 ? (int64_t) time : fps_datetime_stamp(stamp);
	free(stamp);
}

static void set(struct fps_access *access, enum field field, struct fps_span value)
{
	switch (field) {
		case CLIENT: access->client = value; break;
		case TIME: set_time(access, value); break;
		case REQUEST:
			if (fps_span_take(&value, " ", &access->method)) {
				access->uri = fps_errorlog_target(value);
				access->is_uri = false;
			}
			break;
		case METHOD: access->method = value; break;
		case URI:
			access->uri = value;
			access->is_uri = false;
			break;
		case PATH:
			if (access->uri.at == NULL) {
				access->uri = value;
				access->is_uri = true;
			}
			break;
		case STATUS: access->status = number_of(value); break;
		case SENT: access->sent = number_of(value) > 0 ? number_of(value) : 0; break;
		case DECLARED: access->declared = number_of(value); break;
		case UPSTREAM: access->upstream_status = value; break;
		case CONNECTION: access->connection = number_of(value); break;
		case PID: access->pid = number_of(value); break;
		case NONE: break;
	}
}

/* Reads the field into `access`, which may be NULL. */
static bool read_line(const struct format *format, struct fps_span line, struct fps_access *access)
{
	if (format->count == 0 || !skip(&line, format->pieces[0].text)) {
		return false;
	}
	for (size_t i = 0; i < format->count; i++) {
		const struct piece *piece = &format->pieces[i];
		struct fps_span end = i + 1 < format->count ? format->pieces[i + 1].text : format->tail, value;

		if (!take_value(&line, end, piece->field == TIME, &value) || !skip(&line, end)
			|| (piece->field == STATUS && number_of(value) < 100)) {
			return false;
		}
		if (access) {
			set(access, piece->field, value);
		}
	}
	return true;
}

bool fps_accessformat_fits(struct fps_span line)
{
	for (size_t i = 0; i < format_count; i++) {
		if (read_line(&formats[i], line, NULL)) {
			return true;
		}
	}
	return false;
}

bool fps_accessformat_parse(struct fps_span line, struct fps_access *access)
{
	for (size_t i = 0; i < format_count; i++) {
		if (read_line(&formats[i], line, NULL)) {
			*access = (struct fps_access) {.time = -1, .pid = -1, .connection = -1, .declared = -1};
			read_line(&formats[i], line, access);
			return access->status >= 100;
		}
	}
	return false;
}
