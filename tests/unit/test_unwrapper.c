/* unwrapper.c and multiline.c: what stands around lines, entries of several lines in several streams, encodings and
 * compression. */
#include "unit.h"

#include "base/alloc.h"
#include "log/accessformat.h"
#include "log/accesslog.h"
#include "log/logreader.h"
#include "log/multiline.h"

#include <time.h>

#define TEXT \
	"recv() failed (104: Connection reset by peer) while reading response header from upstream, client: 203.0.113.9, " \
	"server: shop, " \
	"request: \"GET /a|b HTTP/1.1\", upstream: \"fastcgi://unix:/run/fpm.sock:\", host: \"shop\""
#define NGINX "2026/05/12 10:00:00 [error] 31#31: *7 " TEXT
#define ESCAPED \
	"2026/05/12 10:00:00 [error] 31#31: *7 recv() failed (104: Connection reset by peer) while reading response " \
	"header from upstream, " \
	"client: 203.0.113.9, server: shop, request: \\\"GET /a|b HTTP/1.1\\\", upstream: " \
	"\\\"fastcgi://unix:/run/fpm.sock:\\\", host: \\\"shop\\\""
#define DOUBLED \
	"2026/05/12 10:00:00 [error] 31#31: *7 recv() failed (104: Connection reset by peer) while reading response " \
	"header from upstream, " \
	"client: 203.0.113.9, server: shop, request: \"\"GET /a|b HTTP/1.1\"\", upstream: " \
	"\"\"fastcgi://unix:/run/fpm.sock:\"\", host: \"\"shop\"\""
#define FPM \
	"[12-May-2026 10:00:00] WARNING: [pool www] child 4711 exited on signal 11 (SIGSEGV) after 88.12 seconds from " \
	"start"
#define PHP "2026/05/12 10:00:00 [error] 31#31: *7 FastCGI sent in stderr: \"PHP message: a"
#define PHP_END \
	"\" while reading response header from upstream, client: 203.0.113.9, server: shop, request: \"GET /a " \
	"HTTP/1.1\", " \
	"upstream: \"fastcgi://unix:/run/fpm.sock:\", host: \"shop\""
#define RECORD \
	"{\"@timestamp\":\"2026-05-12T10:00:00Z\",\"message\":\"m\",\"event\":{\"dataset\":\"fpmsentinel\",\"id\":\"0\"}}"

static struct fps_logorigins streams;

static struct fps_letter open_line(struct fps_unwrapper *envelope, const char *line)
{
	struct fps_letter letter = {.kind = -1};

	fps_unwrapper_put(envelope, (struct fps_span) {line, strlen(line)});
	CHECK(fps_unwrapper_next(envelope, &letter));
	return letter;
}

static const char *or_none(const char *text)
{
	return text ? text : "-";
}

/* The same entry, in all that people paste. "host container pod unit output pid" */
static const struct {
	const char *line, *stream;
	double time;
} wrapped[] = {
	{NGINX, "- - - - - 0", 0},
	{"\xef\xbb\xbf" NGINX, "- - - - - 0", 0},
	{"web_1  | " NGINX, "- web_1 - - - 0", 0},
	{"web-1  |"
	 " " NGINX,
		"- web-1 - - - 0", 0},
	{"\033[36mweb-1  | \033[0m" NGINX, "- web-1 - - - 0", 0},
	{"web_1  | 2026-05-12T10:00:00.250000000Z " NGINX, "- web_1 - - - 0", 1778580000.25},
	{"web.1.x8k2@node1    | " NGINX, "node1 web.1.x8k2 - - - 0", 0},
	{"2026-05-12T10:00:00.250000000Z stderr F " NGINX, "- - - - stderr 0", 1778580000.25},
	{"2026-05-12T12:00:00.25+02:00 stdout F " NGINX, "- - - - stdout 0", 1778580000.25},
	{"2026-05-12 10:00:00 " NGINX, "- - - - - 0", 1778580000},
	{"{\"log\":\"" ESCAPED "\\n\",\"stream\":\"stderr\",\"time\":\"2026-05-12T10:00:00.25Z\"}", "- - - - stderr 0",
		1778580000.25},
	{"[pod/web-6c9f/nginx] " NGINX, "- nginx web-6c9f - - 0", 0},
	{"web-6c9f nginx " NGINX, "- nginx web-6c9f - - 0", 0},
	{"10:00:00 nginx.1   | " NGINX, "- nginx.1 - - - 0", 0},
	{"May 12 10:00:00 web1 nginx: " NGINX, "web1 - - nginx - 0", 1778580000},
	{"May 12 10:00:00 nginx[31]: " NGINX, "- - - nginx - 31", 1778580000},
	{"<187>May 12 10:00:00 web1 nginx[31]: " NGINX, "web1 - - nginx - 31", 1778580000},
	{"<187>1 2026-05-12T10:00:00.25Z web1 nginx 31 - - " NGINX, "web1 - - nginx - 31", 1778580000.25},
	{"<187>1 2026-05-12T10:00:00Z web1 nginx - ID [a@1 b=\"\\]\"][c d=\"e\"] \xef\xbb\xbf" NGINX, "web1 - - nginx - 0",
		1778580000},
	{"2026-05-12T10:00:00+0000 web1 nginx[31]: " NGINX, "web1 - - nginx - 31", 1778580000},
	{"Tue 2026-05-12 10:00:00 UTC web1 nginx[31]: " NGINX, "web1 - - nginx - 31", 1778580000},
	{"1778580000.250000 web1 nginx[31]: " NGINX, "web1 - - nginx - 31", 1778580000.25},
	{"{\"__REALTIME_TIMESTAMP\":\"1778580000250000\",\"_HOSTNAME\":\"web1\",\"SYSLOG_IDENTIFIER\":\"nginx\",\"_"
	 "PID\":\"31\",\"_SYSTEMD_UNIT\":"
	 "\"nginx.service\",\"MESSAGE\":\"" ESCAPED "\"}",
		"web1 - - nginx.service - 31", 1778580000.25},
	{"{\"textPayload\":\"" ESCAPED
	 "\",\"resource\":{\"labels\":{\"pod_name\":\"web-1\",\"container_name\":\"nginx\"}},\"timestamp\":"
	 "\"2026-05-12T10:00:00Z\"}",
		"- nginx web-1 - - 0", 1778580000},
	{"{\"jsonPayload\":{\"message\":\"" ESCAPED "\"}}", "- - - - - 0", 0},
	{"{\"_index\":\"a\",\"_source\":{\"@timestamp\":\"2026-05-12T10:00:00Z\",\"message\":\"" ESCAPED
	 "\",\"host\":{\"name\":\"web1\"}}}",
		"web1 - - - - 0", 1778580000},
	{"{\"labels\":{\"container\":\"nginx\"},\"line\":\"" ESCAPED "\"}", "- nginx - - - 0", 0},
	{"\x1e{\"_HOSTNAME\":\"web1\",\"MESSAGE\":\"" ESCAPED "\"}", "web1 - - - - 0", 0},
	/* names that nobody knows, and messages within lists */
	{"{\"LogEntry\":\"" ESCAPED "\",\"x\":1}", "- - - - - 0", 0},
	{"{\"data\":[{\"attributes\":{\"host\":\"web1\",\"message\":\"" ESCAPED "\"}}]}", "web1 - - - - 0", 0},
	{"{\"hits\":{\"total\":{\"value\":1},\"hits\":[{\"_source\":{\"message\":\"" ESCAPED "\"}}]}}", "- - - - - 0", 0},
	{"{\"stream\":{\"container\":\"web\"},\"values\":[[\"1778580000250000000\",\"" ESCAPED "\"]]}", "- - - - - 0", 0},
	{"{\"body\":{\"stringValue\":\"" ESCAPED "\"},\"timeUnixNano\":\"1778580000250000000\"}", "- - - - - 0",
		1778580000.25},
	{"{\"result\":{\"_raw\":\"" ESCAPED "\",\"host\":\"web1\"}}", "web1 - - - - 0", 0},
	{"{\"log\":\"2026-05-12T10:00:00.25Z stderr F " ESCAPED
	 "\",\"kubernetes\":{\"pod_name\":\"web-1\",\"container_name\":\"nginx\",\"host\":\"n\"}}",
		"n nginx web-1 - stderr 0", 1778580000.25},
	{"\"2026-05-12 10:00:00.250\",\"" DOUBLED "\"", "- - - - - 0", 1778580000.25},
	{"web1,2026-05-12T10:00:00Z,\"" DOUBLED "\",x", "- - - - - 0", 1778580000},
	/* one in the other */
	{"web-1  2026-05-12 10:00:00 [pod/web-6c9f/nginx] " NGINX, "- web-1 web-6c9f - - 0", 1778580000},
	{"web-6c9f nginx 2026-05-12T10:00:00Z stderr F " NGINX, "- nginx web-6c9f - stderr 0", 1778580000},
	{"> May 12 10:00:00 web1 nginx[31]: web_1  | " NGINX, "web1 web_1 - nginx - 31", 1778580000},
	{"2026-05-12T10:00:00Z a/nginx/0123456789abcdef web_1  | " NGINX, "- nginx/0123456789abcdef - - - 0", 1778580000},
	{"2026-05-12T10:00:00Z {container=\"nginx\", pod=\"web-6c9f\"} " NGINX, "- nginx web-6c9f - - 0", 1778580000},
	{"\r\033[0K\033[0;mnginx.log:12:" NGINX "\033[0;m", "- nginx.log - - - 0", 0},
	{"ts=2026-05-12T10:00:00Z level=error container=nginx msg=\"" ESCAPED "\"", "- nginx - - - 0", 1778580000},
	/* literals of other languages */
	{"b'" NGINX "\\n'", "- - - - - 0", 0},
	{"b'{\"host\": \"web1\", \"log\": \"2026/05/12 10:00:00 [error] 31#31: *7 recv() failed (104: Connection reset by "
	 "peer) "
	 "while reading response header from upstream, client: 203.0.113.9, server: shop, request: \\\\\"GET /a|b "
	 "HTTP/1.1\\\\\", upstream: \\\\\"fastcgi://unix:/run/fpm.sock:\\\\\", host: \\\\\"shop\\\\\"\"}\\n'",
		"web1 - - - - 0", 0},
	{"{'log': '" NGINX "\\n', 'stream': 'stderr', 'time': '2026-05-12T10:00:00.25Z'}", "- - - - stderr 0",
		1778580000.25},
	{"{\"host\" => \"web1\", \"message\" => \"" ESCAPED "\"}", "web1 - - - - 0", 0},
	{"text: \"web_1  | " ESCAPED "\"", "- text - - - 0", 0},
	{"text: '{\"message\": \"" ESCAPED "\", \"host\": \"web1\"}'", "web1 text - - - 0", 0},
	{"key17\t{\"message\":\"" ESCAPED "\",\"host\":\"web1\"}", "web1 - - - - 0", 0},
	{"<!DOCTYPE html><html><body><pre class=\"log\">" NGINX, "- - - - - 0", 0},
};

static void envelopes_come_off(void)
{
	for (size_t i = 0; i < COUNT(wrapped); i++) {
		struct fps_unwrapper envelope = {.streams = &streams};
		struct fps_letter letter = open_line(&envelope, wrapped[i].line);
		const struct fps_logorigin *stream = letter.stream;
		char who[200];

		UNIT_CASE(wrapped[i].line);
		snprintf(who, sizeof(who), "%s %s %s %s %s %lld", or_none(stream->host), or_none(stream->container),
			or_none(stream->pod), or_none(stream->unit), or_none(stream->output), (long long) stream->pid);
		CHECK_INT(letter.kind, FPS_ENTRY_NGINX);
		CHECK_STR(letter.payload.at, letter.payload.len, NGINX);
		CHECK_STR(who, strlen(who), wrapped[i].stream);
		CHECK_INT((int64_t) (letter.time * 1000 + 0.5), (int64_t) (wrapped[i].time * 1000 + 0.5));
		CHECK(!fps_unwrapper_next(&envelope, &letter));
		fps_unwrapper_free(&envelope);
	}
	UNIT_CASE("");
}

/* A time without a zone is local, unless the entry itself shows that it is UTC. */
static void a_zone_is_found(void)
{
	static const struct {
		const char *line;
		double time;
	} lines[] = {
		{"2026-10-24T10:10:00 2026/10/24 12:10:00 [error] 31#31: *7 " TEXT, 1792836600},
		{"2026-10-24T12:10:00 2026/10/24 12:10:00 [error] 31#31: *7 " TEXT, 1792836600},
		{"2026-10-24T12:10:00 2026/10/24 10:10:00 [error] 31#31: *7 " TEXT, 1792836600},
		/* of the hour that is repeated */
		{"2026-10-25T00:10:00 2026/10/25 02:10:00 [error] 31#31: *7 " TEXT, 1792887000},
		{"2026-10-25T01:10:00 2026/10/25 02:10:00 [error] 31#31: *7 " TEXT, 1792890600},
		{"2026-10-25T02:10:00 2026/10/25 02:10:00 [error] 31#31: *7 " TEXT, 0},
	};

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct fps_unwrapper envelope = {.streams = &streams};

		UNIT_CASE(lines[i].line);
		CHECK_INT((int64_t) open_line(&envelope, lines[i].line).time, (int64_t) lines[i].time);
		fps_unwrapper_free(&envelope);
	}
	UNIT_CASE("");
	setenv("TZ", "UTC", 1);
	tzset();
}

static void kinds_are_recognised(void)
{
	static const struct {
		const char *line;
		enum fps_entry_kind kind;
	} lines[] = {
		{FPM, FPS_ENTRY_FPM},
		{"php_1  | " FPM, FPS_ENTRY_FPM},
		{"May 12 10:00:00 web1 php-fpm:  [WARNING] fpm_children_bury(), line 252: [pool www] child 1 exited",
			FPS_ENTRY_FPM},
		{"[12-May-2026 10:00:00.104768] NOTICE: pid 1, fpm_got_signal(), line 103: Reloading in progress ...",
			FPS_ENTRY_FPM},
		{"[12-May-2026 10:00:00]  [pool www] pid 41", FPS_ENTRY_SLOW},
		{"[12-May-2026 10:00:00 UTC] PHP Fatal error:  a", FPS_ENTRY_PHP},
		{"[12-May-2026 10:00:00 Europe/Berlin] PHP Warning:  a", FPS_ENTRY_PHP},
		{"[Tue May 12 10:00:00.123456 2026] [proxy_fcgi:error] [pid 31:tid 140] AH01067: Failed to read FastCGI header",
			FPS_ENTRY_APACHE},
		{"203.0.113.9 - - [12/May/2026:10:00:00 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"curl\"", FPS_ENTRY_ACCESS},
		{"shop.example:443 203.0.113.9 - bob [12/May/2026:10:00:00 +0000] \"GET /a HTTP/1.1\" 200 5", FPS_ENTRY_ACCESS},
		{"web_1  | 203.0.113.9 - - [12/May/2026:10:00:00 +0000] \"GET /a HTTP/1.1\" 200 5", FPS_ENTRY_ACCESS},
		{"{\"status\":502,\"request\":\"GET / HTTP/1.1\",\"connection\":7}", FPS_ENTRY_ACCESS},
		{"{\"log\":\"{\\\"status\\\":502,\\\"request\\\":\\\"GET / HTTP/1.1\\\"}\\n\",\"stream\":\"stdout\"}",
			FPS_ENTRY_ACCESS},
		{RECORD, FPS_ENTRY_RECORD},
		{"{\"jsonPayload\":" RECORD ",\"timestamp\":\"2026-05-12T10:00:00Z\"}", FPS_ENTRY_RECORD},
		{"{web} {\"k\":{\"v\":1}} " RECORD " trailing", FPS_ENTRY_RECORD},
		{"May 12 10:00:00 web1 kernel: [1.5] php-fpm[7]: segfault at 0 ip 0 sp 0 error 4", FPS_ENTRY_KERNEL},
		{"[12345.678901] Out of memory: Killed process 7 (php-fpm)", FPS_ENTRY_KERNEL},
		{"[Tue May 12 10:00:00 2026] php-fpm[7]: segfault at 0", FPS_ENTRY_KERNEL},
		{"May 12 10:00:00 web1 systemd[1]: Stopping php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager...",
			FPS_ENTRY_UNIT},
		{"{\"SYSLOG_IDENTIFIER\":\"systemd\",\"MESSAGE\":\"Stopping php8.2-fpm.service - The PHP FastCGI Process "
		 "Manager...\"}",
			FPS_ENTRY_UNIT},
		{"2026-05-12 10:00:00 | something | else", FPS_ENTRY_UNKNOWN},
		{"#0 /srv/a.php(3): f()", FPS_ENTRY_UNKNOWN},
		{"{", FPS_ENTRY_UNKNOWN},
		{"", FPS_ENTRY_UNKNOWN},
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		struct fps_unwrapper envelope = {.streams = &streams};

		UNIT_CASE(lines[i].line);
		CHECK_INT(open_line(&envelope, lines[i].line).kind, lines[i].kind);
		fps_unwrapper_free(&envelope);
	}
	UNIT_CASE("");
}

static char found[16384];
static bool is_slow;    /* each line is looked at */
static uint64_t passed; /* lines that were not */

/* Of access logs requests that failed. */
static bool is_wanted(void *unused, struct fps_span line)
{
	(void) unused;
	return fps_span_find(line, "502") != NULL;
}

static enum fps_use write_down(void *tally, const struct fps_entry *entry)
{
	size_t len = strlen(found);

	(void) tally;
	if (entry->kind == FPS_ENTRY_ACCESS && !is_wanted(NULL, entry->text)) {
		return FPS_USE_TAKEN;
	}
	snprintf(found + len, sizeof(found) - len, "%d %s %llu <%.*s>\n", (int) entry->kind,
		or_none(entry->stream->container), (unsigned long long) entry->line, FPS_SPAN_ARGS(entry->text));
	return FPS_USE_TAKEN;
}

/* All entries of a file with that text, with kind, container and line. */
static const char *entries_of(const char *text, size_t len, struct fps_inputcounts *tally)
{
	struct fps_linereader source;
	struct fps_multiline entries;
	FILE *file = fopen("build/envelope.log", "w");

	found[0] = '\0';
	if (!CHECK(file != NULL)) {
		return found;
	}
	fwrite(text, 1, len, file);
	fclose(file);
	CHECK(fps_linereader_open(&source, "build/envelope.log", false));
	fps_inputcounts_begin(tally, "envelope.log", true);
	entries = fps_multiline_of("envelope.log", &streams, tally, write_down, NULL);
	entries.envelope.section = is_slow ? fps_logorigin_intern(&streams, &(struct fps_logorigin) {.pid = 0}) : NULL;
	entries.is_wanted = is_wanted;
	fps_multiline_take(&entries, &source);
	fps_multiline_end(&entries);
	passed = entries.passed;
	fps_multiline_free(&entries);
	fps_linereader_close(&source);
	return found;
}

#define WORDS \
	"2026/05/12 10:00:00 [error] 31#31: *7 FastCGI sent in stderr: \"PHP message: PHP Fatal error:  Uncaught Error: " \
	"x in /srv/a.php:3"
#define END \
	"  thrown in /srv/a.php on line 3\" while reading response header from upstream, client: 203.0.113.9, server: " \
	"shop, request: " \
	"\"GET /cart HTTP/1.1\", upstream: \"fastcgi://unix:/run/fpm.sock:\", host: \"shop\""
#define WHOLE WORDS "\nStack trace:\n#0 {main}\n" END

static const struct {
	const char *text, *entries;
	unsigned unknown;
} put_together[] = {
	{WHOLE "\n" NGINX "\n", "0 - 1 <" WHOLE ">\n0 - 5 <" NGINX ">\n", 0},
	/* two streams, line by line */
	{"a | " WORDS "\nb | " WORDS "\na | Stack trace:\nb | Stack trace:\na | #0 {main}\nb | #0 {main}\na | " END
	 "\nb | " END "\n",
		"0 a 1 <" WHOLE ">\n0 b 2 <" WHOLE ">\n", 0},
	/* what looks like a prefix is a part of the message */
	{WORDS "\nStack | trace:\n" END "\n", "0 - 1 <" WORDS "\nStack | trace:\n" END ">\n", 0},
	/* an entry that PHP quotes makes no incident; one that only follows does */
	{WORDS "\n" NGINX "\n" END "\n", "0 - 1 <" WORDS "\n" NGINX "\n" END ">\n", 0},
	{WORDS "\n" NGINX "\n", "0 - 1 <" WORDS ">\n0 - 2 <" NGINX ">\n", 0},
	{WORDS "\n" NGINX "\n" FPM "\n", "0 - 1 <" WORDS ">\n0 - 2 <" NGINX ">\n2 - 3 <" FPM ">\n", 0},
	/* wrapped where it was pasted */
	{"2026/05/12 10:00:00 [error] 31#31: *7 recv() failed (104: Connection reset by peer)\nwhile reading upstream, "
	 "client: a, server: b\n",
		"0 - 1 <2026/05/12 10:00:00 [error] 31#31: *7 recv() failed (104: Connection reset by peer) while reading "
		"upstream, client: a, server: b>\n",
		0},
	{"2026/05/12 10:00:00 [error] 31#31: *7 recv() failed (104: Connection reset by peer)\n while reading response "
	 "header from upstream, client: 203.0.113.9, server: shop, request:\n \"GET /a|b HTTP/1.1\", upstream: "
	 "\"fastcgi://unix:/run/fpm.sock:\",\n host: \"shop\"\nwhat is this?\n",
		"0 - 1 <" NGINX ">\n", 1},
	/* cut, with others behind it */
	{"2026/05/12 10:00:00 [error] 31#31: *7 recv() failed (104: Connection reset by peer) while reading response "
	 "header from upstream, client: 203.0.$\n" NGINX "\n",
		"0 - 1 <2026/05/12 10:00:00 [error] 31#31: *7 recv() failed (104: Connection reset by peer) while reading "
		"response header from upstream, client: 203.0.$>\n0 - 2 <" NGINX ">\n",
		0},
	/* pieces */
	{"2026-05-12T10:00:00Z stderr P [12-May-2026 10:00:00] WARN\n2026-05-12T10:00:00Z stdout F x: "
	 "y\n2026-05-12T10:00:00Z stderr F ING: a\n",
		"2 - 3 <[12-May-2026 10:00:00] WARNING: a>\n", 1},
	/* objects over several lines, alone, in a list, and behind a prefix */
	{"{\n  \"textPayload\": \"[12-May-2026 10:00:00] NOTICE: a {\",\n  \"b\": {\n  }\n}\n",
		"2 - 5 <[12-May-2026 10:00:00] NOTICE: a {>\n", 0},
	{"[\n  {\n    \"line\": \"[12-May-2026 10:00:00] NOTICE: a\"\n  },\n  {\n    \"line\": \"[12-May-2026 "
	 "10:00:00] NOTICE: b\"\n  }\n]\n",
		"2 - 4 <[12-May-2026 10:00:00] NOTICE: a>\n2 - 7 <[12-May-2026 10:00:00] NOTICE: b>\n", 0},
	{"a | {\na |   \"line\": \"[12-May-2026 10:00:00] NOTICE: a\"\na | }\n",
		"2 a 3 <[12-May-2026 10:00:00] NOTICE: a>\n", 0},
	{"[{\"line\":\"[12-May-2026 10:00:00] NOTICE: a\"},{\"line\":\"[12-May-2026 10:00:00] NOTICE: b\"}]\n",
		"2 - 1 <[12-May-2026 10:00:00] NOTICE: a>\n2 - 1 <[12-May-2026 10:00:00] NOTICE: b>\n", 0},
	{"{\"data\":[{\"LogEntry\":\"" ESCAPED "\"},{\"message\":\"" ESCAPED "\"},{\"v\":[\"" ESCAPED "\"]}]}\n",
		"0 - 1 <" NGINX ">\n0 - 1 <" NGINX ">\n", 0}, /* a list repeats the lines of a text beside it */
	{"{\"a\":{\"LogEntry\":\"" ESCAPED "\"},\"b\":{\"LogEntry\":\"" ESCAPED "\"}}\n",
		"0 - 1 <" NGINX ">\n0 - 1 <" NGINX ">\n", 0},
	{"{\"msg\":\"failed\",\"stdout\":\"" ESCAPED "\\n" ESCAPED "\",\"stdout_lines\":[\"" ESCAPED "\",\"" ESCAPED
	 "\"]}\n",
		"0 - 1 <" NGINX ">\n0 - 1 <" NGINX ">\n", 0},
	/* what begins nothing has around it what an entry had */
	{"2026-05-12T10:00:00Z " PHP "\n2026-05-12T10:00:00Z Stack trace:\n2026-05-12T10:00:00Z b" PHP_END "\n",
		"0 - 1 <" PHP "\nStack trace:\nb" PHP_END ">\n", 0},
	{"a.log-9-" PHP "\na.log:10:b" PHP_END "\n", "0 a.log 1 <" PHP "\nb" PHP_END ">\n", 0},
	{"==> /var/log/a <==\n" FPM "\n", "2 /var/log/a 2 <" FPM ">\n", 0},
	{"{\n \"events\": [\n  {\n   \"message\": \"" ESCAPED "\"\n  },\n  {\n   \"other\": \"" ESCAPED
	 "\"\n  }\n ]\n}\n" FPM "\n",
		"0 - 10 <" NGINX ">\n0 - 10 <" NGINX ">\n2 - 11 <" FPM ">\n", 0},
	/* a heading names those that follow */
	{"2026-05-12 10:00:00,408 DEBG 'nginx' stderr output:\n" NGINX
	 "\n\n2026-05-12 10:00:00,408 DEBG 'fpm' stderr output:\n" FPM "\n",
		"0 nginx 2 <" NGINX ">\n2 fpm 5 <" FPM ">\n", 0},
	/* a page's first line, and the others */
	{"<html><body><pre>{&#34;log&#34;: &#34;[12-May-2026 10:00:00]  [pool a] pid 4\\n&#34;}\n{&#34;log&#34;: "
	 "&#34;script_filename = /a.php\\n&#34;}\n{&#34;log&#34;: &#34;[0x00007f1e3a0130f0] f() /a.php:3\\n&#34;}\n",
		"3 - 1 <[12-May-2026 10:00:00]  [pool a] pid 4\nscript_filename = /a.php\n[0x00007f1e3a0130f0] f() /a.php:3>\n",
		0},
	/* the slow log: up to the first frame; frames of others, and what is none, do not belong to it */
	{"[12-May-2026 10:00:00]  [pool a] pid 4\nscript_filename = /a.php\nwhat?\n[0x00007f1e3a0130f0] f() /a.php:3\n"
	 "[0x00007f1e3a013050] g() /a.php:9\n\n[12-May-2026 10:00:01]  [pool a] pid 5\n" FPM "\n",
		"3 - 1 <[12-May-2026 10:00:00]  [pool a] pid 4\nscript_filename = /a.php>\n3 - 7 <[12-May-2026 10:00:01]  "
		"[pool a] pid 5>\n2 - 8 <" FPM ">\n",
		1},
	/* slashes as PHP's json_encode() writes them */
	{"{\"status\":502,\"request\":\"GET \\/a\\\\\\/b HTTP\\/1.1\"}\n",
		"5 - 1 <{\"status\":502,\"request\":\"GET /a\\\\/b HTTP/1.1\"}>\n", 0},
	/* CSV with a field of several lines */
	{"time,message\n\"2026-05-12 10:00:00\",\"" DOUBLED "\"\n\"2026-05-12 10:00:01\",\"second\nthird\"\n",
		"0 - 2 <" NGINX ">\n", 3},
	{"\r\n" NGINX "\r\n\r\nwhat is this?\r\n", "0 - 2 <" NGINX ">\n", 1},
};

/* One table for what spans lines: text, entries, lines that were not understood. */
static void entries_are_put_together(void)
{
	for (size_t i = 0; i < COUNT(put_together); i++) {
		struct fps_inputcounts tally = {0};
		const char *entries = entries_of(put_together[i].text, strlen(put_together[i].text), &tally);

		UNIT_CASE(put_together[i].text);
		CHECK_STR(entries, strlen(entries), put_together[i].entries);
		CHECK_INT(tally.unknown, put_together[i].unknown);
		fps_inputcounts_free(&tally);
	}
	UNIT_CASE("");
}

#define OTHER \
	"2026/05/12 10:00:00 [error] 31#31: *8 open() \"/srv/a.png\" failed (2: No such file or directory), client: a, " \
	"server: b\n"
#define COMBINED(rest) "203.0.113.9 - - [12/May/2026:10:00:00 +0000] \"GET /a " rest "\n"
#define OBJECT(rest) "{\"connection\":7,\"uri\":\"" rest "}\n"
#define OTHER_OBJECT(one, two, three) \
	"{\"a\":\"" one "\",\"b\":\"" two "\",\"c\":\"" three "\",\"status\":200,\"uri\":\"/a\"}\n"

/* The quick pass over what concerns nothing must give what the slow one gives. */
static void skipping_changes_nothing(void)
{
	static const char *const lines[] = {OTHER, OTHER, OTHER, NGINX "\n", WORDS "\n", "Stack trace:\n", END "\n",
		FPM "\n", "stray\n", "web_1 | " NGINX "\n", COMBINED("HTTP/1.1\" 200 5"), COMBINED("HTTP/1.1\" 502 5"),
		COMBINED("HTTP/1.1\" 304 0 \"-\" \"[error] dataset\""), "203.0.113.9 - - [12/May/2026:10:00:00 cut\n",
		"203.0.113.9 -  12/May/2026:10:00:00 +0000 \"GET /index.php\" 200\n",
		"203.0.113.9 -  12/May/2026:10:00:00 +0000 \"GET /index.php HTTP/1.1\" 200\n", OBJECT("\",\"status\":200"),
		OBJECT("/\",\"status\":502"), OBJECT("?\\\"x\\\"\",\"status\":200"), OBJECT("\",\"status\":\"200\""),
		OBJECT("\",\"message\":\"" FPM "\",\"status\":200"),
		OBJECT("2026/05/12 10:00:00 [error] 31#31: a\",\"status\":200"),
		OBJECT("2026/05/12 10:00:00 [crit] 31#31: a\",\"status\":200"),
		OBJECT("[12-May-2026 10:00:00] WARNING: [pool www] a\",\"status\":200"),
		OBJECT("datasetfpmsentinel\",\"status\":200"), OBJECT("\x1b[3\",\"status\":200"), OBJECT("\",\"status\":[200]"),
		OBJECT("\",\"status\":200,\"message\":3"), OBJECT("\",\"message\":3,\"status\":200"),
		"{\"connection\":7,\"uri\":\"\n", "\",\"status\":200}\n",
		"{\"connection\": 7, \"uri\": \"/a\", \"status\": 200}\r\n", "{\"connection\":7,\"status\":200}\n",
		OTHER_OBJECT("one", "two", "three"), OTHER_OBJECT("level", "pid", "tid"), "{\"log\":\"" FPM "\\n\"}\n"};
	char text[16384], plain[sizeof(found)];

	for (int round = 0; round < 3000; round++) {
		struct fps_inputcounts tally = {0}, slow = {0};
		size_t len = 0, few[6], kinds = 2 + unit_random() % (COUNT(few) - 1);

		for (size_t i = 0; i < kinds; i++) {
			few[i] = unit_random() % COUNT(lines);
		}
		while (len < 6000) { /* of few kinds there are runs */
			const char *line = lines[few[unit_random() % kinds]];

			memcpy(text + len, line, strlen(line));
			len += strlen(line);
		}
		entries_of(text, len, &tally);
		strcpy(plain, found);
		is_slow = true;
		entries_of(text, len, &slow);
		is_slow = false;
		CHECK_INT(passed, 0);
		for (int kind = 0; kind < FPS_ENTRY_KINDS; kind++) {
			CHECK_INT(tally.entries[kind], slow.entries[kind]);
		}
		CHECK_INT(tally.unknown, slow.unknown);
		CHECK_INT(tally.uses[FPS_USE_OTHER], slow.uses[FPS_USE_OTHER]);
		if (!CHECK_STR(found, strlen(found), plain)) {
			round = 3000;
		}
		fps_inputcounts_free(&tally);
		fps_inputcounts_free(&slow);
	}
}

/* Of a log that has little of use nearly all is passed over: docs/decisions/49-one-look-at-a-line.md. */
static void nearly_all_is_skipped(void)
{
	static const char *const lines[] = {OTHER, COMBINED("HTTP/1.1\" 200 5"),
		COMBINED("HTTP/1.1\" 200 5 \"https://shop.example/[error] \" \"curl/8.5.0\""),
		"2001:db8::1 - bob [12/May/2026:10:00:00 +0000] \"GET /a\\x22 HTTP/1.1\" 200 5\n",
		"203.0.113.9 -  12/May/2026:10:00:00 +0000 \"GET /index.php\" 200\n",
		"- - bob 12/May/2026:10:00:00 +0000 \"GET /index.php?a=b\" 200 /srv/index.php 12.3 2048 97.1%\n",
		OBJECT("\",\"status\":200"), "{\"connection\": \"7\", \"uri\": \"\", \"status\": \"200\"}\r\n",
		"{\"time_iso8601\":\"2026-05-12T10:00:00+00:00\",\"remote_addr\":\"203.0.113.9\",\"request\":\"GET / "
		"HTTP/1.1\",\"status\":200,\"request_time\":0.001,\"http_referer\":\"\",\"http_user_agent\":\"a (b; c) d\"}\n"};
	enum { LINES = 1000 };

	for (size_t i = 0; i < COUNT(lines); i++) {
		size_t len = strlen(lines[i]);
		char *text = fps_alloc(LINES, len);
		struct fps_inputcounts tally = {0};
		uint64_t entries = 0;

		for (size_t n = 0; n < LINES; n++) {
			memcpy(text + n * len, lines[i], len);
		}
		UNIT_CASE(lines[i]);
		entries_of(text, LINES * len, &tally);
		for (int kind = 0; kind < FPS_ENTRY_UNKNOWN; kind++) {
			entries += tally.entries[kind];
		}
		CHECK_INT(entries, LINES);
		CHECK(passed >= LINES - 5);
		fps_inputcounts_free(&tally);
		free(text);
	}
	UNIT_CASE("");
}

static void encodings(void)
{
	static const char text[] = NGINX "\n" FPM "\n";
	struct fps_inputcounts tally = {0};
	char wide[2 * sizeof(text) + 2], behind_hole[2 * sizeof(text) + 102];
	size_t len = 0;

	for (int big = 0; big < 2; big++) {
		len = 0;
		wide[len++] = (char) (big ? 0xfe : 0xff);
		wide[len++] = (char) (big ? 0xff : 0xfe);
		for (const char *at = text; *at; at++) {
			wide[len++] = big ? '\0' : *at;
			wide[len++] = big ? *at : '\0';
		}
		entries_of(wide, len, &tally);
		CHECK_STR(found, strlen(found), "0 - 1 <" NGINX ">\n2 - 2 <" FPM ">\n");
		entries_of(wide + 2, len - 2, &tally);
		CHECK_STR(found, strlen(found), "0 - 1 <" NGINX ">\n2 - 2 <" FPM ">\n");
		memset(behind_hole, 0, 100);
		memcpy(behind_hole + 100, wide + 2, len - 2);
		entries_of(behind_hole, len + 98, &tally);
		CHECK_STR(found, strlen(found), "0 - 1 <" NGINX ">\n2 - 2 <" FPM ">\n");
	}
	entries_of(NGINX "\r" FPM "\r", strlen(NGINX) + strlen(FPM) + 2, &tally);
	CHECK_STR(found, strlen(found), "0 - 1 <" NGINX ">\n2 - 2 <" FPM ">\n");
	memset(wide, 0, 100);
	memcpy(wide + 100, FPM "\n", strlen(FPM) + 1);
	entries_of(wide, 100 + strlen(FPM) + 1, &tally);
	CHECK_STR(found, strlen(found), "2 - 1 <" FPM ">\n");
	fps_inputcounts_free(&tally);
}

static void formats_of_access_logs(void)
{
	static const struct {
		const char *line, *uri, *client;
		int64_t status, time;
	} lines[] = {
		{"502 \"GET /a?b=\\\"c HTTP/1.1\" 203.0.113.9 [12/May/2026:10:00:00 +0000] x", "/a?b=\\\"c", "203.0.113.9", 502,
			1778580000},
		{"shop|203.0.113.9|2026-05-12T12:00:00+02:00|POST|/a|499|7", "/a", "203.0.113.9", 499, 1778580000},
	};
	struct fps_access access;

	CHECK(fps_accessformat_add("%>s \"%r\" %a %t %{UNIQUE_ID}e"));
	CHECK(fps_accessformat_add("$host|$remote_addr|$time_iso8601|$request_method|$request_uri|$status|$connection"));
	CHECK(!fps_accessformat_add("$host $status"));
	CHECK(!fps_accessformat_add("words"));
	for (size_t i = 0; i < COUNT(lines); i++) {
		UNIT_CASE(lines[i].line);
		if (CHECK(fps_accesslog_parse((struct fps_span) {lines[i].line, strlen(lines[i].line)}, &access))) {
			CHECK_STR(access.uri.at, access.uri.len, lines[i].uri);
			CHECK_STR(access.client.at, access.client.len, lines[i].client);
			CHECK_INT(access.status, lines[i].status);
			CHECK_INT(access.time, lines[i].time);
		}
	}
	UNIT_CASE("");
}

static void all(void)
{
	setenv("TZ", "UTC", 1);
	envelopes_come_off();
	a_zone_is_found();
	kinds_are_recognised();
	entries_are_put_together();
	skipping_changes_nothing();
	nearly_all_is_skipped();
	encodings();
	formats_of_access_logs();
	fps_logorigin_free(&streams);
}

UNIT_MAIN(TEST(all))
