/* join.c and verdict.c: which record is whose, and what is said where there is none. */
#include "unit.h"

#include "base/alloc.h"
#include "explain/explain.h"

static struct fps_known known;
static struct fps_joined joined;
static struct fps_verdict *verdicts;
static size_t verdict_count;

#define RESET "recv() failed (104: Connection reset by peer) while reading response header from upstream"
#define CLOSED "upstream prematurely closed connection while reading response header from upstream"
#define LATE "upstream timed out (110: Connection timed out) while reading response header from upstream"

static void begin(void)
{
	for (size_t i = 0; i < verdict_count; i++) {
		fps_verdict_free(&verdicts[i]);
	}
	free(verdicts);
	if (joined.matches) {
		fps_explain_release(&joined);
	}
	verdicts = NULL;
	verdict_count = 0;
	joined = (struct fps_joined) {.matches = NULL};
	fps_explain_free(&known);
	known = (struct fps_known) {.incidents = {0}};
}

#define SHOP "/run/nowhere/shop.sock"
#define EVIL "/run/nowhere/evil.sock"

static const char *upstream = "unix:" SHOP ":"; /* of the next line */

/* Where the next lines are from. */
static const struct fps_logorigin *stream;
static const char *file;

static void take(enum fps_entry_kind kind, const char *text, size_t len)
{
	const struct fps_entry entry = {.kind = kind, .stream = stream, .text = {text, len}, .file = file};

	CHECK_INT(fps_explain_take(&known, &entry), FPS_USE_TAKEN);
}

/* nginx's line at 12:MM:SS, or so many minutes after 12 */
static void line_of(const char *method, int minute, int second, int connection, const char *message, const char *path)
{
	char entry[1024];
	int len = snprintf(entry, sizeof(entry),
		"2026/11/22 %02d:%02d:%02d [error] 7#7: *%d %s, client: 192.0.2.1, server: , request: \"%s %s HTTP/1.1\", "
		"upstream: \"fastcgi://%s\", host: \"a\"",
		12 + minute / 60, minute % 60, second, connection, message, method, path, upstream);

	take(FPS_ENTRY_NGINX, entry, (size_t) len);
}

static void line(int minute, int second, int connection, const char *message, const char *path)
{
	line_of("GET", minute, second, connection, message, path);
}

static const struct more {
	const char *method;
	int milliseconds;
	bool finished;
	const char *listen;
} usual = {"GET", 500, false, ""};
static struct more more = {"GET", 500, false, ""}; /* of the next record */

/* A record of 12:MM:SS.5; connection 0: without nginx's numbers. */
static void record(
	int id, const char *action, const char *cause, int minute, int second, int connection, const char *path)
{
	char text[2048], nginx[100] = "", listen[200] = "";

	if (connection) {
		snprintf(
			nginx, sizeof(nginx), ",\"nginx\":{\"pid\":7,\"connection\":%d,\"connection_requests\":1}", connection);
	}
	if (*more.listen) {
		snprintf(listen, sizeof(listen), ",\"listen\":\"%s\"", more.listen);
	}
	int len = snprintf(text, sizeof(text),
		"{\"@timestamp\":\"2026-11-22T%02d:%02d:%02d.%03d000Z\",\"message\":\"m\",\"event\":{\"dataset\":"
		"\"fpmsentinel\",\"id\":\"%032d\",\"action\":\"%s\",\"code\":\"%s\"},\"process\":{\"pid\":1},\"http\":{"
		"\"request\":{\"method\":\"%s\"}},\"url\":{\"domain\":\"a\",\"path\":\"%s\"},\"client\":{\"ip\":\"192.0.2.1\"},"
		"\"fpmsentinel\":{\"confidence\":\"certain\",\"request\":{\"finished\":%s}%s%s}}",
		12 + minute / 60, minute % 60, second, more.milliseconds, id, action, cause, more.method, path,
		more.finished ? "true" : "false", nginx, listen);

	take(FPS_ENTRY_RECORD, text, (size_t) len);
}

static void death(int id, const char *cause, int minute, int second, int connection, const char *path)
{
	record(id, "worker-death", cause, minute, second, connection, path);
}

/* A record that differs in one of these. */
#define WITH(what, call) \
	do { \
		more.what; \
		call; \
		more = usual; \
	} while (0)

static void fpm_line(const char *text)
{
	take(FPS_ENTRY_FPM, text, strlen(text));
}

static void reach(void)
{
	fps_explain_sort(&known);
	joined = fps_explain_join(&known);
	verdict_count = known.incidents.count;
	verdicts = fps_alloc(verdict_count, sizeof(*verdicts));
	for (size_t i = 0; i < verdict_count; i++) {
		verdicts[i] = fps_verdict_reach(&known.incidents.all[i], &joined.matches[i], &joined.evidence);
	}
}

static const struct fps_record *record_of(size_t number)
{
	return fps_join_record(&joined.matches[number]);
}

static void says(size_t number, const char *text)
{
	if (CHECK(number < verdict_count) && !CHECK(strstr(verdicts[number].why, text) != NULL)) {
		printf("%s\n", verdicts[number].why);
	}
}

/* The incident with that number in time has that cause, so surely, by the record of that id (0: none). */
static void expect(size_t number, const char *cause, enum fps_certainty certainty, int id)
{
	if (!CHECK(number < verdict_count)) {
		return;
	}
	CHECK_STR(verdicts[number].cause, strlen(verdicts[number].cause), cause);
	CHECK_INT(verdicts[number].certainty, certainty);
	CHECK_INT(record_of(number) ? atoi(record_of(number)->id + 20) : 0, id);
}

static void by_connection(void)
{
	begin();
	line(0, 1, 3, RESET, "/a");
	line(0, 1, 4, RESET, "/a");
	line(0, 1, 5, RESET, "/a"); /* not told of */
	death(1, "segfault", 0, 1, 4, "/a");
	death(2, "abort", 0, 1, 3, "/a");
	reach();
	expect(0, "abort", FPS_CERTAIN, 2);
	expect(1, "segfault", FPS_CERTAIN, 1);
	expect(2, "unexplained", FPS_UNCERTAIN, 0);
}

/* One connection, several requests: by the request, then by time. */
static void by_request_of_connection(void)
{
	begin();
	line(0, 1, 3, RESET, "/a?x=1");
	line(0, 2, 3, RESET, "/b");
	line(9, 0, 3, RESET, "/a?x=2");
	death(1, "segfault", 0, 2, 3, "/b");
	death(2, "abort", 8, 59, 3, "/a");
	death(3, "killed", 0, 1, 3, "/a");
	reach();
	expect(0, "killed", FPS_CERTAIN, 3);
	expect(1, "segfault", FPS_CERTAIN, 1);
	expect(2, "abort", FPS_CERTAIN, 2);

	/* in the same second, as by HTTP/2 */
	begin();
	line(0, 1, 3, RESET, "/a");
	line(0, 1, 3, RESET, "/b");
	death(1, "segfault", 0, 1, 3, "/b");
	death(2, "abort", 0, 1, 3, "/a");
	reach();
	expect(0, "abort", FPS_CERTAIN, 2);
	expect(1, "segfault", FPS_CERTAIN, 1);
}

/* What nginx has handed on has another request line there: a POST is a GET then, and REQUEST_URI may be anything. */
static void other_request(void)
{
	begin();
	line_of("POST", 0, 1, 3, RESET, "/a"); /* by error_page, to another pool */
	line_of("POST", 0, 1, 4, RESET, "/a");
	line_of("HEAD", 0, 1, 5, RESET, "/a"); /* stays what it is */
	death(1, "segfault", 0, 1, 3, "/a");
	death(2, "segfault", 0, 1, 0, "/a"); /* no numbers */
	death(3, "abort", 0, 1, 5, "/a");
	death(4, "killed", 0, 1, 5, "/b");
	reach();
	expect(0, "segfault", FPS_CERTAIN, 1);
	expect(1, "segfault", FPS_PROBABLE, 2);
	expect(2, "unexplained", FPS_UNCERTAIN, 0);

	/* the method is better than none */
	begin();
	line_of("POST", 0, 1, 3, RESET, "/a");
	line(0, 1, 3, RESET, "/a");
	death(1, "segfault", 0, 1, 3, "/a");
	WITH(method = "POST", death(2, "abort", 0, 1, 3, "/a"));
	line_of("POST", 9, 1, 4, RESET, "/a");
	line(9, 1, 4, RESET, "/a");
	death(3, "segfault", 9, 1, 0, "/a");
	WITH(method = "POST", death(4, "abort", 9, 1, 0, "/a"));
	reach();
	expect(0, "abort", FPS_CERTAIN, 2);
	expect(1, "segfault", FPS_CERTAIN, 1);
	expect(2, "abort", FPS_PROBABLE, 4);
	expect(3, "segfault", FPS_PROBABLE, 3);

	/* by the connection alone, and only at that time; of several nobody knows */
	begin();
	line(0, 1, 3, RESET, "/caf%C3%A9");
	line(0, 1, 4, RESET, "/b");
	line(0, 9, 5, RESET, "/c");
	death(1, "segfault", 0, 1, 3, "/café");
	death(2, "abort", 0, 1, 4, "/x");
	death(3, "segfault", 0, 1, 4, "/y");
	death(4, "segfault", 0, 1, 5, "/z");
	reach();
	expect(0, "segfault", FPS_PROBABLE, 1);
	expect(1, "unexplained", FPS_UNCERTAIN, 0);
	expect(2, "unexplained", FPS_UNCERTAIN, 0);
}

/* After fastcgi_finish_request() nginx has its answer: a 104 of the same connection and URI is of the next request. */
static void finished(void)
{
	begin();
	line(0, 1, 3, RESET, "/a");
	line(0, 1, 4, RESET, "/a");
	WITH(finished = true, death(1, "segfault", 0, 1, 3, "/a"));
	WITH(finished = true, death(2, "segfault", 0, 1, 0, "/a"));
	reach();
	expect(0, "unexplained", FPS_UNCERTAIN, 0);
	expect(1, "unexplained", FPS_UNCERTAIN, 0);
}

/* Two deaths of one request in one second, as by error_page: the first line is of the first. */
static void in_their_order(void)
{
	for (int connection = 0; connection <= 3; connection += 3) {
		begin();
		line(0, 1, 3, RESET, "/a");
		line(0, 1, 3, RESET, "/a");
		WITH(milliseconds = 100, death(1, "abort", 0, 1, connection, "/a"));
		WITH(milliseconds = 450, death(2, "segfault", 0, 1, connection, "/a"));
		reach();
		expect(0, "abort", connection ? FPS_PROBABLE : FPS_POSSIBLE, 1);
		expect(1, "segfault", connection ? FPS_PROBABLE : FPS_POSSIBLE, 2);
	}
}

/* What PHP ended itself is no death: nginx does not log 104 for it. */
static void by_kind(void)
{
	begin();
	line(0, 1, 3,
		"FastCGI sent in stderr: \"PHP message: PHP Fatal error:  Allowed memory size of 1 bytes exhausted\" while "
		"reading response header from upstream",
		"/a");
	line(0, 1, 3, RESET, "/a");
	line(0, 1, 4, RESET, "/b");
	record(1, "request-killed", "memory_limit", 0, 1, 3, "/a");
	death(2, "segfault", 0, 1, 3, "/a");
	record(3, "request-killed", "memory_limit", 0, 1, 4, "/b");
	reach();
	expect(0, "memory_limit", FPS_CERTAIN, 1);
	expect(1, "segfault", FPS_CERTAIN, 2);
	expect(2, "unexplained", FPS_UNCERTAIN, 0);
}

/*
 * A child of the worker's has kept the socket: nginx's line comes when that ends. Hours later it may be of a
 * container's next nginx.
 */
static void late_line(void)
{
	for (int minute = 2; minute < 120; minute += 57) {
		begin();
		line(minute, 1, 3, RESET, "/a");
		death(1, "killed", 0, 1, 3, "/a");
		reach();
		expect(0, "killed", minute < 60 ? FPS_PROBABLE : FPS_POSSIBLE, 1);
		CHECK(joined.evidence.shift < 1 && joined.evidence.shift > -1);
	}

	/* but no line comes before the death */
	begin();
	line(0, 1, 3, RESET, "/a");
	death(1, "killed", 17, 0, 3, "/a");
	reach();
	expect(0, "unexplained", FPS_UNCERTAIN, 0);
}

static void by_time(void)
{
	begin();
	line(0, 1, 3, RESET, "/a");
	line(0, 5, 4, RESET, "/a");
	line(20, 0, 5, RESET, "/b");
	death(1, "segfault", 0, 1, 0, "/a");
	death(2, "killed", 0, 5, 0, "/a");
	death(3, "killed", 20, 9, 0, "/b"); /* too far away */
	reach();
	expect(0, "segfault", FPS_PROBABLE, 1);
	expect(1, "killed", FPS_PROBABLE, 2);
	expect(2, "unexplained", FPS_UNCERTAIN, 0);

	/* two at once that can't be told apart */
	begin();
	line(0, 1, 3, RESET, "/a");
	line(0, 1, 4, RESET, "/a");
	death(1, "segfault", 0, 1, 0, "/a");
	death(2, "killed", 0, 1, 0, "/a");
	reach();
	CHECK_INT(verdicts[0].certainty, FPS_POSSIBLE);
	CHECK(record_of(0) != record_of(1) && record_of(1) != NULL);
}

/* Whatever nginx's time zone, if there is something to go by. */
static void other_clock(void)
{
	begin();
	for (int i = 1; i < 6; i++) {
		line(40, i, i, RESET, "/a"); /* 40 minutes, which no zone is */
		death(i, "segfault", 0, i, i, "/a");
	}
	reach();
	CHECK_INT(joined.evidence.shift, 2400);
	for (size_t i = 0; i < 5; i++) {
		expect(i, "segfault", FPS_CERTAIN, (int) i + 1);
	}
}

static void last_words(void)
{
	begin();
	line(0, 1, 3,
		"FastCGI sent in stderr: \"fpmsentinel: segfault in a() (record 00000000000000000000000000000001)\" while "
		"reading response header from upstream",
		"/a");
	line(0, 1, 3, RESET, "/a");
	/* a page's own, of somebody else's death */
	line(0, 2, 9,
		"FastCGI sent in stderr: \"fpmsentinel: segfault in a() (record 00000000000000000000000000000001)\" while "
		"reading response header from upstream",
		"/b");
	/* after the failure, and without a record */
	line(0, 3, 10, "readv() failed (104: Connection reset by peer) while reading upstream", "/c");
	line(0, 3, 10,
		"FastCGI sent in stderr: \"fpmsentinel: probably fpm_stop in a() (record 00000000000000000000000000000009)\" "
		"while reading upstream",
		"/c");
	/* of another's death, which the log does not have: for the same page, but another connection */
	line(0, 4, 21,
		"FastCGI sent in stderr: \"fpmsentinel: killed in a() (record 00000000000000000000000000000005)\" while "
		"reading response header from upstream",
		"/d");
	death(1, "segfault", 0, 1, 3, "/a");
	death(5, "killed", 0, 4, 20, "/d");
	reach();
	CHECK_INT(known.incidents.count, 4);
	expect(3, "unexplained", FPS_UNCERTAIN, 0);
	expect(0, "segfault", FPS_CERTAIN, 1);
	expect(1, "unexplained", FPS_UNCERTAIN, 0);
	expect(2, "fpm_stop", FPS_PROBABLE, 0);
}

/* nginx sent the request again: two lines of one request, two records. */
static void sent_again(void)
{
	begin();
	line(0, 1, 3, RESET, "/a");
	line(0, 1, 3, RESET, "/a");
	death(1, "segfault", 0, 1, 3, "/a");
	death(2, "segfault", 0, 1, 3, "/a");
	reach();
	CHECK(record_of(0) && record_of(1) && record_of(0) != record_of(1));
	CHECK(joined.matches[0].sent_again != joined.matches[1].sent_again);
}

static void without_a_record(void)
{
	begin();
	line(0, 1, 3, RESET, "/queued");
	line(5, 0, 4, RESET, "/begun");
	line(10, 0, 5, CLOSED, "/kept");
	line(15, 0, 6, RESET, "/fpm");
	line(20, 0, 7, LATE, "/slow");
	line(25, 0, 8, CLOSED, "/nothing");
	line(30, 0, 9, RESET, "/memory");
	line(35, 0, 10, RESET, "/known");
	line(35, 0, 11, RESET, "/other"); /* not of the worker that another record is of */
	death(5, "segfault", 35, 0, 10, "/known");
	record(1, "master", "master_stop", 0, 2, 0, "");
	record(2, "master", "master_reload", 4, 59, 0, "");
	record(3, "worker-exit", "recycled", 10, 0, 0, "");
	record(4, "request-aborted", "peer_closed", 20, 0, 7, "/slow");
	fpm_line(
		"[22-Nov-2026 12:15:00] WARNING: [pool www] child 5 exited on signal 9 (SIGKILL) after 1.0 seconds from start");
	fpm_line("[22-Nov-2026 12:30:00] WARNING: [pool www] child 6 exited with code 137 after 1.0 seconds from start");
	fpm_line("[22-Nov-2026 12:35:00] WARNING: [pool www] child 1 exited on signal 11 (SIGSEGV) after 1.0 seconds from "
			 "start");
	reach();
	/* nothing but the time says that it was the same FPM, or pool */
	expect(0, "queued_at_stop", FPS_POSSIBLE, 0);
	expect(1, "fpm_reload", FPS_POSSIBLE, 0);
	expect(2, "keepalive_race", FPS_POSSIBLE, 0);
	expect(3, "killed", FPS_POSSIBLE, 0);
	expect(4, "nginx_timeout", FPS_CERTAIN, 4);
	expect(5, "unexplained", FPS_UNCERTAIN, 0);
	expect(6, "exit_in_request", FPS_POSSIBLE, 0);
	expect(7, "segfault", FPS_CERTAIN, 5);
	expect(8, "unexplained", FPS_UNCERTAIN, 0);
}

#define POOL(address, call) WITH(listen = address, call)

/* A pool's worker can say that it had another pool's request, but not that it listens elsewhere. */
static void forged_numbers(void)
{
	for (int forged = 0; forged < 1000; forged += 499) { /* milliseconds: before and after it, and at the same time */
		begin();
		line(0, 1, 3, RESET, "/a");
		more.milliseconds = forged;
		POOL(EVIL, death(9, "abort", 0, 1, 3, "/a"));
		POOL(SHOP, death(1, "segfault", 0, 1, 3, "/a"));
		reach();
		expect(0, "segfault", FPS_CERTAIN, 1);
	}

	/* also if the real one is as late as it may be, or knows less */
	begin();
	line(0, 1, 3, RESET, "/a");
	line(5, 1, 4, RESET, "/a");
	line(10, 1, 5, RESET, "/a?x=1");
	line(15, 0, 6, RESET, "/a");
	POOL(EVIL, death(11, "abort", 0, 1, 3, "/a"));
	POOL(SHOP, death(1, "segfault", 0, 4, 3, "/a"));
	POOL(EVIL, death(12, "abort", 5, 1, 4, "/a"));
	POOL(SHOP, death(2, "segfault", 5, 3, 0, "/a")); /* without numbers */
	POOL(EVIL, death(13, "abort", 10, 1, 5, "/a"));
	POOL(SHOP, death(3, "segfault", 10, 1, 5, "/index.php")); /* by REQUEST_URI $uri */
	POOL(EVIL, death(14, "abort", 15, 0, 6, "/a"));
	POOL("/var" SHOP, death(4, "segfault", 15, 0, 0, "/a"));
	reach();
	expect(0, "segfault", FPS_CERTAIN, 1);
	expect(1, "segfault", FPS_PROBABLE, 2);
	expect(2, "segfault", FPS_PROBABLE, 3);
	expect(3, "segfault", FPS_PROBABLE, 4);

	/* a hundred of them */
	begin();
	line(0, 1, 3, RESET, "/a");
	for (int i = 0; i < 100; i++) {
		POOL(EVIL, death(100 + i, i % 2 ? "abort" : "killed", 0, 1, 3, "/a"));
	}
	POOL(SHOP, death(1, "segfault", 0, 1, 3, "/a"));
	reach();
	expect(0, "segfault", FPS_CERTAIN, 1);
}

/* Where there is none but the forged one, both are said that it may be. */
static void forged_alone(void)
{
	begin();
	line(0, 1, 3, RESET, "/a");
	line(9, 1, 4, RESET, "/b");
	POOL(EVIL, death(9, "abort", 0, 1, 3, "/a"));
	POOL(SHOP, death(1, "segfault", 9, 1, 4, "/b"));
	reach();
	expect(0, "abort", FPS_POSSIBLE, 9);
	expect(1, "segfault", FPS_CERTAIN, 1);
	says(0, EVIL);
	says(0, "from one to the other");

	/* though nothing is known of the pool that should have one: no socket is another one */
	begin();
	line(0, 1, 3, RESET, "/a");
	line(9, 1, 4, RESET, "/b");
	POOL(EVIL, death(9, "abort", 0, 1, 3, "/a"));
	POOL("/mnt/shop.sock", death(1, "segfault", 9, 1, 4, "/b")); /* but a directory may be mounted */
	reach();
	expect(0, "abort", FPS_POSSIBLE, 9);
	expect(1, "segfault", FPS_PROBABLE, 1);
}

/* Nothing that is known of a pool is the upstream: a port that is published, a proxy, a mount. */
static void translated(void)
{
	begin();
	upstream = "127.0.0.1:9001";
	line(0, 1, 3, RESET, "/a");
	line(5, 1, 4, RESET, "/a");
	line(10, 1, 5, RESET, "/a");
	line(10, 1, 5,
		"FastCGI sent in stderr: \"fpmsentinel: abort in a() (record 00000000000000000000000000000003)\" while reading "
		"response header from upstream",
		"/a");
	line(15, 1, 6, RESET, "/a");
	line(15, 1, 6,
		"FastCGI sent in stderr: \"fpmsentinel: abort in a() (record 00000000000000000000000000000004)\" while reading "
		"response header from upstream",
		"/a");
	upstream = "unix:" SHOP ":";
	POOL("[::]:9000", death(1, "segfault", 0, 1, 3, "/a"));
	POOL("[::]:9000", death(2, "killed", 5, 1, 0, "/a"));
	POOL("[::]:9000", death(3, "abort", 10, 1, 5, "/a"));
	POOL("[::]:9000", death(4, "abort", 15, 1, 0, "/a"));
	reach();
	CHECK_INT(known.incidents.count, 4);
	expect(0, "segfault", FPS_PROBABLE, 1);
	says(0, "[::]:9000");
	expect(1, "killed", FPS_POSSIBLE, 2);
	expect(2, "abort", FPS_CERTAIN, 3); /* the words came by that very connection */
	says(2, "[::]:9000");
	expect(3, "abort", FPS_PROBABLE, 4);
}

/* The same address before one that is only likely, that before none, and another one last. */
static void ranks(void)
{
	static const char *const addresses[] = {"10.0.0.7:9000", "[::]:9000", "", "10.0.0.8:9000"};

	for (int numbers = 0; numbers <= 3; numbers += 3) {
		for (size_t best = 0; best < COUNT(addresses); best++) {
			begin();
			upstream = "10.0.0.7:9000";
			line(0, 1, 3, RESET, "/a");
			upstream = "unix:" SHOP ":";
			for (size_t i = COUNT(addresses); i-- > best;) {
				more.milliseconds = 500 + 10 * (int) i;
				POOL(addresses[i], death((int) i + 1, i % 2 ? "abort" : "segfault", 0, 1, numbers, "/a"));
			}
			reach();
			if (CHECK(known.incidents.count == 1 && record_of(0) != NULL)) {
				CHECK_INT(atoi(record_of(0)->id + 20), best + 1);
				CHECK_INT(verdicts[0].certainty,
					best == 3             ? (numbers ? FPS_PROBABLE : FPS_POSSIBLE)
						: best && numbers ? FPS_PROBABLE
						: numbers         ? FPS_CERTAIN
										  : FPS_PROBABLE);
			}
		}
	}

	/* a record of an earlier version that nobody disputes, and one that another pool's has the numbers of */
	begin();
	line(0, 1, 3, RESET, "/a");
	line(5, 1, 4, RESET, "/a");
	death(1, "segfault", 0, 1, 3, "/a");
	death(2, "segfault", 5, 1, 4, "/a");
	POOL(EVIL, death(9, "abort", 5, 1, 4, "/a"));
	reach();
	expect(0, "segfault", FPS_CERTAIN, 1);
	expect(1, "segfault", FPS_PROBABLE, 2);
	says(1, "would decide");

	/* a line that leaves its upstream in doubt, by a Referer */
	begin();
	upstream = "unix:" SHOP ":\", host: \"a\", referrer: \"x\", upstream: \"fastcgi://unix:" EVIL ":";
	line(0, 1, 3, RESET, "/a");
	upstream = "unix:" SHOP ":";
	POOL(EVIL, death(9, "abort", 0, 1, 3, "/a"));
	POOL(SHOP, death(1, "segfault", 0, 1, 3, "/a"));
	reach();
	CHECK(verdicts[0].certainty > FPS_CERTAIN);
}

/* Neither do they say that a record is of another line, another time, or that there are two. */
static void forged_elsewhere(void)
{
	/* words name another pool's record */
	begin();
	upstream = "unix:" EVIL ":";
	line(0, 1, 9,
		"FastCGI sent in stderr: \"fpmsentinel: segfault in a() (record 00000000000000000000000000000001)\" while "
		"reading response header from upstream",
		"/a");
	line(0, 1, 9, RESET, "/a");
	upstream = "unix:" SHOP ":";
	line(0, 1, 3, RESET, "/a");
	POOL(SHOP, death(1, "segfault", 0, 1, 0, "/a"));
	reach();
	CHECK_INT(known.incidents.count, 2);
	expect(1, "segfault", FPS_PROBABLE, 1);
	CHECK(record_of(0) == NULL);

	/* the clock, an hour later and by many */
	begin();
	for (int i = 1; i < 6; i++) {
		line(0, i, i, RESET, "/a");
		POOL(EVIL, death(10 + i, "abort", 60, i, i, "/a"));
		POOL(SHOP, death(i, "segfault", 0, i, 0, "/a"));
	}
	reach();
	CHECK_INT(joined.evidence.shift, 0);
	expect(0, "segfault", FPS_PROBABLE, 1);
	expect(4, "segfault", FPS_PROBABLE, 5);

	/* of one that came late, and a second one of its kind */
	begin();
	line(30, 0, 3, RESET, "/a");
	POOL(SHOP, death(1, "segfault", 0, 1, 0, "/a"));
	POOL(EVIL, death(9, "abort", 0, 2, 0, "/a"));
	reach();
	expect(0, "segfault", FPS_POSSIBLE, 1);

	/* a worker of another pool that was recycled */
	begin();
	line(0, 1, 3, CLOSED, "/a");
	line(5, 1, 3, CLOSED, "/a");
	POOL(EVIL, record(1, "worker-exit", "recycled", 0, 1, 0, ""));
	POOL(SHOP, record(2, "worker-exit", "recycled", 5, 1, 0, ""));
	reach();
	expect(0, "unexplained", FPS_UNCERTAIN, 0);
	expect(1, "keepalive_race", FPS_PROBABLE, 0);

	/* the second try of a request, though another record stands between */
	begin();
	line(0, 1, 3, RESET, "/a");
	line(0, 2, 3, RESET, "/a");
	POOL(SHOP, death(1, "segfault", 0, 1, 3, "/a"));
	WITH(milliseconds = 900, POOL(EVIL, death(9, "abort", 0, 1, 3, "/a")));
	POOL(SHOP, death(2, "segfault", 0, 2, 3, "/a"));
	reach();
	expect(0, "segfault", FPS_CERTAIN, 1);
	expect(1, "segfault", FPS_CERTAIN, 2);
	CHECK(joined.matches[0].sent_again);
}

/* Many deaths at once, every line to its own record. */
static void many(void)
{
	enum { MANY = 2000 };
	char path[32];

	begin();
	for (int i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), "/%d", i % 10);
		line(i / 400, i % 400 / 8, 1 + i * 7 % MANY, RESET, path);
	}
	for (int i = MANY - 1; i >= 0; i--) {
		snprintf(path, sizeof(path), "/%d", i % 10);
		death(i + 1, "segfault", i / 400, i % 400 / 8, 1 + i * 7 % MANY, path);
	}
	reach();
	for (size_t i = 0, good = 1; good && i < known.incidents.count; i++) {
		good = CHECK(record_of(i) && record_of(i)->connection == known.incidents.all[i].connection
			&& verdicts[i].certainty == FPS_CERTAIN);
	}
	begin();
}

int main(void)
{
	static const struct unit_test tests[] = {TEST(by_connection), TEST(by_request_of_connection), TEST(other_request),
		TEST(finished), TEST(in_their_order), TEST(by_kind), TEST(late_line), TEST(by_time), TEST(other_clock),
		TEST(last_words), TEST(sent_again), TEST(without_a_record), TEST(forged_numbers), TEST(forged_alone),
		TEST(translated), TEST(ranks), TEST(forged_elsewhere), TEST(many)};

	setenv("TZ", "UTC", 1);
	return unit_run(tests, COUNT(tests));
}
