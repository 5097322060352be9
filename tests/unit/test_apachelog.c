/* apachelog.c: entries of Apache's error log, as measured with Apache 2.4 and of older forms. */
#include "unit.h"

#include "log/apachelog.h"

#include <errno.h>

#define AT "[Sun Nov 22 06:55:57.694184 2026] "
#define PFX AT "[proxy_fcgi:error] [pid 17876:tid 17886] "
#define PROXY AT "[proxy:error] [pid 17876:tid 17886] "
#define CLIENT "[client 192.0.2.10:34980] "
#define ID "01a22a29cabb000332d35498d76f3d8b"

static enum fps_errorlog_kind parse(const char *entry, struct fps_errorlog_entry *line)
{
	return fps_apachelog_parse((struct fps_span) {entry, strlen(entry)}, line);
}

static const struct {
	const char *entry;
	enum fps_kind kind;
	enum fps_upstream_phase phase;
	int error;
} failures[] = {
	{PFX "(104)Connection reset by peer: " CLIENT "AH01075: Error dispatching request to :18090: ", FPS_KIND_RESET,
		FPS_UPSTREAM_UNKNOWN, ECONNRESET},
	{PFX "(104)Connection reset by peer: " CLIENT "AH01075: Error dispatching request to : , referer: https://a/?b, c",
		FPS_KIND_RESET, FPS_UPSTREAM_UNKNOWN, ECONNRESET},
	{PFX "(32)Broken pipe: " CLIENT "AH01075: Error dispatching request to :18090: (sending stdin)", FPS_KIND_RESET,
		FPS_UPSTREAM_SEND, EPIPE},
	{PFX "(70007)The timeout specified has expired: " CLIENT "AH01075: Error dispatching request to :18093: (polling)",
		FPS_KIND_TIMEOUT, FPS_UPSTREAM_UNKNOWN, ETIMEDOUT},
	{PFX "(70014)End of file found: " CLIENT "AH01075: Error dispatching request to :18093: ", FPS_KIND_EOF,
		FPS_UPSTREAM_UNKNOWN, 0},
	{PFX "(22)Invalid argument: " CLIENT "AH01075: Error dispatching request to :18090: ", FPS_KIND_INVALID_HEADER,
		FPS_UPSTREAM_UNKNOWN, EINVAL},
	{PFX "(103)Software caused connection abort: " CLIENT
		 "AH01075: Error dispatching request to : (passing brigade to output filters)",
		FPS_KIND_CLIENT_ABORT, FPS_UPSTREAM_UNKNOWN, ECONNABORTED},
	{PFX CLIENT "Invalid status line from script 'die.php': abc", FPS_KIND_INVALID_HEADER, FPS_UPSTREAM_HEADER, 0},
	{PFX CLIENT "AH01079: failed to make connection to backend: localhost", FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT, 0},
	{PROXY "(70007)The timeout specified has expired: AH00941: FCGI: failed to acquire connection for (kept:8000)",
		FPS_KIND_NO_CONNECTIONS, FPS_UPSTREAM_CONNECT, ETIMEDOUT},
	{PFX CLIENT "AH01071: Got error 'fpmsentinel: segfault in crashme() called at /srv/www/die.php:5 (record " ID ")'",
		FPS_KIND_STDERR, FPS_UPSTREAM_UNKNOWN, 0},
	{PFX CLIENT "AH01071: Got error 'PHP message: PHP Fatal error:  Uncaught Exception: boom in "
				"/srv/www/die.php:13\\nStack trace:\\n#0 {main}'",
		FPS_KIND_STDERR, FPS_UPSTREAM_UNKNOWN, 0},
	/* through syslog there is no time */
	{"[proxy_fcgi:error] [pid 17876:tid 17886] (104)Connection reset by peer: " CLIENT
	 "AH01075: Error dispatching request to :18090: ",
		FPS_KIND_RESET, FPS_UPSTREAM_UNKNOWN, ECONNRESET},
	/* FreeBSD */
	{PFX "(54)Connection reset by peer: " CLIENT "AH01075: Error dispatching request to :18090: ", FPS_KIND_RESET,
		FPS_UPSTREAM_UNKNOWN, ECONNRESET},
	/* formats of one's own: an empty field takes the blank along */
	{"[2026-11-22 06:55:57.219292] [proxy_fcgi:error] [pid 17876:tid 17886] [req awzcF3eiLMAXNmgPpPTojQAAAAU] [uri "
	 "/die.php?k=[segv]] (104)Connection reset by peer: " CLIENT "AH01075: Error dispatching request to :18090: ",
		FPS_KIND_RESET, FPS_UPSTREAM_UNKNOWN, ECONNRESET},
	{AT "[proxy_fcgi:error] [pid 17876:tid 17886] [req [conn [uid (104)Connection reset by peer: " CLIENT
		"AH01075: Error dispatching request to :18090: ",
		FPS_KIND_RESET, FPS_UPSTREAM_UNKNOWN, ECONNRESET},
	{"2026-11-22T06:55:57 web1 proxy_fcgi/error (104)Connection reset by peer: " CLIENT
	 "AH01075: Error dispatching request to :18090: ",
		FPS_KIND_RESET, FPS_UPSTREAM_UNKNOWN, ECONNRESET},
	/* 2.2, mod_fastcgi */
	{"[Sun Nov 22 06:55:57 2026] [error] [client 192.0.2.10] (104)Connection reset by peer: FastCGI: comm with server "
	 "\"/usr/lib/cgi-bin/php5-fcgi\" aborted: read failed",
		FPS_KIND_RESET, FPS_UPSTREAM_UNKNOWN, ECONNRESET},
	{"[Sun Nov 22 06:55:57 2026] [error] [client 192.0.2.10] FastCGI: comm with server \"/usr/lib/cgi-bin/php5-fcgi\" "
	 "aborted: idle timeout (30 sec)",
		FPS_KIND_TIMEOUT, FPS_UPSTREAM_UNKNOWN, ETIMEDOUT},
	{"[Sun Nov 22 06:55:57 2026] [error] [client 192.0.2.10] (2)No such file or directory: FastCGI: failed to connect "
	 "to server \"/usr/lib/cgi-bin/php5-fcgi\": connect() failed",
		FPS_KIND_CONNECT, FPS_UPSTREAM_CONNECT, ENOENT},
	{"[Sun Nov 22 06:55:57 2026] [error] [client 192.0.2.10] FastCGI: server \"/usr/lib/cgi-bin/php5-fcgi\" stderr: "
	 "PHP message: PHP Fatal error:  Call to undefined function a()",
		FPS_KIND_STDERR, FPS_UPSTREAM_UNKNOWN, 0},
};

static void failures_are_told_apart(void)
{
	struct fps_errorlog_entry line;

	for (size_t i = 0; i < COUNT(failures); i++) {
		const char *entry = failures[i].entry;
		bool has_time = strstr(entry, "] [") && strncmp(entry, "[proxy", 6) != 0 && entry[0] == '[',
			 has_pid = strstr(entry, "[pid ") != NULL;

		UNIT_CASE(entry);
		CHECK(fps_apachelog_begins(entry, strlen(entry)));
		if (!CHECK_INT(parse(entry, &line), FPS_ERRORLOG_FAILURE)) {
			continue;
		}
		CHECK_INT(line.web, FPS_WEB_APACHE);
		CHECK_INT(line.kind, failures[i].kind);
		CHECK_INT(line.phase, failures[i].phase);
		CHECK_INT(line.error, failures[i].error);
		CHECK_INT(line.time, has_time ? 1795330557 : -1);
		CHECK_INT(line.pid, has_pid ? 17876 : 0);
		CHECK_INT(line.connection, has_pid ? 17886 : 0);
		if (strstr(entry, "192.0.2.10")) {
			CHECK_STR(line.client.at, line.client.len, "192.0.2.10");
		}
		CHECK_INT(line.client_port, strstr(entry, ":34980") ? 34980 : 0);
	}
	UNIT_CASE("");
}

static void details(void)
{
	struct fps_errorlog_entry line;

	parse(PFX CLIENT "AH01071: Got error 'PHP message: it's\\nfpmsentinel: segfault (record " ID
					 ")\\n', referer: https://a/'",
		&line);
	CHECK_STR(line.said.at, line.said.len, "PHP message: it's\\nfpmsentinel: segfault (record " ID ")\\n");
	CHECK_STR(line.event_id.at, line.event_id.len, ID);
	parse("[2026-11-22 06:55:57] [proxy_fcgi:error] [pid 1] [req awzc] [uri /die.php?k=a[]] (104)Connection reset by "
		  "peer: " CLIENT "AH01075: Error dispatching request to : ",
		&line);
	CHECK_STR(line.request_id.at, line.request_id.len, "awzc");
	CHECK_STR(line.uri.at, line.uri.len, "/die.php?k=a[]");
	CHECK_INT(line.connection, 0);
	parse(PFX "(104)Connection reset by peer: [remote 2001:db8::1:50112] AH01075: Error dispatching request to : , "
			  "referer: https://a/",
		&line);
	CHECK_STR(line.client.at, line.client.len, "2001:db8::1");
	CHECK_INT(line.client_port, 50112);
	CHECK_STR(line.message.at, line.message.len, "AH01075: Error dispatching request to : ");
	/* 2.2 has no port */
	parse("[Sun Nov 22 06:55:57 2026] [error] [client 2001:db8::1] (104)Connection reset by peer: FastCGI: comm with "
		  "server \"/a\" aborted: read failed",
		&line);
	CHECK_STR(line.client.at, line.client.len, "2001:db8::1");
	CHECK_INT(line.client_port, 0);
}

static void others_are_no_failures(void)
{
	static const struct {
		const char *entry;
		enum fps_errorlog_kind what;
	} others[] = {
		{"", FPS_ERRORLOG_GARBAGE},
		{"AH01075: Error dispatching request to : ", FPS_ERRORLOG_GARBAGE},
		{"[Sun Nov 22 06:55:57 2026] php-fpm8.2[4711]: segfault at 0 ip 0 sp 0 error 4",
			FPS_ERRORLOG_GARBAGE}, /* dmesg -T */
		{"[22-Nov-2026 06:55:57] WARNING: [pool www] child 1 exited", FPS_ERRORLOG_GARBAGE},
		{PFX CLIENT "AH01067: Failed to read FastCGI header", FPS_ERRORLOG_OTHER},
		{PFX CLIENT "AH01070: Error parsing script headers", FPS_ERRORLOG_OTHER},
		{PFX CLIENT "End of script output before headers: die.php", FPS_ERRORLOG_OTHER},
		{PFX CLIENT "AH01071: Got error 'Primary script unknown'", FPS_ERRORLOG_OTHER},
		{PFX CLIENT "AH01071: Got error 'PHP message: PHP Warning:  a: PHP Fatal error:  b in c on line 3'",
			FPS_ERRORLOG_OTHER},
		{PFX CLIENT "AH01071: Got error 'PHP message: fpmsentinel: segfault (record " ID ")'", FPS_ERRORLOG_OTHER},
		{PROXY "(111)Connection refused: AH00957: FCGI: attempt to connect to 127.0.0.1:9000 (127.0.0.1:9000) failed",
			FPS_ERRORLOG_OTHER},
		{AT "[core:notice] [pid 1:tid 2] AH00094: Command line: '/usr/sbin/apache2'", FPS_ERRORLOG_OTHER},
		{AT "[authz_core:error] [pid 1:tid 2] [client 192.0.2.10:1] AH01630: client denied by server configuration: "
			"/srv/AH01075: a",
			FPS_ERRORLOG_OTHER},
		{AT "[php:error] [pid 1:tid 2] [client 192.0.2.10:1] PHP Fatal error:  Uncaught Error: a",
			FPS_ERRORLOG_OTHER}, /* mod_php */
		{AT "[proxy_http:error] [pid 1:tid 2] (104)Connection reset by peer: [client 192.0.2.10:1] AH01102: error "
			"reading status line from remote server 127.0.0.1:8080",
			FPS_ERRORLOG_FOREIGN},
		{AT "[proxy_ajp:error] [pid 1:tid 2] [client 192.0.2.10:1] AH00896: failed to make connection to backend: "
			"localhost",
			FPS_ERRORLOG_FOREIGN},
		{AT "[proxy_http:error] [pid 1:tid 2] [client 192.0.2.10:1] AH01114: HTTP: failed to make connection to "
			"backend: localhost",
			FPS_ERRORLOG_FOREIGN},
		{PROXY "(111)Connection refused: AH00957: HTTP: attempt to connect to 127.0.0.1:8080 (localhost) failed",
			FPS_ERRORLOG_OTHER},
	};
	struct fps_errorlog_entry line;

	for (size_t i = 0; i < COUNT(others); i++) {
		UNIT_CASE(others[i].entry);
		CHECK_INT(parse(others[i].entry, &line), others[i].what);
	}
	UNIT_CASE("");
}

static enum fps_errorlog_kind join(
	struct fps_apachelog_attempts *attempts, const char *entry, struct fps_errorlog_entry *line)
{
	enum fps_errorlog_kind what = parse(entry, line);

	return fps_apachelog_join(attempts, what, line);
}

/* Several lines are of one request: those of one thread, whatever others write between them. */
static void lines_are_joined(void)
{
	static const struct {
		const char *attempt, *upstream;
		enum fps_kind kind;
		int error;
	} cases[] = {
		{"(2)No such file or directory: AH02454: FCGI: attempt to connect to Unix domain socket /run/fpm.sock "
		 "(localhost:8000) failed",
			"fastcgi://unix:/run/fpm.sock:", FPS_KIND_CONNECT, ENOENT},
		{"(13)Permission denied: AH02454: FCGI: attempt to connect to Unix domain socket /run/fpm.sock (localhost) "
		 "failed",
			"fastcgi://unix:/run/fpm.sock:", FPS_KIND_CONNECT, EACCES},
		{"(111)Connection refused: AH00957: FCGI: attempt to connect to 127.0.0.1:9000 (127.0.0.1:9000) failed",
			"fastcgi://127.0.0.1:9000", FPS_KIND_CONNECT, ECONNREFUSED},
		{"(111)Connection refused: AH00957: FCGI: attempt to connect to [::1]:9000 (localhost) failed",
			"fastcgi://[::1]:9000", FPS_KIND_CONNECT, ECONNREFUSED},
		{"(70007)The timeout specified has expired: AH00957: FCGI: attempt to connect to 127.0.0.1:9002 "
		 "(127.0.0.1:9002) failed",
			"fastcgi://127.0.0.1:9002", FPS_KIND_TIMEOUT, ETIMEDOUT},
		{"(24)Too many open files: AH00952: FCGI: error creating fam 2 socket to 127.0.0.1:9000 for (localhost:9000)",
			"fastcgi://127.0.0.1:9000", FPS_KIND_NO_FILES, EMFILE},
	};
	static const char backend[] = CLIENT "AH01079: failed to make connection to backend: localhost";
	char entry[512];

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fps_apachelog_attempts attempts = {0};
		struct fps_errorlog_entry line;

		UNIT_CASE(cases[i].attempt);
		snprintf(entry, sizeof(entry), PROXY "%s", cases[i].attempt);
		CHECK_INT(join(&attempts, entry, &line), FPS_ERRORLOG_OTHER);
		snprintf(entry, sizeof(entry), AT "[proxy:error] [pid 17876:tid 9] %s",
			"(1)Operation not permitted: AH00957: FCGI: attempt to connect to 192.0.2.1:1 (a) failed");
		CHECK_INT(join(&attempts, entry, &line), FPS_ERRORLOG_OTHER);
		snprintf(entry, sizeof(entry), PFX "%s", backend);
		CHECK_INT(join(&attempts, entry, &line), FPS_ERRORLOG_FAILURE);
		CHECK_INT(line.kind, cases[i].kind);
		CHECK_INT(line.error, cases[i].error);
		CHECK_STR(line.upstream.at, line.upstream.len, cases[i].upstream);
		CHECK_STR(line.client.at, line.client.len, "192.0.2.10");
		/* an attempt is of one request */
		CHECK_INT(join(&attempts, entry, &line), FPS_ERRORLOG_FAILURE);
		CHECK_INT(line.error, 0);
	}
	UNIT_CASE("");
}

static void a_rejected_header_counts_once(void)
{
	struct fps_apachelog_attempts attempts = {0};
	struct fps_errorlog_entry line;
	static const char dispatch[] = PFX "(22)Invalid argument: " CLIENT "AH01075: Error dispatching request to :18090: ";

	CHECK_INT(
		join(&attempts, PFX CLIENT "malformed header from script 'a.php': Bad header: a", &line), FPS_ERRORLOG_FAILURE);
	CHECK_INT(join(&attempts, PFX CLIENT "AH01070: Error parsing script headers", &line), FPS_ERRORLOG_OTHER);
	CHECK_INT(join(&attempts, dispatch, &line), FPS_ERRORLOG_OTHER);
	CHECK_INT(join(&attempts, dispatch, &line), FPS_ERRORLOG_FAILURE);
	CHECK_INT(join(&attempts, dispatch, &line), FPS_ERRORLOG_FAILURE);
}

static void garbage_is_harmless(void)
{
	struct fps_apachelog_attempts attempts = {0};
	struct fps_errorlog_entry line;
	char entry[1024];

	for (size_t round = 0; round < 20000; round++) {
		size_t len = (size_t) snprintf(entry, sizeof(entry), "%s", failures[round % COUNT(failures)].entry);

		for (size_t changes = unit_random() % 6; changes > 0; changes--) {
			entry[unit_random() % len] = "\"',*:()\n \\x0/[]#"[unit_random() % 16];
		}
		len = unit_random() % 3 ? len : unit_random() % len;
		char *copy = malloc(len ? len : 1);

		memcpy(copy, entry, len);
		fps_apachelog_begins(copy, len);
		enum fps_errorlog_kind what = fps_apachelog_parse((struct fps_span) {copy, len}, &line);

		if (what != FPS_ERRORLOG_GARBAGE) {
			fps_apachelog_join(&attempts, what, &line);
		}
		free(copy);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {TEST(failures_are_told_apart), TEST(details), TEST(others_are_no_failures),
		TEST(lines_are_joined), TEST(a_rejected_header_counts_once), TEST(garbage_is_harmless)};

	setenv("TZ", "UTC", 1);
	return unit_run(tests, COUNT(tests));
}
