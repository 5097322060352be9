/* accesslog.c: whose line it is, in each format, whatever stands in the URI. */
#include "unit.h"

#include "explain/clientresponse.h"
#include "log/accesslog.h"

#include <stdlib.h>
#include <string.h>

static const char *const uris[] = {"/a?x=1", "/a?x=2", "/a%20b?x=\"1\"", "/caf%C3%A9/\xc3\xa9\\x", "/plain"};

/* What nginx logs of them, in that order, by `escape=json`. */
static const char json[] =
	"{\"pid\":7,\"connection\":\"3\",\"uri\":\"/a\",\"request_uri\":\"/a?x=1\",\"status\":501}\n"
	"{\"pid\":7,\"connection\":\"3\",\"uri\":\"/a\",\"request_uri\":\"/a?x=2\",\"status\":502}\n"
	"{\"pid\":7,\"connection\":\"3\",\"uri\":\"/a b\",\"request_uri\":\"/a%20b?x=\\\"1\\\"\",\"status\":503}\n"
	"{\"pid\":7,\"connection\":\"3\",\"uri\":\"/caf\xc3\xa9/\xc3\xa9\\\\x\",\"request_uri\":\"/caf%C3%A9/"
	"\xc3\xa9\\\\x\",\"status\":504}\n"
	"{\"pid\":7,\"connection\":\"3\",\"uri\":\"/index.php\",\"request_uri\":\"/plain\",\"status\":505}\n";
static const char request[] =
	"{\"pid\":7,\"connection\":\"3\",\"uri\":\"/a\",\"request\":\"GET http://shop.example/a?x=1 "
	"HTTP/1.1\",\"status\":\"501\"}\n"
	"{\"pid\":7,\"connection\":\"3\",\"uri\":\"/a\",\"request\":\"GET /a?x=2 HTTP/1.1\",\"status\":\"502\"}\n"
	"{\"pid\":7,\"connection\":\"3\",\"uri\":\"/a b\",\"request\":\"GET /a%20b?x=\\\"1\\\" "
	"HTTP/1.1\",\"status\":\"503\"}\n"
	"{\"pid\":7,\"connection\":\"3\",\"uri\":\"/index.php\",\"request\":\"GET /caf%C3%A9/\\u00c3\\u00a9\\\\x "
	"HTTP/1.1\",\"status\":\"504\"}\n"
	"{\"pid\":7,\"connection\":\"3\",\"uri\":\"/index.php\",\"request\":\"GET /plain HTTP/1.1\",\"status\":\"505\"}\n";
static const char uri_alone[] =
	"{\"pid\":7,\"connection\":3,\"uri\":\"/a\",\"status\":501}\n"
	"{\"pid\":7,\"connection\":3,\"uri\":\"/a?x=2\",\"status\":502}\n" /* $request_uri under that name */
	"{\"pid\":7,\"connection\":3,\"uri\":\"/a b\",\"status\":503}\n"
	"{\"pid\":7,\"connection\":3,\"uri\":\"/caf\xc3\xa9/\xc3\xa9\\\\x\",\"status\":504}\n"
	"{\"pid\":7,\"connection\":3,\"uri\":\"/other\",\"status\":500}\n"
	"{\"pid\":7,\"connection\":3,\"uri\":\"/plain\",\"status\":505}\n";
static const char combined[] =
	"192.0.2.1 - - [22/Nov/2026:12:00:01 +0000] \"GET http://shop.example/a?x=1 HTTP/1.1\" 501 1 \"-\" \"-\"\n"
	"192.0.2.1 - - [22/Nov/2026:12:00:01 +0000] \"GET /a?x=2 HTTP/1.1\" 502 1 \"-\" \"-\"\n"
	"192.0.2.1 - - [22/Nov/2026:12:00:01 +0000] \"GET /a%20b?x=\\x221\\x22 HTTP/1.1\" 503 1 \"-\" \"-\"\n"
	"192.0.2.1 - - [22/Nov/2026:12:00:01 +0000] \"GET /caf%C3%A9/\\xC3\\xA9\\x5Cx HTTP/1.1\" 504 1 \"-\" \"-\"\n"
	"192.0.2.1 - - [22/Nov/2026:12:00:01 +0000] \"GET /plain\" 505 1 \"-\" \"-\"\n";

static struct fps_incidents incidents;
static struct fps_answers answers;
static struct fps_asked asked[64];
static struct fps_clientresponse outcomes[64];

static void begin(void)
{
	fps_incidents_free(&incidents);
	fps_clientresponse_free(&answers);
	incidents = (struct fps_incidents) {0};
	memset(asked, 0, sizeof(asked));
	memset(outcomes, 0, sizeof(outcomes));
}

/* A line of the error log, at 12:00:SS. */
static void failure(int second, const char *message, const char *request)
{
	char entry[4096];
	int len = snprintf(entry, sizeof(entry),
		"2026/11/22 12:00:%02d [error] 7#7: *3 %s, client: 192.0.2.1, server: , request: \"%s HTTP/1.1\", "
		"upstream: \"fastcgi://127.0.0.1:9000\"",
		second, message, request);
	struct fps_entry line = {.kind = FPS_ENTRY_NGINX, .text = {entry, (size_t) len < 2048 ? (size_t) len : 2048}};

	CHECK_INT(fps_incidents_add(&incidents, &line), FPS_USE_TAKEN);
}

#define RESET "recv() failed (104: Connection reset by peer) while reading response header from upstream"
#define RESET_IN_BODY "readv() failed (104: Connection reset by peer) while reading upstream"

static void find(const char *log)
{
	struct fps_span rest = {log, strlen(log)}, line;

	fps_incidents_sort(&incidents);
	fps_clientresponse_expect(&answers, &incidents);
	while (rest.len) {
		if (!fps_span_take(&rest, "\n", &line)) {
			line = rest;
			rest.len = 0;
		}
		fps_clientresponse_add(&answers, &(struct fps_entry) {.kind = FPS_ENTRY_ACCESS, .text = line});
	}
	for (size_t i = 0; i < incidents.count; i++) {
		asked[i].method = asked[i].method ? asked[i].method : incidents.all[i].method;
		asked[i].uri = asked[i].uri ? asked[i].uri : incidents.all[i].uri;
	}
	fps_clientresponse_find(&answers, &incidents, asked, 0, outcomes);
}

static void tell(const char *log, const char *const *paths, size_t count, int first)
{
	char request[4096];

	begin();
	for (size_t i = 0; i < count; i++) {
		snprintf(request, sizeof(request), "GET %s", paths[i]);
		failure(1, RESET, request);
	}
	find(log);
	for (size_t i = 0; i < count; i++) {
		UNIT_CASE(incidents.all[i].uri);
		CHECK_INT(outcomes[i].status, first + (int) i);
	}
	begin();
}

static void by_request_uri(void)
{
	tell(json, uris, COUNT(uris), 501);
}

static void by_request(void)
{
	tell(request, uris, COUNT(uris), 501);
}

static void by_uri(void)
{
	tell(uri_alone, uris, COUNT(uris), 501);
}

static void by_time(void)
{
	tell(combined, uris, COUNT(uris), 501);
}

/* nginx's error log has the beginning, its access log all of it. */
static void long_one(void)
{
	char uri[3001], log[4096];
	const char *const one[] = {uri};

	memset(uri, 'a', 3000);
	uri[0] = '/';
	uri[3000] = '\0';
	snprintf(log, sizeof(log), "{\"pid\":7,\"connection\":3,\"request_uri\":\"%s\",\"status\":502}\n", uri);
	tell(log, one, 1, 502);
}

/* Where an escape or a string does not end. */
static void broken(void)
{
	static const char *const lines[] = {"{\"status\":502,\"connection\":3,\"uri\":\"/a\\",
		"{\"status\":502,\"connection\":3,\"uri\":\"/a\\x2",
		"{\"status\":502,\"connection\":3,\"request\":\"GET \\u00\"}",
		"{\"status\":502,\"connection\":3,\"request_uri\":\"\\"};
	static const char *const one[] = {"/a%2"};

	for (size_t i = 0; i < COUNT(lines); i++) {
		UNIT_CASE(lines[i]);
		tell(lines[i], one, 1, 0);
	}
}

#define POLL(second, status) \
	"192.0.2.1 - - [22/Nov/2026:12:00:" second " +0000] \"GET /p HTTP/1.1\" " status " 1 \"-\" \"-\"\n"
#define ANSWER(second, status, sent, upstream) \
	"{\"time_iso8601\":\"2026-11-22T12:00:" second \
	"+00:00\",\"remote_addr\":\"192.0.2.1\",\"request_method\":\"GET\"," \
	"\"request_uri\":\"/p\",\"status\":" status ",\"body_bytes_sent\":" sent \
	",\"sent_http_content_length\":\"9\",\"upstream_status\":\"" upstream "\"}\n"
#define KEPT(second, status) \
	"{\"pid\":7,\"connection\":3,\"time_iso8601\":\"2026-11-22T12:00:" second \
	"+00:00\",\"request_uri\":\"/p\",\"status\":" status "}\n"

/* A monitor asks for the same page each second: an answer is that of its own request. */
static void polls(void)
{
	static const struct {
		const char *message, *log;
		int status;
		bool complete, again;
	} cases[] = {
		{RESET, POLL("04", "200") POLL("05", "502") POLL("06", "200"), 502, false, false},
		{RESET, POLL("05", "200") POLL("05", "502"), 502, false, false},
		{RESET, POLL("05", "502") POLL("05", "200"), 502, false, false},
		{RESET, POLL("05", "200") POLL("06", "502"), 502, false, false}, /* the line comes when the request has ended */
		{RESET, POLL("04", "502"), 0, false, false},                     /* but not before the failure */
		{RESET, POLL("09", "502"), 0, false, false},
		{RESET, POLL("05", "200"), 200, false, false}, /* nginx asked another server, perhaps */
		{RESET, ANSWER("04", "200", "9", "502, 200") ANSWER("05", "502", "1", "502"), 502, false, false},
		{RESET, ANSWER("05", "200", "9", "502, 200") ANSWER("05", "200", "9", "200"), 200, true, true},
		{RESET, ANSWER("05", "200", "9", "200") ANSWER("06", "200", "9", "502, 200"), 200, true, true},
		{RESET_IN_BODY, ANSWER("04", "200", "9", "200") ANSWER("05", "200", "4", "200"), 200, false, false},
		{RESET_IN_BODY, ANSWER("05", "200", "9", "200") ANSWER("05", "200", "4", "200"), 200, false, false},
		{RESET_IN_BODY, ANSWER("05", "502", "1", "502") ANSWER("06", "200", "9", "200"), 200, true, false},
		{RESET, KEPT("03", "200") KEPT("04", "200") KEPT("05", "502") KEPT("06", "200"), 502, false, false},
		{RESET, KEPT("06", "200") KEPT("05", "502") KEPT("04", "200"), 502, false, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		UNIT_CASE(cases[i].log);
		begin();
		failure(5, cases[i].message, "GET /p");
		find(cases[i].log);
		CHECK_INT(outcomes[0].status, cases[i].status);
		CHECK_INT(outcomes[0].is_complete, cases[i].complete);
		CHECK_INT(outcomes[0].sent_again, cases[i].again);
	}
	begin();
}

/* Each line is of one request, or of as many failures as it has attempts. */
static void used_once(void)
{
	begin();
	failure(5, RESET, "GET /p");
	failure(5, RESET, "GET /p");
	failure(5, RESET, "GET /p");
	find(POLL("05", "502") POLL("05", "504"));
	CHECK_INT(outcomes[0].status + outcomes[1].status + outcomes[2].status, 502 + 504);

	begin();
	failure(5, RESET, "GET /p");
	failure(5, RESET, "GET /p");
	find(ANSWER("05", "200", "9", "502, 502, 200"));
	CHECK(outcomes[0].status == 200 && outcomes[1].status == 200 && outcomes[0].sent_again && outcomes[1].sent_again);

	begin();
	failure(5, RESET, "GET /p");
	failure(5, RESET, "POST /p");
	find(POLL("05", "502"));
	CHECK_INT(outcomes[0].status, 502);
	CHECK_INT(outcomes[1].status, 0);
	begin();
}

/* Apache's line has no request, but the record has; and its access log the time when that came. */
static void apache(void)
{
	static const struct {
		double started; /* 0: there is no record */
		const char *log;
		int status;
	} cases[] = {
		{1795348801.9, POLL("01", "200") POLL("01", "503"), 503},
		{1795348801.9, POLL("01", "503") POLL("02", "200"), 503},
		{1795348801.9, POLL("01", "200"), 200}, /* cut */
		{1795348801.9, POLL("05", "503"), 0},
		{1795348801.1, "192.0.2.1 - - [22/Nov/2026:12:00:01 +0000] \"GET /q?x=1 HTTP/1.1\" 503 1 \"-\" \"-\"\n", 0},
		{1795348801.1, "192.0.2.1 - - [22/Nov/2026:12:00:01 +0000] \"GET /p?x=1 HTTP/1.1\" 503 1 \"-\" \"-\"\n", 503},
		{0, POLL("20", "503"), 503},
		{0, POLL("01", "503"), 0},
	};
	struct fps_entry line = {.kind = FPS_ENTRY_APACHE,
		.text = FPS_SPAN(
			"[Sun Nov 22 12:00:20.000001 2026] [proxy_fcgi:error] [pid 7:tid 9] (104)Connection reset by peer: "
			"[client 192.0.2.1:34980] AH01075: Error dispatching request to : ")};

	for (size_t i = 0; i < COUNT(cases); i++) {
		UNIT_CASE(cases[i].log);
		begin();
		CHECK_INT(fps_incidents_add(&incidents, &line), FPS_USE_TAKEN);
		if (cases[i].started > 0) {
			asked[0] = (struct fps_asked) {"GET", "/p", true, cases[i].started};
		}
		find(cases[i].log);
		CHECK_INT(outcomes[0].status, cases[i].status);
	}
	begin();
}

int main(void)
{
	static const struct unit_test tests[] = {TEST(by_request_uri), TEST(by_request), TEST(by_uri), TEST(by_time),
		TEST(long_one), TEST(broken), TEST(polls), TEST(used_once), TEST(apache)};

	setenv("TZ", "UTC", 1);
	return unit_run(tests, COUNT(tests));
}
