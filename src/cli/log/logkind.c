/* The table of the kinds of logs. */
#include "log/logkind.h"

#include "log/accessformat.h"
#include "log/apachelog.h"
#include "log/errorlog.h"
#include "log/jsonenvelope.h"
#include "log/kernellog.h"
#include "log/nginxjson.h"
#include "log/systemdlog.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { SHORT = 40 /* bytes; nothing that is told fits into less */ };

/* 0: a digit, A: a letter; all else is itself */
static bool is_like(struct fps_span text, const char *pattern)
{
	const char *at = text.at;

	if (text.len < strlen(pattern)) {
		return false;
	}
	for (; *pattern; pattern++, at++) {
		bool fits = *pattern == '0' ? *at >= '0' && *at <= '9'
			: *pattern == 'A'       ? (*at | 32) >= 'a' && (*at | 32) <= 'z'
									: *pattern == *at;

		if (!fits) {
			return false;
		}
	}
	return true;
}

static struct fps_span from(struct fps_span text, size_t at)
{
	return at < text.len ? (struct fps_span) {text.at + at, text.len - at} : (struct fps_span) {text.at + text.len, 0};
}

static bool begins_nginx(struct fps_span text, const char *unit)
{
	(void) unit;
	return (text.len > 21 && text.at[4] == '/' && fps_errorlog_begins(text.at, text.len))
		|| fps_span_begins(text, FPS_ERRORLOG_START)
		|| (fps_span_begins(text, "{") && fps_nginxjson_begins(text.at, text.len));
}

/*
 * A context ends with a value in quotes, or has had everything that counts. A mail or stream proxy logs one without a
 * request, which ends with an unquoted value; if it continues in the next line, it ends with the separator.
 */
static bool has_end(struct fps_span text)
{
	struct fps_span rest = text, before;
	char last = text.at[text.len - 1];

	return last == '"' || text.len >= FPS_ERRORLOG_MAX
		|| (last != ',' && last != ':'
			&& (!fps_span_find(text, ", request:")
				|| (fps_span_take(&rest, ", host: \"", &before) && memchr(rest.at, '"', rest.len))));
}

/* An error that has lost its end, perhaps before the words that concern FPM: most end with a quote. */
static bool is_unfinished(struct fps_span text)
{
	return text.len < SHORT
		|| (fps_span_begins(from(text, 20), "[error]") && text.at[text.len - 1] != '"'
			&& !fps_span_find(text, ", client: "));
}

/*
 * With a request, the end of the context counts; in a log that was wrapped when it was pasted, the context may have a
 * line of its own.
 */
static bool is_nginx_whole(struct fps_span text)
{
	if (fps_span_begins(text, "{")) {
		return true;
	}
	if (fps_span_find(text, " sent in stderr: ")) {
		return fps_errorlog_is_whole(text);
	}
	if (fps_span_find(text, ": *") && is_unfinished(text)) {
		return false;
	}
	return !fps_span_find(text, ": *") || !(fps_span_find(text, " failed (") || fps_span_find(text, "upstream"))
		|| (fps_span_find(text, ", client: ") && has_end(text));
}

/*
 * Nearly all lines of a log are about something else, and need no parsing. Entries about FPM have one of these words in
 * their first line, or no context yet.
 */
static bool nginx_matters(struct fps_span text)
{
	/* nginx's own faults, such as those of cache files, are critical, and may name no upstream */
	return fps_span_find(text, "upstream") || fps_span_find(text, " sent in stderr: ") || fps_span_find(text, "resolve")
		|| fps_span_begins(from(text, 20), "[crit]") || fps_span_begins(from(text, 20), "[alert]")
		|| is_unfinished(text) || !is_nginx_whole(text);
}

static bool is_level(struct fps_span text, const char *before, const char *behind)
{
	static const char *const levels[] = {"DEBUG", "NOTICE", "WARNING", "ERROR", "ALERT"};

	for (size_t i = 0; fps_span_skip(&text, before) && i < sizeof(levels) / sizeof(levels[0]); i++) {
		struct fps_span rest = text;

		if (fps_span_skip(&rest, levels[i]) && fps_span_begins(rest, behind)) {
			return true;
		}
		text.at -= strlen(before);
		text.len += strlen(before);
	}
	return false;
}

/* `[12-May-2026 10:00:00.123456] WARNING: …`: returns what follows the bracket. */
static bool has_fpm_time(struct fps_span text, struct fps_span *rest)
{
	struct fps_span zone;

	if (!is_like(text, "[00-AAA-0000 00:00:00")) {
		return false;
	}
	*rest = from(text, strlen("[12-May-2026 10:00:00"));
	return fps_span_take(rest, "] ", &zone) && zone.len < 40 && !memchr(zone.at, ' ', zone.len);
}

static bool begins_fpm(struct fps_span text, const char *unit)
{
	struct fps_span rest;

	/* through syslog only the level precedes the message */
	if ((strstr(unit, "fpm") || strstr(unit, "php")) && is_level(text, "[", "] ")) {
		return true;
	}
	return has_fpm_time(text, &rest) && is_level(rest, "", ": ");
}

static bool begins_slow(struct fps_span text, const char *unit)
{
	struct fps_span rest;

	(void) unit;
	return has_fpm_time(text, &rest) && fps_span_begins(rest, " [pool ");
}

static bool continues_slow(struct fps_span line)
{
	return fps_span_begins(line, "script_filename = ") || fps_span_begins(line, "[0x");
}

/* The script, and the frame that was running. */
static bool is_slow_whole(struct fps_span text)
{
	return fps_span_find(text, "\n[0x");
}

static bool begins_php(struct fps_span text, const char *unit)
{
	struct fps_span rest;

	(void) unit;
	return is_like(text, "[00-AAA-0000 00:00:00 ") && fps_span_take(&text, "] ", &rest) && rest.len < 60;
}

/* A line of its stack traces. */
static bool continues_php(struct fps_span line)
{
	return line.len && (*line.at == '#' || *line.at == ' ' || fps_span_begins(line, "Stack trace:"));
}

static bool begins_apache(struct fps_span text, const char *unit)
{
	bool through_syslog = strstr(unit, "apache") || strstr(unit, "httpd");

	return (through_syslog || fps_span_begins(text, "[")) && fps_apachelog_begins(text.at, text.len);
}

/* `web1 nginx[31]: `, which stands behind the same time in journalctl's short-monotonic: containerprefix.h */
static bool is_of_journal(struct fps_span text)
{
	struct fps_span host, tag;

	return fps_span_take(&text, " ", &host) && fps_span_take(&text, ": ", &tag) && host.len && tag.len
		&& host.at[host.len - 1] != ':' && !memchr(tag.at, ' ', tag.len)
		&& (tag.at[tag.len - 1] == ']' || fps_span_is(tag, "kernel"));
}

static bool begins_kernel(struct fps_span text, const char *unit)
{
	struct fps_span stamp;
	size_t blanks = 0;

	if (strcmp(unit, "kernel") == 0 || (fps_span_begins(text, "type=") && fps_kernellog_begins(text.at, text.len))) {
		return true;
	}
	if (!fps_span_skip(&text, "[") || !fps_span_take(&text, "] ", &stamp) || stamp.len > 30) {
		return false;
	}
	while (blanks < stamp.len && stamp.at[blanks] == ' ') {
		blanks++;
	}
	stamp = from(stamp, blanks);
	int64_t seconds;

	if (fps_span_number(&stamp, &seconds)) {
		return is_like(stamp, ".000000") && stamp.len == 7 && !is_of_journal(text);
	}
	/* dmesg -T */
	return is_like(stamp, "AAA AAA") && stamp.len == strlen("Tue May 12 10:00:00 2026") && !fps_span_begins(text, "[");
}

/* A message without prefix: what precedes it belongs to an envelope, which knows the time. */
static bool is_unit_message(struct fps_span text)
{
	struct fps_unit_event event;

	return fps_systemdlog_begins(text.at, text.len) && fps_systemdlog_parse(text, &event) && event.text.at == text.at;
}

static bool begins_unit(struct fps_span text, const char *unit)
{
	return strcmp(unit, "systemd") == 0 || fps_span_begins(text, "systemd[") || (!*unit && is_unit_message(text));
}

static bool begins_record(struct fps_span text, const char *unit)
{
	(void) unit;
	return fps_span_begins(text, "{") && fps_jsonenvelope_is_record(text);
}

/* How many words, separated by single blanks, precede the bracket; 0: another form. */
static size_t words_before(struct fps_span text, const char *bracket)
{
	size_t count = 0;

	for (const char *at = text.at; at < bracket; at++) {
		if (*at == ' ' && (at == text.at || at[-1] == ' ')) {
			return 0;
		}
		count += *at == ' ';
	}
	return count;
}

static bool is_ipv4(struct fps_span text)
{
	size_t points = 0, digits = 0;

	for (size_t i = 0; i < text.len; i++) {
		bool is_point = text.at[i] == '.';

		if ((is_point && digits == 0) || (!is_point && (text.at[i] < '0' || text.at[i] > '9' || digits == 3))) {
			return false;
		}
		digits = is_point ? 0 : digits + 1;
		points += is_point;
	}
	return points == 3 && digits;
}

/* An address, or a host name; not a path or a line number in front of one. */
static bool is_client(struct fps_span text)
{
	char copy[INET6_ADDRSTRLEN], address[sizeof(struct in6_addr)];
	size_t len = 0, label = 0;

	if (is_ipv4(text) || fps_span_is(text, "unix:")) {
		return true;
	}
	while (len < text.len
		&& (is_like(from(text, len), "A") || is_like(from(text, len), "0") || strchr(".-_", text.at[len]))) {
		label = text.at[len++] == '.' ? len : label;
	}
	if (len == text.len) { /* a host name does not end in a number */
		return !is_like(from(text, label), "0");
	}
	snprintf(copy, sizeof(copy), "%.*s", (int) text.len, text.at);
	return text.len < sizeof(copy) && inet_pton(AF_INET6, copy, address) == 1;
}

static bool is_address(struct fps_span text)
{
	size_t len = 0;

	for (; len < text.len; len++) {
		char byte = text.at[len];

		if (!(byte >= '0' && byte <= ':') && byte != '.' && !((byte | 32) >= 'a' && (byte | 32) <= 'f')) {
			break;
		}
	}
	return len >= 2 && len < text.len && text.at[len] == ' '
		&& (memchr(text.at, '.', len) || memchr(text.at, ':', len));
}

/* `203.0.113.9 - - [12/May/2026:10:00:00 +0000] "GET /cart HTTP/1.1" 200 5120`, perhaps after `shop.example:443 ` */
static bool begins_access(struct fps_span text, const char *unit)
{
	struct fps_span rest = text, first;
	const char *bracket;
	size_t words;

	(void) unit;
	if (text.len < 30 || strchr("[{\" ", *text.at)) {
		return false;
	}
	bracket = memchr(text.at, '[', text.len < 300 ? text.len : 300);
	if (bracket == NULL || !is_like(from(text, (size_t) (bracket - text.at)), "[00/AAA/0000:00:00:00 ")
		|| !fps_span_find(text, "] \"")) {
		return false;
	}
	words = words_before(text, bracket);
	if (memchr(text.at, '"', (size_t) (bracket - text.at)) || memchr(text.at, ',', (size_t) (bracket - text.at))) {
		return false;
	}
	return (words == 3 && fps_span_take(&rest, " ", &first) && is_client(first))
		|| (words == 4 && fps_span_take(&text, " ", &first) && memchr(first.at, '.', first.len) && is_address(text));
}

/*
 * `203.0.113.9 -  12/May/2026:10:00:00 +0000 "GET /index.php" 200`, FPM's default, and formats that extend it. In a web
 * server's log the request includes the protocol.
 */
static bool begins_fpm_access(struct fps_span text, const char *unit)
{
	struct fps_span line = text, user, request;

	(void) unit;
	return (is_address(text) || fps_span_begins(text, "- ")) && fps_span_take(&text, " - ", &user)
		&& fps_span_take(&text, " ", &user) && is_like(text, "00/AAA/0000:00:00:00 ")
		&& is_like(from(text, strlen("12/May/2026:10:00:00 +")), "0000 \"") && fps_span_take(&text, "\"", &user)
		&& fps_span_take(&text, "\" ", &request) && !fps_span_find(request, " HTTP/") && !fps_accessformat_fits(line);
}

/* It contains no request that a worker died of. */
static bool never_matters(struct fps_span text)
{
	(void) text;
	return false;
}

static const struct fps_logkind kinds[FPS_ENTRY_KINDS] = {
	[FPS_ENTRY_NGINX] = {"nginx", "entry of nginx's error log", "entries of nginx's error log", begins_nginx,
		nginx_matters, is_nginx_whole, NULL},
	[FPS_ENTRY_APACHE] = {"apache", "entry of Apache's error log", "entries of Apache's error log", begins_apache, NULL,
		NULL, NULL},
	[FPS_ENTRY_FPM] = {"fpm", "line of PHP-FPM's log", "lines of PHP-FPM's log", begins_fpm, NULL, NULL, NULL},
	[FPS_ENTRY_SLOW] = {"slow", "entry of PHP-FPM's slow log", "entries of PHP-FPM's slow log", begins_slow, NULL,
		is_slow_whole, continues_slow},
	[FPS_ENTRY_RECORD] = {"records", "record", "records", begins_record, NULL, NULL, NULL},
	[FPS_ENTRY_ACCESS] = {"access", "line of an access log", "lines of access logs", begins_access, NULL, NULL, NULL},
	[FPS_ENTRY_FPM_ACCESS] = {"fpm_access", "line of PHP-FPM's access log", "lines of PHP-FPM's access log",
		begins_fpm_access, never_matters, NULL, NULL},
	[FPS_ENTRY_KERNEL] = {"kernel", "line of the kernel's log", "lines of the kernel's log", begins_kernel, NULL, NULL,
		NULL},
	[FPS_ENTRY_UNIT] = {"systemd", "line of systemd", "lines of systemd", begins_unit, NULL, NULL, NULL},
	[FPS_ENTRY_PHP] = {"php", "entry of PHP's error_log", "entries of PHP's error_log", begins_php, NULL, NULL,
		continues_php},
	[FPS_ENTRY_UNKNOWN] = {"unknown", "unknown line", "unknown lines", NULL, NULL, NULL, NULL},
};

const struct fps_logkind *fps_logkind(enum fps_entry_kind kind)
{
	return &kinds[kind];
}

enum fps_entry_kind fps_logkind_of(struct fps_span text, const char *unit)
{
	for (enum fps_entry_kind kind = 0; text.len && kind < FPS_ENTRY_UNKNOWN; kind++) {
		if (kinds[kind].begins(text, unit)) {
			return kind;
		}
	}
	return FPS_ENTRY_UNKNOWN;
}

enum fps_entry_kind fps_logkind_inside(struct fps_span text)
{
	static const enum fps_entry_kind sure[] = {FPS_ENTRY_NGINX, FPS_ENTRY_FPM, FPS_ENTRY_APACHE, FPS_ENTRY_SLOW};

	for (size_t i = 0; i < sizeof(sure) / sizeof(sure[0]); i++) {
		if (kinds[sure[i]].begins(text, "")) {
			return sure[i];
		}
	}
	if (!is_address(text)) {
		return FPS_ENTRY_UNKNOWN;
	}
	return begins_access(text, "")    ? FPS_ENTRY_ACCESS
		: begins_fpm_access(text, "") ? FPS_ENTRY_FPM_ACCESS
									  : FPS_ENTRY_UNKNOWN;
}

bool fps_logkind_is_combined(struct fps_span line)
{
	return is_address(line) && begins_access(line, "");
}

bool fps_logkind_is_fpm_access(struct fps_span line)
{
	return begins_fpm_access(line, "");
}

/* Of a response: other objects have a status in words. */
static bool has_status(struct fps_span text)
{
	struct fps_span before;

	while (fps_span_take(&text, "\"status\":", &before)) {
		fps_span_skip_all(&text, " \"");
		if (!is_like(text, "A")) {
			return true;
		}
	}
	return false;
}

bool fps_logkind_is_access(struct fps_span text)
{
	static const char *const names[] = {
		"\"request", "\"uri\":", "\"upstream_status\":", "\"body_bytes_sent\":", "\"remote_addr\":", "\"connection\":"};

	if (!fps_span_begins(text, "{")) {
		return fps_accessformat_fits(text);
	}
	for (size_t i = 0; has_status(text) && i < sizeof(names) / sizeof(names[0]); i++) {
		if (fps_span_find(text, names[i])) {
			return true;
		}
	}
	return false;
}
