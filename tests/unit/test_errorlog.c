/* errorlog.c: entries of nginx's error log, real ones, hostile ones and broken ones. */
#include "unit.h"

#include "log/nginxjson.h"

#include <errno.h>

#define START "2026/11/22 06:55:57 [error] 29133#29133: *2 "
#define END \
	", client: 127.0.0.1, server: , request: \"GET /index.php?a=1 HTTP/1.1\", upstream: " \
	"\"fastcgi://unix:/run/php/fpm.sock:\", host: \"127.0.0.1:49645\""
#define WORDS "fpmsentinel: segfault in a() (record 01a2064243bb00025e2b2f6e0d6a1c77)"
#define ID "01a2064243bb00025e2b2f6e0d6a1c77"

static const struct {
	const char *message;
	enum fps_kind kind;
	enum fps_upstream_phase phase;
	int error;
} failures[] = {
	{"recv() failed (104: Connection reset by peer) while reading response header from upstream", FPS_KIND_RESET,
		FPS_UPSTREAM_HEADER, ECONNRESET},
	{"readv() failed (104: Connection reset by peer) while reading upstream", FPS_KIND_RESET, FPS_UPSTREAM_BODY,
		ECONNRESET},
	{"recv() failed (104: Connection reset by peer) while reading upstream", FPS_KIND_RESET, FPS_UPSTREAM_BODY,
		ECONNRESET},
	{"writev() failed (104: Connection reset by peer) while sending request to upstream", FPS_KIND_RESET,
		FPS_UPSTREAM_SEND, ECONNRESET},
	{"writev() failed (32: Broken pipe) while sending request to upstream", FPS_KIND_RESET, FPS_UPSTREAM_SEND, EPIPE},
	{"recv() failed (104: Connection reset by peer) while sending to client", FPS_KIND_RESET, FPS_UPSTREAM_BODY,
		ECONNRESET},
	{"upstream prematurely closed connection while sending to client", FPS_KIND_EOF, FPS_UPSTREAM_BODY, 0},
	{"connect() failed (104: Connection reset by peer) while connecting to upstream", FPS_KIND_RESET,
		FPS_UPSTREAM_CONNECT, ECONNRESET},
	{"connect() failed (111: Connection refused) while connecting to upstream", FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT,
		ECONNREFUSED},
	{"connect() to unix:/run/php/fpm.sock failed (11: Resource temporarily unavailable) while connecting to upstream",
		FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT, EAGAIN},
	{"connect() to unix:/run/php/fpm.sock failed (2: No such file or directory) while connecting to upstream",
		FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT, ENOENT},
	{"connect() to unix:/run/php/fpm.sock failed (13: Permission denied) while connecting to upstream",
		FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT, EACCES},
	{"upstream prematurely closed connection while reading response header from upstream", FPS_KIND_EOF,
		FPS_UPSTREAM_HEADER, 0},
	{"upstream prematurely closed connection while reading upstream", FPS_KIND_EOF, FPS_UPSTREAM_BODY, 0},
	{"upstream timed out (110: Connection timed out) while reading response header from upstream", FPS_KIND_TIMEOUT,
		FPS_UPSTREAM_HEADER, ETIMEDOUT},
	{"upstream timed out (110: Connection timed out) while reading upstream", FPS_KIND_TIMEOUT, FPS_UPSTREAM_BODY,
		ETIMEDOUT},
	{"upstream timed out (110: Connection timed out) while connecting to upstream", FPS_KIND_TIMEOUT,
		FPS_UPSTREAM_CONNECT, ETIMEDOUT},
	{"upstream timed out (110: Connection timed out) while sending request to upstream", FPS_KIND_TIMEOUT,
		FPS_UPSTREAM_SEND, ETIMEDOUT},
	{"upstream sent too big header while reading response header from upstream", FPS_KIND_BIG_HEADER,
		FPS_UPSTREAM_HEADER, 0},
	{"upstream sent invalid header: \"a\\x20b: c\" while reading response header from upstream",
		FPS_KIND_INVALID_HEADER, FPS_UPSTREAM_HEADER, 0},
	{"upstream prematurely closed FastCGI stdout while reading response header from upstream", FPS_KIND_INCOMPLETE,
		FPS_UPSTREAM_HEADER, 0},
	{"upstream closed prematurely FastCGI stdout while reading response header from upstream", FPS_KIND_INCOMPLETE,
		FPS_UPSTREAM_HEADER, 0},
	{"upstream prematurely closed FastCGI request while reading upstream", FPS_KIND_INCOMPLETE, FPS_UPSTREAM_BODY, 0},
	/* FreeBSD and macOS; musl */
	{"recv() failed (54: Connection reset by peer) while reading response header from upstream", FPS_KIND_RESET,
		FPS_UPSTREAM_HEADER, ECONNRESET},
	{"kevent() reported that connect() failed (61: Connection refused) while connecting to upstream", FPS_KIND_CONNECT,
		FPS_UPSTREAM_CONNECT, ECONNREFUSED},
	{"connect() to unix:/run/php/fpm.sock failed (35: Resource temporarily unavailable) while connecting to upstream",
		FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT, EAGAIN},
	{"upstream timed out (60: Operation timed out) while reading upstream", FPS_KIND_TIMEOUT, FPS_UPSTREAM_BODY,
		ETIMEDOUT},
	{"connect() failed (49: Can't assign requested address) while connecting to upstream", FPS_KIND_CONNECT,
		FPS_UPSTREAM_CONNECT, EADDRNOTAVAIL},
	{"connect() failed (113: Host is unreachable) while connecting to upstream", FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT,
		EHOSTUNREACH},
	{"connect() failed (1234: Something new) while connecting to upstream", FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT,
		1234},
	/* nginx's own faults */
	{"open() \"/var/lib/nginx/tmp/fastcgi/7/01/0000000017\" failed (13: Permission denied) while reading upstream",
		FPS_KIND_TEMP_FILE, FPS_UPSTREAM_BODY, EACCES},
	{"mkdir() \"/var/lib/nginx/fastcgi/7\" failed (30: Read-only file system) while reading upstream",
		FPS_KIND_TEMP_FILE, FPS_UPSTREAM_BODY, EROFS},
	{"pwritev() \"/var/lib/nginx/fastcgi/3/05/0000000053\" failed (28: No space left on device) while reading upstream",
		FPS_KIND_TEMP_FILE, FPS_UPSTREAM_BODY, ENOSPC},
	{"pwritev() \"/var/lib/nginx/fastcgi/3/05/0000000053\" has written only 4096 of 8192 while reading upstream",
		FPS_KIND_TEMP_FILE, FPS_UPSTREAM_BODY, 0},
	{"open() \"/var/cache/nginx/c/29/b7f54b2df7773722d382f4809d65029c.0000000012\" failed (13: Permission denied) "
	 "while reading upstream",
		FPS_KIND_CACHE_FILE, FPS_UPSTREAM_BODY, EACCES},
	{"rename() \"/var/cache/nginx/tmp/0000000012\" to \"/var/cache/nginx/php/1/ab/4f2c\" failed (18: Invalid "
	 "cross-device link) while reading upstream",
		FPS_KIND_CACHE_FILE, FPS_UPSTREAM_BODY, 18},
	{"socket() failed (24: Too many open files) while connecting to upstream", FPS_KIND_NO_FILES, FPS_UPSTREAM_CONNECT,
		EMFILE},
	{"socket() failed (24: No file descriptors available) while connecting to upstream", FPS_KIND_NO_FILES,
		FPS_UPSTREAM_CONNECT, EMFILE},
	{"open() \"/var/lib/nginx/tmp/fastcgi/7/01/0000000017\" failed (24: Too many open files) while reading upstream",
		FPS_KIND_NO_FILES, FPS_UPSTREAM_BODY, EMFILE},
	{"1024 worker_connections are not enough while connecting to upstream", FPS_KIND_NO_CONNECTIONS,
		FPS_UPSTREAM_CONNECT, 0},
	{"php could not be resolved (110: Operation timed out)", FPS_KIND_RESOLVE, FPS_UPSTREAM_UNKNOWN, 0},
	{"no resolver defined to resolve php", FPS_KIND_RESOLVE, FPS_UPSTREAM_UNKNOWN, 0},
	{"no live upstreams while connecting to upstream", FPS_KIND_OTHER, FPS_UPSTREAM_CONNECT, 0},
	{"epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too while "
	 "sending request to upstream",
		FPS_KIND_CLIENT_ABORT, FPS_UPSTREAM_SEND, 0},
	{"FastCGI sent in stderr: \"PHP message: PHP Fatal error:  Uncaught Exception: a\nStack trace:\n#0 {main}\n  "
	 "thrown\" while reading response header from upstream",
		FPS_KIND_STDERR, FPS_UPSTREAM_HEADER, 0},
	{"FastCGI sent in stderr: \"" WORDS "\" while reading upstream", FPS_KIND_STDERR, FPS_UPSTREAM_BODY, 0},
	{"FastCGI sent in stderr: \"" WORDS "\" while sending to client", FPS_KIND_STDERR, FPS_UPSTREAM_BODY, 0},
};

static enum fps_errorlog_kind parse(const char *entry, struct fps_errorlog_entry *line)
{
	return fps_errorlog_parse((struct fps_span) {entry, strlen(entry)}, line);
}

static void failures_are_told_apart(void)
{
	struct fps_errorlog_entry line;
	char entry[2048];

	for (size_t i = 0; i < COUNT(failures); i++) {
		UNIT_CASE(failures[i].message);
		snprintf(entry, sizeof(entry), START "%s" END, failures[i].message);
		if (!CHECK_INT(parse(entry, &line), FPS_ERRORLOG_FAILURE)) {
			continue;
		}
		CHECK_INT(line.kind, failures[i].kind);
		CHECK_INT(line.phase, failures[i].phase);
		CHECK_INT(line.error, failures[i].error);
		CHECK_INT(line.pid, 29133);
		CHECK_INT(line.connection, 2);
		CHECK_INT(line.time, 1795330557);
		CHECK_STR(line.message.at, line.message.len, failures[i].message);
		CHECK_STR(line.client.at, line.client.len, "127.0.0.1");
		CHECK_STR(line.server.at, line.server.len, "");
		CHECK_STR(line.method.at, line.method.len, "GET");
		CHECK_STR(line.uri.at, line.uri.len, "/index.php?a=1");
		CHECK_STR(line.upstream.at, line.upstream.len, "fastcgi://unix:/run/php/fpm.sock:");
		CHECK_STR(line.host.at, line.host.len, "127.0.0.1:49645");
	}
}

/* With fastcgi_request_buffering off nginx reads from the client while it is busy with the upstream. */
static void at_info_it_is_the_client(void)
{
	static const char *const messages[] = {
		"client prematurely closed connection while sending request to upstream",
		"client timed out (110: Connection timed out) while sending request to upstream",
		"recv() failed (104: Connection reset by peer) while sending request to upstream",
	};
	struct fps_errorlog_entry line;
	char entry[1024];

	for (size_t i = 0; i < COUNT(messages); i++) {
		int len = snprintf(entry, sizeof(entry), "2026/11/22 06:55:57 [info] 29133#29133: *2 %s" END, messages[i]);

		CHECK_INT(fps_errorlog_parse((struct fps_span) {entry, (size_t) len}, &line), FPS_ERRORLOG_FAILURE);
		CHECK_INT(line.kind, FPS_KIND_CLIENT_ABORT);
	}
}

/* The target is what REQUEST_URI is, and the request's own where a subrequest failed. */
static void targets(void)
{
	static const struct {
		const char *request, *uri;
	} lines[] = {
		{"GET /a?b=1 HTTP/1.1", "/a?b=1"},
		{"GET /a?b=1", "/a?b=1"},
		{"GET http://shop.example:8080/a?b=/c HTTP/1.1", "/a?b=/c"},
		{"GET https://shop.example HTTP/1.1", "/"},
		{"GET /a?b=http://shop.example/c HTTP/1.1", "/a?b=http://shop.example/c"},
		{"GET /page.html HTTP/1.1\", subrequest: \"/part.php", "/page.html"},
		{"GET http://shop.example/page.html HTTP/1.1\", subrequest: \"/part.php", "/page.html"},
	};
	struct fps_errorlog_entry line;
	char entry[1024];

	for (size_t i = 0; i < COUNT(lines); i++) {
		UNIT_CASE(lines[i].request);
		snprintf(entry, sizeof(entry),
			START "recv() failed (104: Connection reset by peer) while reading response header from upstream, client: "
				  "::1, server: , request: \"%s\", upstream: \"fastcgi://unix:/run/php/fpm.sock:\", host: \"a\"",
			lines[i].request);
		CHECK_INT(parse(entry, &line), FPS_ERRORLOG_FAILURE);
		CHECK_STR(line.method.at, line.method.len, "GET");
		CHECK_STR(line.uri.at, line.uri.len, lines[i].uri);
		CHECK_STR(line.host.at, line.host.len, "a");
	}
}

static void upstreams(void)
{
	static const char real[] = "fastcgi://unix:/run/a.sock:";
	static const struct {
		const char *text;
		bool doubtful;
	} lines[] = {
		{"GET /a HTTP/1.1\", upstream: \"fastcgi://unix:/run/a.sock:\", host: \"a\"", false},
		{"GET /a\", upstream: \"fastcgi://unix:/run/a.sock:\", host: \"a\"", false},
		{"GET /a HTTP/1.1\", upstream: \"fastcgi://unix:/run/a.sock:", true}, /* cut, as it may be within the address */
		/* an URL; nginx since 1.21.1 has no blanks in it */
		{"GET /\", upstream: \"http://e/\", host: \"b HTTP/1.1\", upstream: \"fastcgi://unix:/run/a.sock:\", host: "
		 "\"a\"",
			true},
		{"GET /\", upstream: \"http://e/\", host: \"b HTTP/2.0\", upstream: \"fastcgi://unix:/run/a.sock:\", host: "
		 "\"a\"",
			true},
		/* a Referer */
		{"GET /a HTTP/1.1\", upstream: \"fastcgi://unix:/run/a.sock:\", host: \"a\", referrer: \"\", upstream: "
		 "\"http://e\"",
			true},
		{"GET /a HTTP/1.1\", upstream: \"fastcgi://unix:/run/a.sock:\", host: \"a\", referrer: \"x HTTP/1.1\", "
		 "upstream: \"http://e\"",
			true},
		{"GET /a HTTP/1.1\", subrequest: \"/b\", upstream: \"fastcgi://unix:/run/a.sock:\", host: \"a\", referrer: \"x "
		 "HTTP/1.1\", upstream: \"http://e\"",
			true},
		{"GET /a HTTP/1.1\", subrequest: \"/b\", upstream: \"fastcgi://unix:/run/a.sock:\", host: \"a\"", false},
	};
	struct fps_errorlog_entry line;

	for (size_t i = 0; i < COUNT(lines); i++) {
		char entry[1024];
		int len = snprintf(entry, sizeof entry,
			START "recv() failed (104: Connection reset by peer) while reading response header from upstream, client: "
				  "::1, server: , request: \"%s",
			lines[i].text);

		UNIT_CASE(lines[i].text);
		CHECK_INT(fps_errorlog_parse((struct fps_span) {entry, (size_t) len}, &line), FPS_ERRORLOG_FAILURE);
		CHECK_STR(line.upstream.at, line.upstream.len, real);
		CHECK_INT(line.doubtful, lines[i].doubtful);
	}
	UNIT_CASE("");
}

static const struct {
	const char *entry;
	enum fps_errorlog_kind what;
} no_failures[] = {
	{"", FPS_ERRORLOG_GARBAGE},
	{"nginx: [warn] the \"listen ... http2\" directive is deprecated in /etc/nginx/x.conf:1", FPS_ERRORLOG_OTHER},
	{"upstream", FPS_ERRORLOG_GARBAGE},
	{"2026/11/22 06:55:57 [", FPS_ERRORLOG_GARBAGE},
	{"2026/11/22 06:55:57 [error] upstream", FPS_ERRORLOG_GARBAGE},
	{START "[lua] header_filter_by_lua(a.conf:12):3: a while reading response header from upstream" END,
		FPS_ERRORLOG_OTHER},
	{"2026/11/22 06:55:57 [info] 1#1: *2 [lua] a.lua:3: a while reading response header from upstream" END,
		FPS_ERRORLOG_OTHER},
	{START "lua entry thread aborted: runtime error: a.lua:3: a while reading response header from upstream" END,
		FPS_ERRORLOG_OTHER},
	{START "failed to run header_filter_by_lua*: a while reading response header from upstream" END,
		FPS_ERRORLOG_OTHER},
	{START "[client 127.0.0.1] ModSecurity: Access denied with code 403 (phase 4). Matched [id \"9\"] while "
		   "reading upstream" END,
		FPS_ERRORLOG_OTHER},
	{START "ModSecurity: a failed (1: b) while reading upstream" END, FPS_ERRORLOG_OTHER},
	{START "auth request unexpected status: 502 while sending to client" END, FPS_ERRORLOG_OTHER},
	{START "open() \"/srv/50x.html\" failed (2: No such file or directory) while reading response header from "
		   "upstream" END,
		FPS_ERRORLOG_OTHER},
	{START "setsockopt(TCP_NODELAY) failed (22: Invalid argument), ignored while connecting to upstream" END,
		FPS_ERRORLOG_OTHER},
	{"2026/11/22 06:55:57 [info] 1#1: *2 upstream sent too big early hints while reading response header from "
	 "upstream" END,
		FPS_ERRORLOG_OTHER},
	{START "client intended to send too large body: 9 bytes" END, FPS_ERRORLOG_OTHER},
	{START "connect() failed (111: Connection refused) while requesting certificate status, responder: a, peer: "
		   "127.0.0.1:80" END,
		FPS_ERRORLOG_OTHER},
	/* other protocols, proxies of mail and of streams */
	{START "connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: "
		   "0.0.0.0:993, login: \"a@b.example\", "
		   "upstream: 192.0.2.9:143",
		FPS_ERRORLOG_FOREIGN},
	{START "connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: "
		   "0.0.0.0:3306, upstream: \"192.0.2.5:3306\", "
		   "bytes from/to client:0/0, bytes from/to upstream:0/0",
		FPS_ERRORLOG_FOREIGN},
	{START "upstream timed out (110: Connection timed out) while proxying connection, udp client: 192.0.2.1, "
		   "server: 0.0.0.0:53, upstream: \"192.0.2.5:53\", "
		   "bytes from/to client:0/0, bytes from/to upstream:0/0",
		FPS_ERRORLOG_OTHER},
	{START "SSL_do_handshake() failed (SSL: error:0A) while SSL handshaking to upstream, client: 127.0.0.1, "
		   "server: , request: \"GET / HTTP/1.1\", "
		   "upstream: \"https://127.0.0.1/\"",
		FPS_ERRORLOG_FOREIGN},
	{START "upstream prematurely closed connection while reading response header from upstream, client: 127.0.0.1, "
		   "server: , "
		   "request: \"GET / HTTP/1.1\", upstream: \"uwsgi://127.0.0.1:80\", host: \"a\"",
		FPS_ERRORLOG_FOREIGN},
	{START "upstream timed out (110: Connection timed out) while reading response header from upstream, client: "
		   "127.0.0.1, server: , "
		   "request: \"GET / HTTP/2.0\", upstream: \"grpc://127.0.0.1:80\", host: \"a\"",
		FPS_ERRORLOG_FOREIGN},
	{START "no live upstreams while connecting to upstream, client: 127.0.0.1, server: , request: \"GET / "
		   "HTTP/1.1\", upstream: \"memcached://a\"",
		FPS_ERRORLOG_FOREIGN},
	{"2026/11/22 06:55:57 [info] 1#1: *2 client prematurely closed connection while reading upstream, client: "
	 "127.0.0.1, server: , "
	 "request: \"GET / HTTP/1.1\", upstream: \"http://127.0.0.1:80/\"",
		FPS_ERRORLOG_OTHER},
	{"2026/13/22 06:55:57 [error] 1#1: *2 upstream sent too big header while reading response header from "
	 "upstream" END,
		FPS_ERRORLOG_GARBAGE},
	{"2026/11/22 06:55:57 [notice] 1#1: upstream", FPS_ERRORLOG_OTHER},
	{"2026/11/22 06:55:57 [error] 1#1: *3 open() \"/srv/upstream\" failed (2: No such file or directory), client: "
	 "::1, server: ",
		FPS_ERRORLOG_OTHER},
	{"2026/11/22 06:55:57 [warn] 1#1: *3 an upstream response is buffered to a temporary file /a while reading "
	 "upstream" END,
		FPS_ERRORLOG_OTHER},
	{START "send() failed (104: Connection reset by peer) while sending to client" END, FPS_ERRORLOG_OTHER},
	{START "FastCGI sent in stderr: \"PHP message: PHP Warning:  a\" while reading response header from upstream" END,
		FPS_ERRORLOG_OTHER},
	{START "FastCGI sent in stderr: \"PHP message: " WORDS "\" while reading response header from upstream" END,
		FPS_ERRORLOG_OTHER},
	{START "recv() failed (104: Connection reset by peer) while reading response header from upstream, client: "
		   "127.0.0.1, server: , "
		   "request: \"GET / HTTP/1.1\", upstream: \"http://127.0.0.1:80/\"",
		FPS_ERRORLOG_FOREIGN},
};

static void others_are_no_failures(void)
{
	struct fps_errorlog_entry line;

	for (size_t i = 0; i < COUNT(no_failures); i++) {
		UNIT_CASE(no_failures[i].entry);
		CHECK_INT(parse(no_failures[i].entry, &line), no_failures[i].what);
	}
}

static void last_words_name_a_record(void)
{
	static const struct {
		const char *said, *id;
	} cases[] = {
		{WORDS, ID},
		{"PHP message: PHP Warning:  a\n" WORDS, ID},
		{"PHP message: PHP Fatal error:  said " WORDS, ""},
		{"PHP message: PHP Fatal error:  a\nfpmsentinel: segfault (record 01a2064243bb00025e2b2f6e0d6a1c7)", ""},
		{"PHP message: PHP Fatal error:  a\nfpmsentinel: segfault (record 01A2064243BB00025E2B2F6E0D6A1C77)", ""},
		{"PHP message: PHP Fatal error:  a\nfpmsentinel: segfault (record 01a2064243bb00025e2b2f6e0d6a1c77", ""},
	};
	struct fps_errorlog_entry line;
	char entry[2048];

	for (size_t i = 0; i < COUNT(cases); i++) {
		UNIT_CASE(cases[i].said);
		snprintf(entry, sizeof(entry),
			START "FastCGI sent in stderr: \"%s\" while reading response header from upstream" END, cases[i].said);
		CHECK_INT(parse(entry, &line), FPS_ERRORLOG_FAILURE);
		CHECK_STR(line.event_id.at ? line.event_id.at : "", line.event_id.len, cases[i].id);
		CHECK_STR(line.said.at, line.said.len, cases[i].said);
	}
}

/* What others can write into the line must not be taken for what nginx does. */
static void nobody_else_speaks_for_nginx(void)
{
	static const char *const hostile[] = {
		START "FastCGI sent in stderr: \"PHP message: PHP Fatal error:  a, client: 6.6.6.6, server: x, request: \"GET "
			  "/x HTTP/1.1\"\" while reading response header from upstream" END,
		START "recv() failed (104: Connection reset by peer) while reading response header from upstream" END
			  ", referrer: \"x, client: 6.6.6.6, server: x, request: \"GET /x HTTP/1.1\", upstream: \"fastcgi://x\"\"",
		/* a page has logged nginx's log, and a client sent it as its Referer */
		START "FastCGI sent in stderr: \"PHP message: PHP Fatal error:  a: 2026/11/22 06:55:56 [error] 1#1: *9 recv() "
			  "failed (104: Connection reset by peer) while "
			  "reading response header from upstream, client: 6.6.6.6, server: x, request: \"GET /x HTTP/1.1\", "
			  "upstream: \"fastcgi://x\", host: \"x\"\" while "
			  "reading response header from upstream" END,
		START "FastCGI sent in stderr: \"PHP message: PHP Fatal error:  a: FastCGI sent in stderr: \"b\" while reading "
			  "upstream, client: 6.6.6.6, server: x, "
			  "request: \"GET /x HTTP/1.1\", host: \"x\"\" while reading response header from upstream" END,
		START
		"FastCGI sent in stderr: \"PHP message: PHP Fatal error:  a\" while reading response header from upstream" END
		", referrer: \"x\" while reading upstream, client: 6.6.6.6, server: x, request: \"GET /x HTTP/1.1\", upstream: "
		"\"fastcgi://x\"\"",
		START "upstream sent invalid header: \"a, client: 6.6.6.6, server: x\" while reading response header from "
			  "upstream" END,
		START "upstream prematurely closed connection while reading upstream" END
			  ", referrer: \"connect() failed (111: Connection refused) while connecting to upstream\"",
	};
	struct fps_errorlog_entry line;

	for (size_t i = 0; i < COUNT(hostile); i++) {
		UNIT_CASE(hostile[i]);
		CHECK_INT(parse(hostile[i], &line), FPS_ERRORLOG_FAILURE);
		CHECK_STR(line.client.at, line.client.len, "127.0.0.1");
		CHECK_STR(line.uri.at, line.uri.len, "/index.php?a=1");
		CHECK(line.error != ECONNREFUSED);
	}
}

/* nginx's limit is 2,048 bytes for an entry. */
static void cut_entries(void)
{
	static const struct {
		const char *entry;
		enum fps_errorlog_kind what;
		const char *uri;
	} entries[] = {
		{START "recv() failed (104: Connection reset by peer) while reading response header from upstream",
			FPS_ERRORLOG_FAILURE, ""},
		{START "recv() failed (104: Connection reset by peer) while reading response header from upstream, client: 127",
			FPS_ERRORLOG_FAILURE, ""},
		{START "recv() failed (104: Connection reset by peer) while reading response header from upstream, client: "
			   "127.0.0.1, server: , request: \"GET /a?b",
			FPS_ERRORLOG_FAILURE, "/a?b"},
		{START "recv() failed (104: Connection reset by peer) while reading response header from upstream, client: "
			   "127.0.0.1, server: , request: \"GET /a HTTP/1.1\", "
			   "upstream: \"fas",
			FPS_ERRORLOG_FAILURE, "/a"},
		{START "recv() failed (104: Connection reset by peer) while reading response header from upstream, client: "
			   "127.0.0.1, server: , request: \"GET /a HTTP/1.1\", "
			   "upstream: \"ht",
			FPS_ERRORLOG_FOREIGN, "/a"},
		{START "FastCGI sent in stderr: \"PHP message: PHP Fatal error:  Uncaught Error: a in /srv/a.php:3\nStack "
			   "trace:\n#0 /srv/b.p",
			FPS_ERRORLOG_FAILURE, ""},
		{START "FastCGI sent in stderr: \"PHP message: PHP Warning:  a, client: b, server: c, request: \"GET /x "
			   "HTTP/1.1\"",
			FPS_ERRORLOG_OTHER, ""},
	};
	struct fps_errorlog_entry line;

	for (size_t i = 0; i < COUNT(entries); i++) {
		UNIT_CASE(entries[i].entry);
		CHECK_INT(parse(entries[i].entry, &line), entries[i].what);
		CHECK(line.is_cut || entries[i].what == FPS_ERRORLOG_OTHER);
		CHECK_STR(line.uri.at ? line.uri.at : "", line.uri.len, entries[i].uri);
	}
}

/* Cut at any byte, an entry says nothing that it does not say as a whole, and is never about something else. */
static void cut_anywhere(void)
{
	static const struct {
		const char *message;
		int error;
	} messages[] = {
		{"recv() failed (104: Connection reset by peer) while reading response header from upstream", ECONNRESET},
		{"writev() failed (32: Broken pipe) while sending request to upstream", EPIPE},
		{"upstream timed out (110: Connection timed out) while reading response header from upstream", ETIMEDOUT},
		{"upstream prematurely closed connection while reading upstream", 0},
		{"connect() to unix:/run/a.sock failed (2: No such file or directory) while connecting to upstream", ENOENT},
	};
	static const char *const marks[] = {"", "...", ">", "$"};
	struct fps_errorlog_entry whole, line;
	char entry[1024], cut[1024];

	for (size_t i = 0; i < COUNT(messages); i++) {
		size_t len = (size_t) snprintf(entry, sizeof(entry), START "%s" END, messages[i].message);
		bool was_known = false;

		parse(entry, &whole);
		for (size_t end = 23; end <= len; end++) {
			snprintf(
				cut, sizeof(cut), "%.*s%s", (int) end, entry, end < strlen(START) ? "" : marks[end % COUNT(marks)]);
			UNIT_CASE(cut);

			enum fps_errorlog_kind what = parse(cut, &line);

			CHECK(what == FPS_ERRORLOG_FAILURE || (!was_known && what == FPS_ERRORLOG_GARBAGE));
			was_known = what == FPS_ERRORLOG_FAILURE;
			CHECK(line.error == 0 || line.error == messages[i].error);
			CHECK(!was_known || line.phase == FPS_UPSTREAM_UNKNOWN || line.phase == whole.phase);
			CHECK(line.uri.at == NULL || line.uri.len == whole.uri.len || memchr(line.uri.at, '?', line.uri.len));
			CHECK(line.uri.at == NULL || memcmp(line.uri.at, whole.uri.at, line.uri.len) == 0);
		}
		CHECK_INT(line.error, messages[i].error);
	}
}

/* What PHP said may hold lines of a log: nginx's own quote around it says so. */
static void quoted_lines_belong_to_the_entry(void)
{
	static const char
		frame[] = START "FastCGI sent in stderr: \"PHP message: tail:",
		quoted[] = "\n2026/11/22 06:55:50 [error] 1#1: *9 recv() failed (104: Connection reset by peer) while reading "
				   "response header from upstream, "
				   "client: 6.6.6.6, server: x, request: \"GET /x HTTP/1.1\", upstream: \"fastcgi://x\", host: \"x\"",
		end[] = "\" while reading response header from upstream" END;
	char entry[4096];

	snprintf(entry, sizeof(entry), "%s%s%s", frame, quoted, end);
	CHECK(!fps_errorlog_is_whole((struct fps_span) {entry, strlen(frame)}));
	CHECK(!fps_errorlog_is_whole((struct fps_span) {entry, strlen(frame) + strlen(quoted)}));
	CHECK(fps_errorlog_is_whole((struct fps_span) {entry, strlen(entry)}));
	/* nothing but what PHP said has several lines */
	CHECK(fps_errorlog_is_whole((struct fps_span) {quoted + 1, strlen(quoted) - 1}));
	/* nginx has cut it: what follows is another entry */
	memset(entry, 'a', sizeof(entry));
	memcpy(entry, frame, strlen(frame));
	CHECK(fps_errorlog_is_whole((struct fps_span) {entry, 2047}));
}

/* As NGINX Plus writes it since R37. */
static void json(void)
{
	static const char entry[] =
		"{\"level\":\"error\",\"timestamp\":\"2026-11-22T08:55:57.042+02:00\",\"pid\":29133,\"tid\":29133,\"cnum\":2,"
		"\"msg\":\"%s\",\"client\":\"127.0.0.1\",\"server\":\"\",\"request\":\"GET /a\\\"?b=\\u00e4 "
		"HTTP/1.1\",\"upstream\":\"%s\","
		"\"host\":\"a\",\"errno\":%d,\"errtext\":\"%s\"%s}";
	static const struct {
		const char *message, *upstream;
		int number;
		const char *text;
		enum fps_errorlog_kind what;
		enum fps_kind kind;
		enum fps_upstream_phase phase;
	} lines[] = {
		{"connect() failed", "fastcgi://127.0.0.1:9000", 111, "Connection refused", FPS_ERRORLOG_FAILURE,
			FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT},
		{"connect() failed", "http://127.0.0.1:8080/api", 111, "Connection refused", FPS_ERRORLOG_FOREIGN,
			FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT},
		{"recv() failed", "fastcgi://127.0.0.1:9000", 104, "Connection reset by peer", FPS_ERRORLOG_FAILURE,
			FPS_KIND_RESET, FPS_UPSTREAM_UNKNOWN},
		{"open() \\\"/srv/a\\\" failed", "fastcgi://127.0.0.1:9000", 2, "No such file or directory", FPS_ERRORLOG_OTHER,
			FPS_KIND_OTHER, FPS_UPSTREAM_UNKNOWN},
	};
	struct fps_errorlog_entry line;
	char text[1024], room[FPS_NGINXJSON_ROOM];

	for (size_t i = 0; i < COUNT(lines); i++) {
		int len = snprintf(text, sizeof(text), entry, lines[i].message, lines[i].upstream, lines[i].number,
			lines[i].text, i == 2 ? ",\"truncated\":1" : "");

		UNIT_CASE(text);
		CHECK(fps_nginxjson_begins(text, (size_t) len));
		CHECK_INT(fps_nginxjson_parse((struct fps_span) {text, (size_t) len}, room, &line), lines[i].what);
		CHECK_INT(line.kind, lines[i].kind);
		CHECK_INT(line.phase, lines[i].phase);
		CHECK_INT(line.time, 1795330557);
		CHECK_INT(line.pid, 29133);
		CHECK_INT(line.connection, 2);
		CHECK_INT(line.is_cut, i == 2);
		CHECK_STR(line.client.at, line.client.len, "127.0.0.1");
		CHECK_STR(line.method.at, line.method.len, "GET");
		CHECK_STR(line.uri.at, line.uri.len, "/a\"?b=\303\244");
		CHECK_STR(line.upstream.at, line.upstream.len, lines[i].upstream);
		CHECK_STR(line.host.at, line.host.len, "a");
		CHECK_INT(fps_nginxjson_parse((struct fps_span) {text, (size_t) len - 1}, room, &line), FPS_ERRORLOG_GARBAGE);
	}
	UNIT_CASE("");
	snprintf(text, sizeof(text), "{\"level\":null,\"pid\":\"\",\"tid\":[],\"timestamp\":null,\"msg\":null}");
	CHECK_INT(fps_nginxjson_parse((struct fps_span) {text, strlen(text)}, room, &line), FPS_ERRORLOG_GARBAGE);
	CHECK(!fps_nginxjson_begins("{\"level\":30,\"time\":1,\"pid\":1,\"msg\":\"a\"}", 40));
}

/* Real entries, changed at random and cut, each in a block of its own that AddressSanitizer guards. */
static void garbage_is_harmless(void)
{
	struct fps_errorlog_entry line;
	char entry[2048];

	for (size_t round = 0; round < 20000; round++) {
		size_t len = (size_t) snprintf(entry, sizeof(entry), START "%s" END, failures[round % COUNT(failures)].message);

		for (size_t changes = unit_random() % 6; changes > 0; changes--) {
			entry[unit_random() % len] = "\"',*:()\n \\x0/[#"[unit_random() % 15];
		}
		len = unit_random() % 3 ? len : unit_random() % len;
		char *copy = malloc(len ? len : 1);

		memcpy(copy, entry, len);
		fps_errorlog_begins(copy, len);
		fps_errorlog_parse((struct fps_span) {copy, len}, &line);
		free(copy);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {TEST(failures_are_told_apart), TEST(at_info_it_is_the_client),
		TEST(targets), TEST(upstreams), TEST(others_are_no_failures), TEST(last_words_name_a_record),
		TEST(nobody_else_speaks_for_nginx), TEST(cut_entries), TEST(cut_anywhere),
		TEST(quoted_lines_belong_to_the_entry), TEST(json), TEST(garbage_is_harmless)};

	setenv("TZ", "UTC", 1);
	return unit_run(tests, COUNT(tests));
}
