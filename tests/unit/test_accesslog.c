/* accesslog.c: whose line it is, in each format, whatever stands in the URI. */
#include "unit.h"

#include "explain/outcome.h"
#include "log/accesslog.h"

#include <stdlib.h>
#include <unistd.h>

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

static void tell(const char *log, const char *const *paths, size_t count, int first)
{
	struct fps_incidents incidents = {0};
	char name[] = "/tmp/test_accesslog.XXXXXX", entry[4096];
	int fd = mkstemp(name);

	CHECK(write(fd, log, strlen(log)) == (ssize_t) strlen(log));
	close(fd);
	for (size_t i = 0; i < count; i++) {
		int len = snprintf(entry, sizeof(entry),
			"2026/11/22 12:00:01 [error] 7#7: *3 recv() failed (104: Connection reset by peer) while reading response "
			"header from upstream, client: 192.0.2.1, server: , request: \"GET %s HTTP/1.1\", upstream: "
			"\"fastcgi://127.0.0.1:9000\"",
			paths[i]);

		fps_incidents_add(&incidents, (struct fps_span) {entry, (size_t) len < 2048 ? (size_t) len : 2048});
	}
	fps_incidents_sort(&incidents);
	CHECK(fps_outcome_read(&incidents, name));
	for (size_t i = 0; i < count; i++) {
		UNIT_CASE(incidents.all[i].uri);
		CHECK_INT(incidents.all[i].status, first + (int) i);
	}
	fps_incidents_free(&incidents);
	unlink(name);
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

int main(void)
{
	static const struct unit_test tests[] = {
		TEST(by_request_uri), TEST(by_request), TEST(by_uri), TEST(by_time), TEST(long_one), TEST(broken)};

	setenv("TZ", "UTC", 1);
	return unit_run(tests, COUNT(tests));
}
