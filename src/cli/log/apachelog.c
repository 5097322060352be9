/*
 * Apache's error log (server/log.c, mod_proxy_fcgi.c, proxy_util.c). By default
 *
 *   [time] [module:level] [pid P:tid T] (errno)text: [client A:P] AH01075: message, referer: …
 *
 * and by ErrorLogFormat in any order, with fields of one's own in brackets; 2.2 has no module, pid, port and number. No
 * blank can be in an URL, so the first " AH01075: " is Apache's own; a Referer stands behind the message.
 */
#include "log/apachelog.h"

#include "base/datetime.h"
#include "log/oserror.h"
#include "log/phpmessage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How far the text before a message reaches, including a URL. */
enum { LOOK_AHEAD = 1024 };

/* Apache logs the attempt and its result together. */
enum { SAME_REQUEST = 2 };

#define DIGITS "0123456789"

static size_t span_of(struct fps_span text, const char *characters)
{
	size_t len = 0;

	while (len < text.len && text.at[len] && strchr(characters, text.at[len])) {
		len++;
	}
	return len;
}

static struct fps_span behind(struct fps_span text, size_t len)
{
	return (struct fps_span) {text.at + len, text.len - len};
}

/* "AH01075: " */
static bool is_number(struct fps_span text)
{
	return fps_span_skip(&text, "AH") && span_of(text, DIGITS) == 5 && fps_span_begins(behind(text, 5), ": ");
}

/* Where "AH01075: " follows a blank; the text's length if nowhere. */
static size_t find_number(struct fps_span text)
{
	struct fps_span rest = text, skipped;

	while (fps_span_take(&rest, " AH", &skipped)) {
		struct fps_span number = {rest.at - 2, rest.len + 2};

		if (is_number(number)) {
			return (size_t) (number.at - text.at);
		}
	}
	return text.len;
}

static bool is_level(struct fps_span text)
{
	static const char *const levels[] = {"emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (fps_span_is(text, levels[i])) {
			return true;
		}
	}
	return fps_span_begins(text, "trace") && text.len == 6;
}

/* "proxy_fcgi:error", or only the level. */
static bool take_level(struct fps_span field, struct fps_span *module, struct fps_span *level)
{
	struct fps_span rest = field, name = {NULL, 0};

	if (fps_span_take(&rest, ":", &name) && span_of(name, "abcdefghijklmnopqrstuvwxyz_" DIGITS) != name.len) {
		return false;
	}
	if (!is_level(rest)) {
		return false;
	}
	*module = name;
	*level = rest;
	return true;
}

/* "Tue May 12 10:00:00.123456 2026", "2026-05-12 10:00:00.123456"; -1 if it is neither. */
static int64_t time_of(struct fps_span field)
{
	struct tm tm = {.tm_isdst = -1};
	bool is_year_last = field.len > 3 && field.at[3] == ' ';
	char copy[40];
	const char *end;
	int64_t east;

	if (field.len < 19 || field.len >= sizeof(copy)) {
		return -1;
	}
	memcpy(copy, field.at, field.len);
	copy[field.len] = '\0';
	if (copy[10] == 'T' && !is_year_last) {
		copy[10] = ' ';
	}
	end = strptime(copy, is_year_last ? "%a %b %d %H:%M:%S" : "%Y-%m-%d %H:%M:%S", &tm);
	if (end != NULL && *end == '.') {
		end += 1 + strspn(end + 1, DIGITS);
	}
	if (end != NULL && is_year_last) {
		end = strptime(end, " %Y", &tm);
	}
	if (end != NULL && !is_year_last && fps_datetime_zone(end, &east)) {
		return (int64_t) timegm(&tm) - east;
	}
	return end != NULL && *end == '\0' ? (int64_t) mktime(&tm) : -1;
}

/* What can precede an entry; cheap, so it only checks the outline. */
static bool begins_with_time(struct fps_span line)
{
	static const char weekdays[] = "Mon Tue Wed Thu Fri Sat Sun ", iso[] = "0000-00-00";
	size_t i;

	if (line.len < 22 || line.at[0] != '[') {
		return false;
	}
	if (line.at[4] == ' ') {
		char day[] = {line.at[1], line.at[2], line.at[3], ' ', '\0'};

		return strstr(weekdays, day) != NULL;
	}
	for (i = 0; iso[i] && (iso[i] == '0' ? line.at[i + 1] >= '0' && line.at[i + 1] <= '9' : line.at[i + 1] == iso[i]);
		 i++) {
	}
	return iso[i] == '\0';
}

/* nginx's entry, or FPM's, behind a time and a name in brackets, as log keepers write them. */
static bool is_before_another(struct fps_span rest)
{
	struct fps_span name;

	return fps_span_take(&rest, "] ", &name) && rest.len > 5 && *rest.at >= '0' && *rest.at <= '9' && rest.at[4] == '/';
}

bool fps_apachelog_begins(const char *line, size_t len)
{
	struct fps_span text = {line, len < LOOK_AHEAD ? len : LOOK_AHEAD}, rest, field, module, level;
	const char *end = text.len ? memchr(line, '\n', text.len) : NULL;

	text.len = end ? (size_t) (end - line) : text.len;
	rest = text;
	/* the kernel's log may have the same time, but no bracket after it; FPM's has a time of its own in there */
	if (begins_with_time(text) && fps_span_take(&rest, "] ", &field) && fps_span_begins(rest, "[")) {
		return !(rest.len > 1 && rest.at[1] >= '0' && rest.at[1] <= '9') && !is_before_another(rest);
	}
	rest = text;
	if (fps_span_skip(&rest, "[") && fps_span_take(&rest, "] [pid ", &field) && take_level(field, &module, &level)) {
		return true;
	}
	return find_number(text) < text.len;
}

struct prefix {
	struct fps_span time, module, level, status; /* status: the text */
	int64_t number;                              /* for the status */
	bool is_old;                                 /* 2.2 */
};

/* "2001:db8::1:50112", "192.0.2.10:34980"; 2.2 writes no port. */
static void set_client(struct fps_span value, const struct prefix *prefix, struct fps_errorlog_entry *line)
{
	const char *colon = value.len ? memrchr(value.at, ':', value.len) : NULL;
	struct fps_span port;

	line->client = value;
	if (colon == NULL || (prefix->is_old && memchr(value.at, ':', (size_t) (colon - value.at)))) {
		return;
	}
	port = behind(value, (size_t) (colon - value.at) + 1);
	if (fps_span_number(&port, &line->client_port) && port.len == 0) {
		line->client.len = (size_t) (colon - value.at);
	}
}

/* One field in brackets: name, blank, value. Custom fields are recognised by common names. */
static void take_field(struct fps_span field, struct prefix *prefix, struct fps_errorlog_entry *line)
{
	struct fps_span value = field, name;

	if (prefix->level.at == NULL && take_level(field, &prefix->module, &prefix->level)) {
		prefix->is_old = prefix->module.at == NULL;
	} else if (!fps_span_take(&value, " ", &name)) {
		return;
	} else if (fps_span_is(name, "pid") && fps_span_number(&value, &line->pid)) {
		prefix->is_old = false;
		if (fps_span_skip(&value, ":tid ")) {
			fps_span_number(&value, &line->connection);
		}
	} else if (fps_span_is(name, "tid")) {
		fps_span_number(&value, &line->connection);
	} else if (fps_span_is(name, "client") || fps_span_is(name, "remote")) {
		set_client(value, prefix, line);
	} else if ((fps_span_is(name, "uri") || fps_span_is(name, "url")) && fps_span_begins(value, "/")) {
		line->uri = value;
	} else if (fps_span_is(name, "req") || fps_span_is(name, "uid") || fps_span_is(name, "unique_id")
		|| fps_span_is(name, "request_id")) {
		line->request_id = value;
	} else if (prefix->time.at == NULL) {
		prefix->time = field;
	}
}

/*
 * Takes "[client 192.0.2.10:34980] " off the front. An empty field swallows the blank after it, and has no end: "[req
 * [conn [uid (2)…".
 */
static bool take_bracket(struct fps_span *text, struct fps_span *field)
{
	struct fps_span rest = *text, content, next;

	if (!fps_span_skip(&rest, "[") || (!fps_span_take(&rest, "] ", &content) && !fps_span_take(&rest, "]", &content))) {
		return false;
	}
	next = content;
	if (fps_span_take(&next, " ", field) && (fps_span_begins(next, "[") || fps_span_begins(next, "("))) {
		*text = (struct fps_span) {next.at, (size_t) (text->at + text->len - next.at)};
		return true;
	}
	*field = content;
	*text = rest;
	return true;
}

/* "(104)Connection reset by peer: " */
static bool take_status(struct fps_span *text, struct prefix *prefix)
{
	struct fps_span rest = *text;

	if (!fps_span_skip(&rest, "(") || !fps_span_number(&rest, &prefix->number) || !fps_span_skip(&rest, ")")
		|| !fps_span_take(&rest, ": ", &prefix->status)) {
		return false;
	}
	*text = rest;
	return true;
}

/* A format without brackets: fields are recognised by their form. */
static void skip_to_number(struct fps_span *text, struct prefix *prefix, struct fps_errorlog_entry *line)
{
	size_t len = find_number(*text);
	struct fps_span head = {text->at, len}, rest = head, field, skipped;

	if (len == text->len) {
		return;
	}
	while (fps_span_take(&rest, "(", &skipped)) {
		struct fps_span status = {rest.at - 1, rest.len + 1};

		if (take_status(&status, prefix)) {
			break;
		}
	}
	rest = head;
	if (line->client.at == NULL && fps_span_take(&rest, "[client ", &skipped) && fps_span_take(&rest, "]", &field)) {
		set_client(field, prefix, line);
	}
	*text = behind(*text, len);
}

static struct fps_span take_prefix(struct fps_span text, struct prefix *prefix, struct fps_errorlog_entry *line)
{
	struct fps_span field;

	*prefix = (struct prefix) {.is_old = true};
	for (;;) {
		if (take_bracket(&text, &field)) {
			take_field(field, prefix, line);
		} else if (!take_status(&text, prefix)) {
			break;
		}
	}
	if (!is_number(text)) {
		skip_to_number(&text, prefix, line);
	}
	return text;
}

enum role { FAILURE, REPEATED, ATTEMPT, FOREIGN };

/* Messages of modules, without the number. */
static const struct saying {
	const char *words;
	enum role role;
	enum fps_kind kind;
	enum fps_upstream_phase phase;
} sayings[] = {
	{"Error dispatching request to ", FAILURE, FPS_KIND_OTHER, FPS_UPSTREAM_UNKNOWN},
	{"Failed to read FastCGI header", REPEATED, FPS_KIND_OTHER, FPS_UPSTREAM_UNKNOWN},
	{"Got bogus version ", FAILURE, FPS_KIND_INVALID_HEADER, FPS_UPSTREAM_HEADER},
	{"Got bogus rid ", FAILURE, FPS_KIND_INVALID_HEADER, FPS_UPSTREAM_HEADER},
	{"Error parsing script headers", REPEATED, FPS_KIND_OTHER, FPS_UPSTREAM_UNKNOWN},
	{"Got error '", FAILURE, FPS_KIND_STDERR, FPS_UPSTREAM_UNKNOWN},
	{"failed to make connection to backend: ", FAILURE, FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT},
	{"FCGI: attempt to connect to ", ATTEMPT, FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT},
	{"FCGI: error creating Unix domain socket ", ATTEMPT, FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT},
	{"FCGI: error creating fam ", ATTEMPT, FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT},
	{"FCGI: failed to acquire connection for ", FAILURE, FPS_KIND_NO_CONNECTIONS, FPS_UPSTREAM_CONNECT},
	{"Failed Writing Request to ", FAILURE, FPS_KIND_OTHER, FPS_UPSTREAM_SEND},
	{"Failed writing Environment to ", FAILURE, FPS_KIND_OTHER, FPS_UPSTREAM_SEND},
	{"Invalid status line from script ", FAILURE, FPS_KIND_INVALID_HEADER, FPS_UPSTREAM_HEADER},
	{"malformed header from script ", FAILURE, FPS_KIND_INVALID_HEADER, FPS_UPSTREAM_HEADER},
	/* other protocols */
	{"HTTP: failed to make connection to backend", FOREIGN, FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT},
	{"H2: failed to make connection to backend", FOREIGN, FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT},
	{"error reading status line from remote server ", FOREIGN, FPS_KIND_OTHER, FPS_UPSTREAM_HEADER},
	{"ajp_ilink_receive() can't receive header", FOREIGN, FPS_KIND_OTHER, FPS_UPSTREAM_HEADER},
	{"mod_fcgid: ", FOREIGN, FPS_KIND_OTHER, FPS_UPSTREAM_UNKNOWN},
	/* mod_fastcgi with FPM as its external server */
	{"FastCGI: comm with ", FAILURE, FPS_KIND_OTHER, FPS_UPSTREAM_UNKNOWN},
	{"FastCGI: failed to connect to ", FAILURE, FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT},
	{"FastCGI: server ", FAILURE, FPS_KIND_STDERR, FPS_UPSTREAM_UNKNOWN},
};

static const struct saying *saying_of(struct fps_span message)
{
	for (size_t i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++) {
		if (fps_span_begins(message, sayings[i].words)) {
			return &sayings[i];
		}
	}
	return NULL;
}

/* In parentheses after AH01075: what Apache was about to do. */
static void set_phase(struct fps_errorlog_entry *line)
{
	if (fps_span_find(line->message, "(sending stdin)") || fps_span_find(line->message, "(sending empty stdin)")) {
		line->phase = FPS_UPSTREAM_SEND;
	} else if (fps_span_find(line->message, "(reading response body)")) {
		line->phase = FPS_UPSTREAM_BODY;
	} else if (fps_span_find(line->message, "(reading input brigade)")
		|| fps_span_find(line->message, " to output filters)")) {
		line->kind = FPS_KIND_CLIENT_ABORT;
	}
}

/* Classifies by the error of the operating system or of Apache's library. */
static enum fps_kind kind_of_status(const struct fps_errorlog_entry *line, const struct prefix *prefix)
{
	if (fps_span_is(prefix->status, "End of file found")
		|| fps_span_begins(prefix->status, "Partial results are valid")) {
		return FPS_KIND_EOF;
	}
	switch (line->error) {
		case ETIMEDOUT: return FPS_KIND_TIMEOUT;
		case ECONNRESET:
		case EPIPE:
		case ENOTCONN:
		case ECONNABORTED: return FPS_KIND_RESET;
		case EINVAL: return FPS_KIND_INVALID_HEADER;
		case EMFILE:
		case ENFILE: return FPS_KIND_NO_FILES;
		default: return FPS_KIND_OTHER;
	}
}

/* `Got error '…'`, `FastCGI: server "…" stderr: …` */
static enum fps_errorlog_kind judge_stderr(struct fps_errorlog_entry *line)
{
	struct fps_span said = line->message, skipped;

	if (fps_span_take(&said, "Got error '", &skipped)) {
		const char *end = fps_span_find(said, "', referer: ");

		end = end || said.len == 0 ? end : memrchr(said.at, '\'', said.len);
		said.len = end ? (size_t) (end - said.at) : said.len;
	} else if (!fps_span_take(&said, " stderr: ", &skipped)) {
		return FPS_ERRORLOG_OTHER;
	}
	line->said = said;
	line->event_id = fps_phpmessage_record(said);
	return line->event_id.at || fps_phpmessage_fatal(said, NULL) ? FPS_ERRORLOG_FAILURE : FPS_ERRORLOG_OTHER;
}

/*
 * The address of `attempt to connect to Unix domain socket /run/a.sock (localhost:8000) failed`, or `… to
 * 127.0.0.1:9000 (…`; of `error creating Unix domain socket for target localhost:8000` only the target.
 */
static struct fps_span address_of(struct fps_span message)
{
	struct fps_span address = {NULL, 0}, skipped;

	if (!fps_span_take(&message, " for target ", &skipped) && !fps_span_take(&message, "Unix domain socket ", &skipped)
		&& !fps_span_take(&message, "connect to ", &skipped)) {
		fps_span_take(&message, "socket to ", &skipped);
	}
	return fps_span_take(&message, " ", &address) ? address : message;
}

static enum fps_errorlog_kind judge(
	struct fps_errorlog_entry *line, struct fps_span message, const struct prefix *prefix)
{
	const struct saying *saying = saying_of(message);
	bool is_other_protocol = fps_span_begins(prefix->module, "proxy_") && !fps_span_is(prefix->module, "proxy_fcgi");

	line->kind = FPS_KIND_OTHER;
	line->is_part = saying != NULL && (saying->role == REPEATED || saying->role == ATTEMPT);
	if (saying == NULL || saying->role == REPEATED) {
		return FPS_ERRORLOG_OTHER;
	}
	line->kind = saying->kind;
	line->phase = saying->phase;
	if (saying->role == FOREIGN || is_other_protocol) {
		return FPS_ERRORLOG_FOREIGN;
	}
	line->error = fps_oserror_number(prefix->number, prefix->status);
	if (saying->kind == FPS_KIND_STDERR) {
		return judge_stderr(line);
	}
	if (saying->role == ATTEMPT) {
		line->upstream = address_of(message);
		return FPS_ERRORLOG_OTHER;
	}
	if (fps_span_find(message, " aborted: idle timeout")) {
		line->error = ETIMEDOUT;
	}
	line->kind = saying->kind == FPS_KIND_OTHER ? kind_of_status(line, prefix) : saying->kind;
	set_phase(line);
	return FPS_ERRORLOG_FAILURE;
}

enum fps_errorlog_kind fps_apachelog_parse(struct fps_span entry, struct fps_errorlog_entry *line)
{
	struct fps_span message, rest, skipped;
	struct prefix prefix;
	enum fps_errorlog_kind what;

	if (!fps_apachelog_begins(entry.at, entry.len)) {
		return FPS_ERRORLOG_GARBAGE;
	}
	*line = (struct fps_errorlog_entry) {.web = FPS_WEB_APACHE, .time = -1, .phase = FPS_UPSTREAM_UNKNOWN};
	message = take_prefix(entry, &prefix, line);
	rest = message;
	if (fps_span_take(&rest, ", referer: ", &skipped) && !fps_span_begins(skipped, "AH01071: ")) {
		message = skipped;
	}
	line->message = message;
	rest = message;
	if (is_number(rest)) {
		fps_span_take(&rest, ": ", &skipped);
	}
	what = judge(line, rest, &prefix);
	if (prefix.time.at != NULL && (what != FPS_ERRORLOG_OTHER || line->upstream.at != NULL)) {
		line->time = time_of(prefix.time);
	}
	return what;
}

static struct fps_apachelog_attempt *find(
	struct fps_apachelog_attempts *attempts, const struct fps_errorlog_entry *line, bool is_rejection)
{
	for (size_t i = 0; i < sizeof(attempts->all) / sizeof(attempts->all[0]); i++) {
		struct fps_apachelog_attempt *attempt = &attempts->all[i];

		if (attempt->time && attempt->is_rejection == is_rejection && attempt->pid == line->pid
			&& attempt->thread == line->connection && llabs(attempt->time - line->time) <= SAME_REQUEST) {
			return attempt;
		}
	}
	return NULL;
}

static void note(struct fps_apachelog_attempts *attempts, const struct fps_errorlog_entry *line, bool is_rejection)
{
	struct fps_apachelog_attempt *attempt =
		&attempts->all[attempts->next++ % (sizeof(attempts->all) / sizeof(attempts->all[0]))];
	bool is_unix = fps_span_begins(line->upstream, "/");

	*attempt = (struct fps_apachelog_attempt) {line->time, line->pid, line->connection, line->error, is_rejection, ""};
	snprintf(attempt->upstream, sizeof(attempt->upstream), "fastcgi://%s%.*s%s", is_unix ? "unix:" : "",
		FPS_SPAN_ARGS(line->upstream), is_unix ? ":" : "");
}

/* Adds what connect() said, now that it is known which request it belongs to. */
static void give(struct fps_apachelog_attempt *attempt, struct fps_errorlog_entry *line)
{
	line->error = attempt->error;
	line->upstream = (struct fps_span) {attempt->upstream, strlen(attempt->upstream)};
	if (attempt->error == ETIMEDOUT) {
		line->kind = FPS_KIND_TIMEOUT;
	} else if (attempt->error == EMFILE || attempt->error == ENFILE) {
		line->kind = FPS_KIND_NO_FILES;
	}
	attempt->time = 0;
}

enum fps_errorlog_kind fps_apachelog_join(
	struct fps_apachelog_attempts *attempts, enum fps_errorlog_kind what, struct fps_errorlog_entry *line)
{
	struct fps_apachelog_attempt *attempt;

	if (what == FPS_ERRORLOG_OTHER && line->kind == FPS_KIND_CONNECT && line->upstream.at != NULL) {
		note(attempts, line, false);
	} else if (what == FPS_ERRORLOG_FAILURE && line->kind == FPS_KIND_CONNECT
		&& (attempt = find(attempts, line, false)) != NULL) {
		give(attempt, line);
	} else if (what == FPS_ERRORLOG_FAILURE && line->kind == FPS_KIND_INVALID_HEADER) {
		attempt = find(attempts, line, true);
		if (attempt != NULL) {
			attempt->time = 0;
			return FPS_ERRORLOG_OTHER;
		}
		if (!fps_span_find(line->message, "AH01075")) {
			note(attempts, line, true);
		}
	}
	return what;
}
