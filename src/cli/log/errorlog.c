/*
 * nginx's error log (src/core/ngx_log.c, ngx_http_request.c, ngx_http_upstream.c):
 *
 *   time [level] pid#tid: *connection message (errno: text) while action, client: …, server: …, request: "…",
 *   subrequest: "…", upstream: "…", host: "…", referrer: "…"
 *
 * Only the beginning, up to *connection, is beyond anybody's reach: a message of PHP's, an URL and a Referer can hold
 * text that looks like the rest. So a context counts where all of it, up to the end of the entry, keeps the grammar.
 */
#include "log/errorlog.h"

#include "log/oserror.h"
#include "log/phpmessage.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TRIES = 64 };

/* nginx's words when it reads an unbuffered answer because the client takes some of it. */
#define TO_CLIENT " while sending to client"

#define STDERR "FastCGI sent in stderr: \""

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
	/* mktime() checks the time zone each time; log lines of one hour come together */
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
 * The request line's target as in REQUEST_URI: of `http://host/path`, as proxies write it, nginx passes only the path.
 * It cannot contain a blank, so a blank after a comma is nginx's own: for a subrequest (SSI, auth_request, mirror)
 * nginx passes the request's own URI.
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

static bool ends_with(struct fps_span text, const char *end)
{
	size_t len = strlen(end);

	return text.len >= len && memcmp(text.at + text.len - len, end, len) == 0;
}

/* `, name: "`, which begins the next part of the context; a module or a tag of NGINX Plus may add one. */
static bool begins_part(struct fps_span text)
{
	size_t len = 2;

	while (len < text.len && ((text.at[len] >= 'a' && text.at[len] <= 'z') || text.at[len] == '_')) {
		len++;
	}
	return fps_span_begins(text, ", ") && len > 2
		&& fps_span_begins((struct fps_span) {text.at + len, text.len - len}, ": \"");
}

/* Whether the text is the beginning of that, and its end has been cut. */
static bool is_beginning_of(struct fps_span text, const char *all)
{
	return text.len < strlen(all) && memcmp(text.len ? text.at : all, all, text.len) == 0;
}

/* Whether a quote before that closes a value: a mail proxy's upstream has no quotes. */
static bool is_behind_value(struct fps_span text)
{
	return is_beginning_of(text, ", x")
		|| (fps_span_begins(text, ", ") && text.len > 2 && text.at[2] >= 'a' && text.at[2] <= 'z');
}

/*
 * Takes a value from the client up to its closing quote. A URL may contain quotes, but no blank. False if it is cut
 * off.
 */
static bool take_quoted(struct fps_span *text, struct fps_span *value)
{
	for (size_t i = 0; i < text->len; i++) {
		struct fps_span behind = {text->at + i + 1, text->len - i - 1};

		if (text->at[i] == '"' && is_behind_value(behind)) {
			*value = (struct fps_span) {text->at, i};
			*text = behind;
			return true;
		}
	}
	*value = *text;
	*text = (struct fps_span) {NULL, 0};
	return false;
}

/* Takes a value that can't contain a quote. False if it is cut off. */
static bool take_plain(struct fps_span *text, struct fps_span *value)
{
	if (fps_span_take(text, "\"", value)) {
		return true;
	}
	*value = *text;
	*text = (struct fps_span) {NULL, 0};
	return false;
}

/*
 * The closing quote of a request line follows its protocol: a URL may contain the text of another part, but no blank
 * before "HTTP/".
 */
static bool take_request(struct fps_span *text, struct fps_span *request)
{
	struct fps_span rest = *text, piece, behind;

	while (fps_span_take(&rest, " HTTP/", &piece)) {
		size_t digits = 0;

		while (digits < rest.len && ((rest.at[digits] >= '0' && rest.at[digits] <= '9') || rest.at[digits] == '.')) {
			digits++;
		}
		behind = (struct fps_span) {rest.at + digits, rest.len - digits};
		if (fps_span_skip(&behind, "\"") && is_behind_value(behind)) {
			*request = (struct fps_span) {text->at, (size_t) (rest.at + digits - text->at)};
			*text = behind;
			return true;
		}
	}
	return take_quoted(text, request);
}

/* Whether a URL or a Referer contains text that looks like an upstream, besides nginx's own. */
static bool has_other_upstream(struct fps_span context, struct fps_span upstream)
{
	struct fps_span piece;
	size_t found = 0;

	while (fps_span_take(&context, "\", upstream: \"", &piece)) {
		found++;
	}
	return found > (upstream.at != NULL);
}

/* Its name, as far as it goes. */
static bool is_beginning_of_part(struct fps_span text)
{
	size_t len = text.len < 2 ? text.len : 2;

	while (len < text.len && ((text.at[len] >= 'a' && text.at[len] <= 'z') || text.at[len] == '_')) {
		len++;
	}
	return is_beginning_of((struct fps_span) {text.at, len < 2 ? len : 2}, ", x")
		&& is_beginning_of((struct fps_span) {text.at + len, text.len - len}, ": \"");
}

/* The parts behind `, server: …`. False if something else stands there, or a value has no end: then `is_cut`. */
static bool parse_parts(struct fps_span text, struct fps_errorlog_entry *line, struct fps_span *request)
{
	struct fps_span subrequest = {NULL, 0}, other;
	const struct {
		const char *name;
		struct fps_span *value;
	} parts[] = {
		{", request: \"", request},
		{", subrequest: \"", &subrequest},
		{", upstream: \"", &line->upstream},
		{", host: \"", &line->host},
		{", request_id: \"", &line->request_id},
	};
	bool is_named = false; /* the upstream, to its end */

	while (text.len > 0 && !line->is_cut && !fps_span_begins(text, ", referrer: \"")) {
		struct fps_span *value = &other;

		if (!begins_part(text)) {
			line->is_cut = !is_named && is_beginning_of_part(text);
			return false;
		}
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
			value = parts[i].value->at == NULL && fps_span_begins(text, parts[i].name) ? parts[i].value : value;
		}
		fps_span_take(&text, "\"", &other);
		line->is_cut = !(value == request ? take_request(&text, value)
				: value == &subrequest    ? take_quoted(&text, value)
										  : take_plain(&text, value));
		is_named = is_named || (value == &line->upstream && !line->is_cut);
		if (line->is_cut && value == &line->host) {
			line->host = (struct fps_span) {NULL, 0}; /* the beginning of a name is another name */
		}
	}
	line->is_subrequest = subrequest.at != NULL;
	line->is_cut = line->is_cut || (text.len > 0 && !ends_with(text, "\""));

	bool is_all = !line->is_cut;

	line->is_cut = line->is_cut && !is_named; /* nothing else is missed */
	return is_all;
}

/* Where the parts of the context begin, after a server name: a regular expression may contain commas. */
static size_t server_len(struct fps_span text)
{
	size_t len = 0;

	while (len < text.len && (text.at[len] != ',' || !begins_part((struct fps_span) {text.at + len, text.len - len}))) {
		len++;
	}
	return len;
}

/* Whether a context that was cut goes on behind the target of its request, or behind the path in that. */
static bool is_whole_target(struct fps_span *request, struct fps_span context)
{
	const char *blank = request->len ? memchr(request->at, ' ', request->len) : NULL;

	if (request->at + request->len < context.at + context.len) {
		return true;
	}
	request->len = blank ? (size_t) (blank - request->at) : request->len;
	return blank != NULL || (request->len && memchr(request->at, '?', request->len));
}

/*
 * `127.0.0.1, server: , request: "GET / HTTP/1.1", upstream: "…", host: "…"`. Fills the line as far as it can; true if
 * all of the text is a context. That of a stream or mail proxy has no request, and its upstream has no quotes.
 */
static bool parse_context(struct fps_span text, struct fps_errorlog_entry *line)
{
	struct fps_span request = {NULL, 0}, context = text;
	bool is_all;
	size_t len;

	line->upstream = line->host = line->request_id = line->method = line->uri = (struct fps_span) {NULL, 0};
	line->is_subrequest = false;
	line->is_cut = !fps_span_take(&text, ", server: ", &line->client);
	if (line->is_cut) {
		return false;
	}
	len = server_len(text);
	line->server = (struct fps_span) {text.at, len};
	is_all = parse_parts((struct fps_span) {text.at + len, text.len - len}, line, &request);
	line->doubtful = has_other_upstream(context, line->upstream) || (line->is_cut && line->upstream.at != NULL);
	if (fps_span_take(&request, " ", &line->method) && (!line->is_cut || is_whole_target(&request, context))) {
		line->uri = fps_errorlog_target(request);
	}
	return is_all && request.at != NULL && !fps_span_find(line->server, ", client: ");
}

/* How much of the text's end is the beginning of that. */
static size_t beginning_at_end(struct fps_span text, const char *of)
{
	for (size_t len = text.at ? strlen(of) : 0; len > 0; len--) {
		if (len <= text.len && memcmp(text.at + text.len - len, of, len) == 0) {
			return len;
		}
	}
	return 0;
}

/* An entry that was cut, without what pagers and terminals mark that with. */
static struct fps_span without_mark(struct fps_span text)
{
	static const char *const marks[] = {"...", "\xe2\x80\xa6", "$", ">"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (ends_with(text, marks[i])) {
			text.len -= strlen(marks[i]);
			break;
		}
	}
	return text;
}

/*
 * Splits the message from its context. PHP's message and a path may contain ", client: " too, and a Referer a whole
 * context: nginx's own is the first one that follows the grammar up to the end. If the entry is cut off, it is the
 * first one.
 */
static bool part(struct fps_span text, struct fps_errorlog_entry *line)
{
	bool is_quoted = fps_span_begins(text, STDERR);
	struct fps_span rest = text, skipped, first = {NULL, 0};

	for (int tries = 0; tries < MAX_TRIES && fps_span_take(&rest, ", client: ", &skipped); tries++) {
		struct fps_span message = {text.at, (size_t) (rest.at - text.at) - strlen(", client: ")};
		const char *close = is_quoted ? memrchr(message.at, '"', message.len) : message.at;

		if (is_quoted
			&& !fps_span_begins((struct fps_span) {close, message.len - (size_t) (close - message.at)}, "\" while ")) {
			continue;
		}
		line->message = message;
		if (parse_context(rest, line)) {
			return true;
		}
		first = first.at ? first : message;
	}
	line->message = first.at ? first : text;
	line->message.len -= first.at ? 0 : beginning_at_end(text, ", client: ");
	line->is_cut = true;
	if (first.at != NULL) {
		rest = (struct fps_span) {first.at + first.len, text.len - first.len};
		fps_span_skip(&rest, ", client: ");
		parse_context(rest, line);
		/* a mail or stream proxy always names its upstream, without a request */
		line->is_cut = line->is_cut
			|| (line->method.at == NULL && line->upstream.at == NULL
				&& (fps_span_find(rest, ", request:") || !fps_span_find(rest, ", upstream:")));
	}
	return first.at != NULL;
}

bool fps_errorlog_is_whole(struct fps_span entry)
{
	struct fps_errorlog_entry line = {0};
	struct fps_span text = entry, head;

	if (entry.len >= FPS_ERRORLOG_MAX || !fps_span_take(&text, STDERR, &head) || fps_span_find(head, "\n")
		|| fps_span_find(head, "\"")) {
		return true;
	}
	text = (struct fps_span) {entry.at + head.len, entry.len - head.len};
	while (text.len && (text.at[text.len - 1] == '\n' || text.at[text.len - 1] == '\r')) {
		text.len--;
	}
	return part(text, &line);
}

/* Without a context the message may have been cut anywhere. */
static bool has_lost_end(const struct fps_errorlog_entry *line)
{
	return line->is_cut && line->client.at == NULL;
}

/* What stands behind the last `while`, with that. */
static struct fps_span end_of(struct fps_span message)
{
	struct fps_span rest = message, piece, end = {NULL, 0};

	while (fps_span_take(&rest, " while ", &piece)) {
		end = (struct fps_span) {piece.at + piece.len, (size_t) (message.at + message.len - piece.at) - piece.len};
	}
	return end;
}

static enum fps_upstream_phase phase_of(const struct fps_errorlog_entry *line)
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

	enum fps_upstream_phase found = FPS_UPSTREAM_UNKNOWN;
	struct fps_span end = has_lost_end(line) ? end_of(line->message) : (struct fps_span) {NULL, 0};

	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		if (ends_with(line->message, phases[i].text)) {
			return phases[i].phase;
		}
		if (end.len && is_beginning_of(end, phases[i].text)) {
			if (found != FPS_UPSTREAM_UNKNOWN && found != phases[i].phase) { /* it may be either */
				return FPS_UPSTREAM_UNKNOWN;
			}
			found = phases[i].phase;
		}
	}
	return found;
}

/* What was done, without `while …`. */
static struct fps_span deed_of(const struct fps_errorlog_entry *line)
{
	struct fps_span deed = line->message, end = end_of(deed);

	if (end.at != NULL) {
		deed.len = (size_t) (end.at - deed.at);
	} else if (has_lost_end(line)) {
		deed.len -= beginning_at_end(deed, " while ");
	}
	return deed;
}

/* `… failed (104: Connection reset by peer)`, perhaps without its end. */
static int error_of(struct fps_span deed, bool is_cut)
{
	bool is_closed = deed.len && deed.at[deed.len - 1] == ')';
	const char *open = is_closed || (deed.len && is_cut) ? memrchr(deed.at, '(', deed.len) : NULL;
	struct fps_span code;
	int64_t number;

	if (open == NULL) {
		return 0;
	}
	code = (struct fps_span) {open + 1, (size_t) (deed.at + deed.len - (open + 1)) - is_closed};
	return fps_span_number(&code, &number) && fps_span_skip(&code, ": ") ? fps_oserror_number(number, code) : 0;
}

static size_t count_of(const char *text, size_t len, const char *characters)
{
	size_t count = 0;

	while (count < len && strchr(characters, text[len - 1 - count])) {
		count++;
	}
	return count;
}

/*
 * Whether a file is nginx's own, by its name: `…/7/01/0000000017` is a temporary file, `…/c/29/<md5>` is in the cache,
 * and `<md5>.0000000012` is about to be. Any other file is a page.
 */
static enum fps_kind kind_of_file(struct fps_span path)
{
	size_t digits = count_of(path.at, path.len, "0123456789"), hex = count_of(path.at, path.len, "0123456789abcdef");
	size_t before = path.len - digits;

	if (hex == 32) {
		return FPS_KIND_CACHE_FILE;
	}
	if (digits != 10 || before == 0) {
		return FPS_KIND_OTHER;
	}
	return path.at[before - 1] == '/'                                                           ? FPS_KIND_TEMP_FILE
		: path.at[before - 1] == '.' && count_of(path.at, before - 1, "0123456789abcdef") == 32 ? FPS_KIND_CACHE_FILE
																								: FPS_KIND_OTHER;
}

/* nginx's operations on files: it only writes to its own. */
static bool is_of_file(struct fps_span deed, enum fps_kind *kind)
{
	static const struct {
		const char *call;
		enum fps_kind kind; /* FPS_KIND_OTHER: decide by the file's name */
	} calls[] = {
		{"open() \"", FPS_KIND_OTHER},
		{"pread() \"", FPS_KIND_OTHER},
		{"read() \"", FPS_KIND_OTHER},
		{"fstat() \"", FPS_KIND_OTHER},
		{"chmod() \"", FPS_KIND_OTHER},
		{"rename() \"", FPS_KIND_CACHE_FILE},
		{"mkdir() \"", FPS_KIND_TEMP_FILE},
		{"pwritev() \"", FPS_KIND_TEMP_FILE},
		{"pwrite() \"", FPS_KIND_TEMP_FILE},
		{"writev() \"", FPS_KIND_TEMP_FILE},
		{"write() \"", FPS_KIND_TEMP_FILE},
		{"lseek() \"", FPS_KIND_TEMP_FILE},
	};
	struct fps_span path;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (fps_span_skip(&deed, calls[i].call)) {
			*kind = calls[i].kind != FPS_KIND_OTHER || !fps_span_take(&deed, "\" ", &path) ? calls[i].kind
																						   : kind_of_file(path);
			return *kind != FPS_KIND_OTHER;
		}
	}
	return false;
}

/* `epoll_ctl(1, 7) failed`: a system call of nginx's. */
static bool is_call(struct fps_span deed)
{
	size_t len = 0;

	while (len < deed.len && (isalnum((unsigned char) deed.at[len]) || deed.at[len] == '_')) {
		len++;
	}
	return len > 1 && len < deed.len && deed.at[len] == '(' && fps_span_find(deed, ") ")
		&& fps_span_find(deed, " failed") && !ends_with(deed, ", ignored") && !fps_span_find(deed, "\"");
}

/* nginx's own messages. Modules add lines with nginx's context after them: those are not failures of an upstream. */
static bool is_known(struct fps_span deed, enum fps_kind *kind)
{
	static const struct {
		const char *words;
		enum fps_kind kind;
	} known[] = {
		{STDERR, FPS_KIND_STDERR},
		{"upstream prematurely closed FastCGI ", FPS_KIND_INCOMPLETE},
		{"upstream closed prematurely FastCGI ", FPS_KIND_INCOMPLETE}, /* up to 0.7 */
		{"upstream prematurely closed ", FPS_KIND_EOF},
		{"upstream timed out", FPS_KIND_TIMEOUT},
		{"upstream sent too big header", FPS_KIND_BIG_HEADER},
		{"upstream sent ", FPS_KIND_INVALID_HEADER},
		{"invalid header after joining FastCGI records", FPS_KIND_INVALID_HEADER},
		{"connect() ", FPS_KIND_CONNECT},
		{"socket() failed ", FPS_KIND_CONNECT},
		{"bind(", FPS_KIND_CONNECT},
		{"kevent() reported that connect() failed", FPS_KIND_CONNECT}, /* BSD */
		{"kevent() reported that upstream closed connection", FPS_KIND_EOF},
		{"no resolver defined to resolve ", FPS_KIND_RESOLVE},
		{"upstream ", FPS_KIND_OTHER},
		{"peer closed connection in SSL handshake", FPS_KIND_OTHER},
		{"no live upstreams", FPS_KIND_OTHER},
		{"no port in upstream ", FPS_KIND_OTHER},
		{"fastcgi request ", FPS_KIND_OTHER},
	};
	struct fps_span count = deed;
	int64_t number;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (fps_span_begins(deed, known[i].words)) {
			*kind = known[i].kind;
			return true;
		}
	}
	if (fps_span_number(&count, &number) && fps_span_is(count, FPS_ERRORLOG_NO_CONNECTIONS)) {
		*kind = FPS_KIND_NO_CONNECTIONS;
		return true;
	}
	if (deed.len && deed.at[0] != '[' && fps_span_find(deed, " could not be resolved (")
		&& deed.at[deed.len - 1] == ')') {
		*kind = FPS_KIND_RESOLVE;
		return true;
	}
	*kind = FPS_KIND_OTHER;
	return is_of_file(deed, kind) || is_call(deed);
}

/* A fault of the web server itself needs no upstream: it may come before one is chosen. */
static bool is_own_fault(enum fps_kind kind)
{
	return kind == FPS_KIND_TEMP_FILE || kind == FPS_KIND_CACHE_FILE || kind == FPS_KIND_NO_CONNECTIONS
		|| kind == FPS_KIND_RESOLVE;
}

/* The errno says more than the failed call. */
static enum fps_kind kind_by_error(enum fps_kind kind, int error, enum fps_upstream_phase phase)
{
	bool is_up = kind == FPS_KIND_OTHER && phase != FPS_UPSTREAM_CONNECT && phase != FPS_UPSTREAM_UNKNOWN;

	if (kind == FPS_KIND_RESOLVE || (is_own_fault(kind) && error != EMFILE && error != ENFILE)) {
		return kind;
	}
	switch (error) {
		case EMFILE:
		case ENFILE: return FPS_KIND_NO_FILES;
		case ETIMEDOUT: return is_up ? FPS_KIND_LOST : FPS_KIND_TIMEOUT;
		case EHOSTUNREACH:
		case ENETUNREACH:
		case ENETDOWN: return is_up ? FPS_KIND_LOST : kind;
		case ECONNRESET: return FPS_KIND_RESET;
		case EPIPE:
		case ENOTCONN:
		case ECONNABORTED:
			return phase == FPS_UPSTREAM_SEND || (error != EPIPE && phase != FPS_UPSTREAM_CONNECT) ? FPS_KIND_RESET
																								   : kind;
		default: return kind;
	}
}

/* While it sends to the client nginx also reads from its upstream: these are its messages about that. */
static bool is_of_client(struct fps_span message)
{
	return ends_with(message, TO_CLIENT) && !fps_span_begins(message, "recv() failed ")
		&& !fps_span_begins(message, "readv() failed ") && !fps_span_begins(message, "upstream ")
		&& !fps_span_begins(message, STDERR);
}

/* At `info` nginx logs what the client did. */
static enum fps_errorlog_kind judge_client(struct fps_errorlog_entry *line, struct fps_span deed, bool is_info)
{
	static const char *const words[] = {"client ", "recv() failed ", "readv() failed ", "send() failed ",
		"writev() failed ", "sendfile() failed ", "SSL_read() failed ", "SSL_write() failed "};
	bool is_abort =
		fps_span_find(deed, "client prematurely closed connection, so upstream connection is closed too") != NULL;

	for (size_t i = 0;
		 is_info && !is_abort && line->phase != FPS_UPSTREAM_UNKNOWN && i < sizeof(words) / sizeof(words[0]); i++) {
		is_abort = fps_span_begins(deed, words[i]) && !is_of_client(line->message);
	}
	line->kind = FPS_KIND_CLIENT_ABORT;
	return is_abort && fps_span_begins(line->upstream, "fastcgi://") ? FPS_ERRORLOG_FAILURE : FPS_ERRORLOG_OTHER;
}

static enum fps_errorlog_kind judge_stderr(struct fps_errorlog_entry *line)
{
	const char *end;

	line->said = line->message;
	fps_span_skip(&line->said, STDERR);
	end = line->said.len ? memrchr(line->said.at, '"', line->said.len) : NULL;
	if (end != NULL && line->client.at != NULL) {
		line->said.len = (size_t) (end - line->said.at);
	}
	line->event_id = fps_phpmessage_record(line->said);
	return line->event_id.at || fps_phpmessage_fatal(line->said, NULL) ? FPS_ERRORLOG_FAILURE : FPS_ERRORLOG_OTHER;
}

/* By its scheme, of which only a part may be left after a cut. */
static bool is_fastcgi(struct fps_span upstream, bool is_cut)
{
	static const char scheme[] = "fastcgi://";

	return fps_span_begins(upstream, scheme)
		|| (is_cut && upstream.len < strlen(scheme) && strncmp(upstream.at, scheme, upstream.len) == 0);
}

/* What nginx calls to talk to an upstream. */
static const char *const calls[] = {"recv() failed (", "readv() failed (", "writev() failed (", "send() failed (",
	"sendfile() failed (", "connect() failed ("};

/*
 * Whether a message that has lost its end is about an upstream by what it still says: at this level no other peer's
 * reset is logged.
 */
static bool is_of_upstream(const struct fps_errorlog_entry *line)
{
	struct fps_span end = end_of(line->message);

	if (end.len > strlen(" while ") && !is_beginning_of(end, " while connecting to upstream")
		&& !is_beginning_of(end, " while sending ") && !fps_span_begins(end, " while sending ")
		&& !is_beginning_of(end, " while reading response header from upstream")
		&& !is_beginning_of(end, " while reading upstream")) {
		return false;
	}
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (fps_span_begins(line->message, calls[i])) {
			return true;
		}
	}
	return fps_span_begins(line->message, "upstream ") || line->kind == FPS_KIND_CONNECT
		|| line->kind == FPS_KIND_NO_FILES;
}

/* Whether what failed can be FastCGI: what its context names decides. */
static enum fps_errorlog_kind judge_upstream(const struct fps_errorlog_entry *line)
{
	bool is_told =
		line->phase != FPS_UPSTREAM_UNKNOWN || is_own_fault(line->kind) || (has_lost_end(line) && is_of_upstream(line));

	if (line->upstream.at != NULL && !is_fastcgi(line->upstream, line->is_cut)) {
		return FPS_ERRORLOG_FOREIGN;
	}
	if (line->upstream.at != NULL) {
		return is_told || !fps_span_find(line->message, " while ") ? FPS_ERRORLOG_FAILURE : FPS_ERRORLOG_OTHER;
	}
	/* nginx as a mail or stream proxy logs no request */
	if (line->method.at == NULL && !line->is_cut) {
		return line->phase != FPS_UPSTREAM_UNKNOWN ? FPS_ERRORLOG_FOREIGN : FPS_ERRORLOG_OTHER;
	}
	return is_told ? FPS_ERRORLOG_FAILURE : FPS_ERRORLOG_OTHER;
}

/* A warning of nginx ("an upstream response is buffered to a temporary file") is not a failure. */
static bool is_severe(struct fps_span level)
{
	return !fps_span_is(level, "warn") && !fps_span_is(level, "notice") && !fps_span_is(level, "debug");
}

enum fps_errorlog_kind fps_errorlog_judge(struct fps_errorlog_entry *line, struct fps_span level)
{
	struct fps_span deed = deed_of(line);
	bool is_info = fps_span_is(level, "info");

	if (!is_severe(level)) {
		return FPS_ERRORLOG_OTHER;
	}
	line->phase = phase_of(line);
	if (is_info || fps_span_find(deed, " reported that client prematurely closed connection")
		|| fps_span_begins(deed, "client ")) {
		return judge_client(line, deed, is_info);
	}
	if (!is_known(deed, &line->kind)) {
		return FPS_ERRORLOG_OTHER;
	}
	if (line->kind == FPS_KIND_STDERR) {
		return judge_stderr(line);
	}
	/* NGINX Plus's JSON does not say what nginx was about to do */
	if (line->kind == FPS_KIND_CONNECT && deed.len == line->message.len) {
		line->phase = FPS_UPSTREAM_CONNECT;
	}
	line->error =
		line->kind == FPS_KIND_RESOLVE ? 0 : error_of(deed, has_lost_end(line)); /* a resolver has numbers of its own */
	line->kind = kind_by_error(line->kind, line->error, line->phase);
	if (is_of_client(line->message) && !is_own_fault(line->kind)) {
		return FPS_ERRORLOG_OTHER;
	}
	return judge_upstream(line);
}

/* Rules out most entries before parsing them: missing files, PHP's warnings, and messages of modules. */
static bool may_be_failure(struct fps_span text)
{
	enum fps_kind kind;

	if (fps_span_begins(text, STDERR)) {
		return fps_span_find(text, "atal error") || fps_span_find(text, "Parse error")
			|| fps_span_find(text, "Compile Error") || fps_span_find(text, "fpmsentinel: ");
	}
	if (fps_span_begins(text, "open() \"")) {
		return is_of_file(text, &kind);
	}
	return !fps_span_begins(text, "[");
}

/* Whether the message ends before it says what failed, and may have been about an upstream. */
static bool is_cut_early(struct fps_span text, struct fps_span level)
{
	struct fps_span rest = text;
	int64_t number;

	if (!is_severe(level)) {
		return false;
	}
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (fps_span_skip(&rest, calls[i])) {
			fps_span_number(&rest, &number);
			return is_beginning_of(rest, ": x");
		}
		if (is_beginning_of(text, calls[i])) {
			return true;
		}
	}
	return is_beginning_of(text, "upstream x") || is_beginning_of(text, "connect() to x");
}

enum fps_errorlog_kind fps_errorlog_parse(struct fps_span entry, struct fps_errorlog_entry *line)
{
	struct fps_span text = without_mark(entry), level;
	int64_t tid;

	if (fps_span_begins(entry, FPS_ERRORLOG_START)) {
		*line = (struct fps_errorlog_entry) {.time = 0};
		return FPS_ERRORLOG_OTHER;
	}
	if (!fps_errorlog_begins(entry.at, entry.len)) {
		return FPS_ERRORLOG_GARBAGE;
	}
	*line = (struct fps_errorlog_entry) {.time = fps_errorlog_time(entry.at, entry.len)};
	text.at += 21;
	text.len -= 21;
	if (line->time < 0 || !fps_span_take(&text, "] ", &level) || !fps_span_number(&text, &line->pid)
		|| !fps_span_skip(&text, "#") || !fps_span_number(&text, &tid) || !fps_span_skip(&text, ": ")) {
		return FPS_ERRORLOG_GARBAGE;
	}
	if (!fps_span_skip(&text, "*")) {
		return text.len ? FPS_ERRORLOG_OTHER : FPS_ERRORLOG_GARBAGE;
	}
	if (!fps_span_number(&text, &line->connection) || !fps_span_skip(&text, " ") || is_cut_early(text, level)) {
		return FPS_ERRORLOG_GARBAGE;
	}
	if (!is_severe(level) || !may_be_failure(text)) {
		return FPS_ERRORLOG_OTHER;
	}
	part(text, line);
	line->is_cut = line->is_cut || entry.len >= FPS_ERRORLOG_MAX;
	return fps_errorlog_judge(line, level);
}
