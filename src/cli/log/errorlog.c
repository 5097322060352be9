/*
 * nginx's error log (src/core/ngx_log.c, ngx_http_upstream.c): time, level, pid#tid, *connection, what happened, while
 * doing what, and then `, client: …, server: …, request: "…", upstream: "…", host: "…"`.
 *
 * Only the beginning, up to *connection, is beyond anybody's reach: a message of PHP's, an URL and a Referer can hold
 * text that looks like the rest.
 */
#include "log/errorlog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What nginx calls it where it reads an answer that it does not buffer because the client takes some of it. */
#define TO_CLIENT " while sending to client"

#define UPSTREAM "\", upstream: \""

static bool is_digits(const char *text, const char *pattern)
{
	for (; *pattern; pattern++, text++) {
		if (*pattern == '0' ? *text < '0' || *text > '9' : *text != *pattern) {
			return false;
		}
	}
	return true;
}

bool fps_errorlog_begins(const char *line, size_t len)
{
	return len >= 21 && is_digits(line, "0000/00/00 00:00:00 [");
}

bool fps_errorlog_is_whole(struct fps_span entry)
{
	return !fps_span_find(entry, "FastCGI sent in stderr: ") || fps_span_find(entry, "upstream, client: ")
		|| fps_span_find(entry, TO_CLIENT ", client: ");
}

int64_t fps_errorlog_time(const char *text, size_t len)
{
	static int64_t hour_start;
	static char hour[13];
	int number[6];
	static const int at[6] = {0, 5, 8, 11, 14, 17};

	if (len < 19 || !is_digits(text, "0000/00/00 00:00:00")) {
		return -1;
	}
	for (int i = 0; i < 6; i++) {
		number[i] = (text[at[i]] - '0') * 10 + text[at[i] + 1] - '0';
	}
	number[0] = number[0] * 100 + (text[2] - '0') * 10 + text[3] - '0';
	if (number[1] < 1 || number[1] > 12 || number[2] < 1 || number[2] > 31 || number[3] > 23 || number[4] > 59
		|| number[5] > 60) {
		return -1;
	}
	/* mktime() looks at the time zone each time; log lines of one hour come together */
	if (memcmp(hour, text, sizeof(hour)) != 0) {
		struct tm tm = {.tm_year = number[0] - 1900,
			.tm_mon = number[1] - 1,
			.tm_mday = number[2],
			.tm_hour = number[3],
			.tm_isdst = -1};

		hour_start = mktime(&tm);
		memcpy(hour, text, sizeof(hour));
	}
	return hour_start + number[4] * 60L + number[5];
}

/*
 * The request line's target as REQUEST_URI has it: of `http://host/path`, as proxies write it, nginx passes on the path
 * alone. No blank can be in it, so the one behind a comma is nginx's own: of a subrequest (SSI, auth_request, mirror)
 * nginx passes on the request's own URI.
 */
struct fps_span fps_errorlog_target(struct fps_span request)
{
	struct fps_span uri = request, rest = request, scheme;
	const char *version;

	fps_span_take(&rest, "\", subrequest: \"", &uri);
	version = memrchr(uri.at, ' ', uri.len);
	if (version != NULL
		&& fps_span_begins((struct fps_span) {version, (size_t) (uri.at + uri.len - version)}, " HTTP/")) {
		uri.len = (size_t) (version - uri.at);
	}
	rest = uri;
	if (!fps_span_begins(uri, "/") && fps_span_take(&rest, "://", &scheme)
		&& memchr(scheme.at, '/', scheme.len) == NULL) {
		const char *path = memchr(rest.at, '/', rest.len);

		uri = path ? (struct fps_span) {path, (size_t) (uri.at + uri.len - path)} : FPS_SPAN("/");
	}
	return uri;
}

static bool ends_with_protocol(const char *from, const char *end)
{
	const char *protocol = end - strlen(" HTTP/1.1");

	return protocol >= from && strncmp(protocol, " HTTP/", strlen(" HTTP/")) == 0;
}

/*
 * Takes the request line and what stands before the upstream. Of several such places nginx's own is the first one
 * behind a protocol, or behind the subrequest that follows it: an URL may hold the text, but no blank before "HTTP/",
 * and a Referer comes later.
 */
static bool take_request(struct fps_span *text, struct fps_span *request, bool *doubtful)
{
	struct fps_span rest = *text, piece, first = *text;
	bool found = false, sure = false;

	while (!sure && fps_span_take(&rest, UPSTREAM, &piece)) {
		const char *end = rest.at - strlen(UPSTREAM), *subrequest = fps_span_find(piece, "\", subrequest: \"");

		sure = ends_with_protocol(text->at, end) || (subrequest && ends_with_protocol(text->at, subrequest));
		if (sure || !found) {
			*request = (struct fps_span) {text->at, (size_t) (end - text->at)};
			first = rest;
		}
		*doubtful = *doubtful || found;
		found = true;
	}
	*doubtful = *doubtful || (found && fps_span_find(first, UPSTREAM));
	*text = first;
	return found;
}

/* `, client: 127.0.0.1, server: , request: "GET / HTTP/1.1", upstream: "…", host: "…"`, all but the client optional. */
static bool parse_context(struct fps_span text, struct fps_errorlog_entry *line)
{
	struct fps_span request = {NULL, 0}, rest;

	if (!fps_span_take(&text, ", server: ", &line->client)) {
		return false;
	}
	if (!fps_span_take(&text, ", request: \"", &line->server)) {
		line->server = text;
		return true;
	}
	if (!take_request(&text, &request, &line->doubtful)) {
		if (!fps_span_take(&text, "\", host: \"", &request) && !fps_span_take(&text, "\"", &request)) {
			request = text; /* cut at nginx's 2,048 bytes */
			text.len = 0;
		}
		text.at = NULL;
	} else if (!fps_span_take(&text, "\"", &line->upstream)) {
		line->upstream = text; /* cut, perhaps within the address */
		line->doubtful = true;
		text.len = 0;
	} else if (fps_span_skip(&text, ", host: \"") && !fps_span_take(&text, "\"", &line->host)) {
		line->host = text;
	}
	rest = request;
	if (fps_span_take(&rest, " ", &line->method)) {
		line->uri = fps_errorlog_target(rest);
	}
	return true;
}

static enum fps_upstream_phase phase_of(struct fps_span message)
{
	static const struct {
		const char *text;
		enum fps_upstream_phase phase;
	} phases[] = {
		{" while connecting to upstream", FPS_UPSTREAM_CONNECT},
		{" while sending request to upstream", FPS_UPSTREAM_SEND},
		{" while sending to upstream", FPS_UPSTREAM_SEND},
		{" while reading response header from upstream", FPS_UPSTREAM_HEADER},
		{" while reading upstream", FPS_UPSTREAM_BODY},
		{TO_CLIENT, FPS_UPSTREAM_BODY},
	};

	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		size_t len = strlen(phases[i].text);

		if (message.len >= len && memcmp(message.at + message.len - len, phases[i].text, len) == 0) {
			return phases[i].phase;
		}
	}
	return FPS_UPSTREAM_UNKNOWN;
}

/*
 * The id that last words end with: `fpmsentinel: segfault in … (record 0192…)`. They stand at the beginning of a line;
 * what a page says through error_log() begins with "PHP message: ".
 */
static struct fps_span event_id_of(struct fps_span said)
{
	struct fps_span line, id;

	while (said.len) {
		if (!fps_span_take(&said, "\n", &line)) {
			line = said;
			said.len = 0;
		}
		if (fps_span_begins(line, "fpmsentinel: ") && fps_span_take(&line, " (record ", &id)
			&& fps_span_take(&line, ")", &id) && id.len == 32 && strspn(id.at, "0123456789abcdef") == 32) {
			return id;
		}
	}
	return (struct fps_span) {NULL, 0};
}

static bool is_fatal(struct fps_span said)
{
	return fps_span_find(said, "PHP Fatal error: ") || fps_span_find(said, "PHP Parse error: ")
		|| fps_span_find(said, "PHP Recoverable fatal error: ") || fps_span_find(said, "PHP Compile Error: ");
}

static bool classify_stderr(struct fps_errorlog_entry *line, struct fps_span message)
{
	const char *end;

	line->kind = FPS_KIND_STDERR;
	line->said = message;
	end = memrchr(message.at, '"', message.len);
	if (end != NULL) {
		line->said.len = (size_t) (end - message.at);
	}
	line->event_id = event_id_of(line->said);
	return line->event_id.at != NULL || is_fatal(line->said);
}

/* While it sends to the client nginx reads from its upstream as well: those are its words for that. */
static bool is_of_client(struct fps_span message)
{
	const size_t len = strlen(TO_CLIENT);

	return message.len >= len && memcmp(message.at + message.len - len, TO_CLIENT, len) == 0
		&& !fps_span_begins(message, "recv() failed ") && !fps_span_begins(message, "readv() failed ")
		&& !fps_span_begins(message, "upstream ");
}

/*
 * What happened, from nginx's words; false if it is nothing that an upstream did. As `info` it says what the client's
 * side did.
 */
static bool classify(struct fps_errorlog_entry *line, bool is_info)
{
	struct fps_span message = line->message, what = message, code;
	int64_t number;

	line->phase = phase_of(message);
	if (fps_span_skip(&what, "FastCGI sent in stderr: \"")) {
		return classify_stderr(line, what);
	}
	if (fps_span_find(message, "client prematurely closed connection, so upstream connection is closed too")) {
		line->kind = FPS_KIND_CLIENT_ABORT;
		return true;
	}
	if (line->phase == FPS_UPSTREAM_UNKNOWN || is_of_client(message)) {
		return false;
	}
	what = message;
	if (fps_span_take(&what, " (", &code) && fps_span_number(&what, &number) && fps_span_begins(what, ": ")) {
		line->error = (int) number;
	}
	if (is_info) {
		line->kind = FPS_KIND_CLIENT_ABORT;
	} else if (line->error == ETIMEDOUT) {
		line->kind = FPS_KIND_TIMEOUT;
	} else if (line->error == ECONNRESET || (line->error == EPIPE && line->phase == FPS_UPSTREAM_SEND)) {
		line->kind = FPS_KIND_RESET;
	} else if (fps_span_begins(message, "connect()")) {
		line->kind = FPS_KIND_CONNECT;
	} else if (fps_span_begins(message, "upstream prematurely closed ")) {
		line->kind = FPS_KIND_EOF;
	} else if (fps_span_begins(message, "upstream sent too big header")) {
		line->kind = FPS_KIND_BIG_HEADER;
	} else if (fps_span_begins(message, "upstream sent ")) {
		line->kind = FPS_KIND_INVALID_HEADER;
	} else {
		line->kind = FPS_KIND_OTHER;
	}
	return true;
}

/* A warning of nginx's own ("an upstream response is buffered to a temporary file") is no failure. */
static bool is_severe(struct fps_span level)
{
	return !fps_span_is(level, "warn") && !fps_span_is(level, "notice") && !fps_span_is(level, "debug");
}

enum fps_errorlog_kind fps_errorlog_parse(struct fps_span entry, struct fps_errorlog_entry *line)
{
	struct fps_span text = entry, level, skipped, context;
	int64_t tid;

	if (!fps_errorlog_begins(entry.at, entry.len)) {
		return FPS_ERRORLOG_GARBAGE;
	}
	/*
	 * all that is of interest names an upstream, but for last words that nginx has cut, which nothing can be done about
	 */
	if (fps_span_find(text, "upstream") == NULL) {
		return FPS_ERRORLOG_OTHER;
	}
	*line = (struct fps_errorlog_entry) {.time = fps_errorlog_time(entry.at, entry.len)};
	text.at += 21;
	text.len -= 21;
	if (line->time < 0 || !fps_span_take(&text, "] ", &level) || !fps_span_number(&text, &line->pid)
		|| !fps_span_skip(&text, "#") || !fps_span_number(&text, &tid) || !fps_span_skip(&text, ": ")) {
		return FPS_ERRORLOG_GARBAGE;
	}
	if (!is_severe(level) || !fps_span_skip(&text, "*") || !fps_span_number(&text, &line->connection)
		|| !fps_span_skip(&text, " ")) {
		return FPS_ERRORLOG_OTHER;
	}
	line->message = text;
	/* What PHP has said may hold ", client: " as well: there the context follows nginx's own words */
	if (fps_span_begins(text, "FastCGI sent in stderr: \"")) {
		context = text;
		while (fps_span_take(&context, ", client: ", &skipped)) {
			line->message = (struct fps_span) {text.at, (size_t) (context.at - text.at) - strlen(", client: ")};
			if (phase_of(line->message) != FPS_UPSTREAM_UNKNOWN && parse_context(context, line)) {
				break;
			}
		}
	} else {
		context = text;
		if (fps_span_take(&context, ", client: ", &line->message) && !parse_context(context, line)) {
			return FPS_ERRORLOG_GARBAGE;
		}
	}
	/* upstreams that are no PHP-FPM have their own logs */
	if (line->upstream.at != NULL && !fps_span_begins(line->upstream, "fastcgi://")) {
		return FPS_ERRORLOG_OTHER;
	}
	return classify(line, fps_span_is(level, "info")) ? FPS_ERRORLOG_FAILURE : FPS_ERRORLOG_OTHER;
}
