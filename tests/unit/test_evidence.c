/* evidence.c, pools.c, clock.c, verdict.c: what is said where no record is, how surely, and that each piece is used
 * once. */
#include "unit.h"

#include "base/alloc.h"
#include "explain/explain.h"

#include <stdlib.h>
#include <string.h>

static struct fps_known known;
static struct fps_joined joined;
static struct fps_verdict verdicts[128];

#define RESET "recv() failed (104: Connection reset by peer) while reading response header from upstream"
#define CLOSED "upstream prematurely closed connection while reading response header from upstream"
#define SLOW "upstream timed out (110: Connection timed out) while reading response header from upstream"
#define UNSENT "upstream timed out (110: Connection timed out) while sending request to upstream"
#define REFUSED "connect() failed (111: Connection refused) while connecting to upstream"
#define WWW "unix:/run/php/php8.2-fpm.sock:"
#define BLOG "unix:/run/php/blog.sock:"

static void begin(void)
{
	for (size_t i = 0; joined.matches && i < known.incidents.count; i++) {
		fps_verdict_free(&verdicts[i]);
	}
	if (joined.matches) {
		fps_explain_release(&joined);
	}
	joined = (struct fps_joined) {.matches = NULL};
	fps_explain_free(&known);
	known = (struct fps_known) {.incidents = {0}};
}

/* Of the next lines. */
static const struct fps_logorigin *stream;
static const char *file;
static double sent; /* the envelope's time */

static void take(enum fps_entry_kind kind, const char *text)
{
	const struct fps_entry entry = {
		.kind = kind, .stream = stream, .time = sent, .text = {text, strlen(text)}, .file = file};

	CHECK_INT(fps_explain_take(&known, &entry), FPS_USE_TAKEN);
}

/* nginx's line at "12:00:05", or with the date before it. */
static void failure(const char *time, const char *message, const char *request, const char *upstream)
{
	static int connection;
	char *line = fps_alloc_format("%s%s [error] 7#7: *%d %s, client: 192.0.2.1, server: , request: \"%s HTTP/1.1\", "
								  "upstream: \"fastcgi://%s\", host: \"shop.example\"",
		strlen(time) > 8 ? "" : "2026/11/22 ", time, ++connection, message, request, upstream);

	take(FPS_ENTRY_NGINX, line);
	free(line);
}

/* FPM's line at that time of the same day: "WARNING: [pool www] child 5 ...". */
static void fpm(const char *time, const char *words)
{
	char *line = fps_alloc_format("[%s%s] %s", strlen(time) > 8 ? "" : "22-Nov-2026 ", time, words);

	take(FPS_ENTRY_FPM, line);
	free(line);
}

static void died(const char *time, const char *pool, int pid, const char *how)
{
	char *words =
		fps_alloc_format("WARNING: [pool %s] child %d exited %s after 1.5 seconds from start", pool, pid, how);

	fpm(time, words);
	free(words);
}

static void timed_out(const char *time, int pid, const char *script)
{
	char *words = fps_alloc_format("WARNING: [pool www] child %d, script '/srv%s' (request: \"GET %s\") execution "
								   "timed out (61.3 sec), terminating",
		pid, script, script);

	fpm(time, words);
	free(words);
}

#define SEGV "on signal 11 (SIGSEGV)"
#define KILL "on signal 9 (SIGKILL)"
#define TERM "on signal 15 (SIGTERM)"
#define GOOD "with code 0"

static void reach(void)
{
	fps_explain_sort(&known);
	joined = fps_explain_join(&known);
	for (size_t i = 0; i < known.incidents.count && i < COUNT(verdicts); i++) {
		verdicts[i] = fps_verdict_reach(&known.incidents.all[i], &joined.matches[i], &joined.evidence);
	}
}

/* Of the incident with that number in time; `says` may be NULL, and "!…" is what it must not say. */
static void expect(size_t number, const char *cause, enum fps_certainty certainty, const char *says)
{
	const struct fps_verdict *verdict = &verdicts[number];

	if (!CHECK(number < known.incidents.count)) {
		return;
	}
	CHECK_STR(verdict->cause, strlen(verdict->cause), cause);
	CHECK_INT(verdict->certainty, certainty);
	if (says && !CHECK((strstr(verdict->why, says + (*says == '!')) == NULL) == (*says == '!'))) {
		printf("%s\n", verdict->why);
	}
}

/* One failure, one end of a worker. */
static void one(const char *upstream, const char *pool, const char *cause, enum fps_certainty certainty)
{
	begin();
	failure("12:00:05", RESET, "GET /a", upstream);
	died("12:00:05", pool, 5, SEGV);
	reach();
	expect(0, cause, certainty, NULL);
}

/* The pool is the socket's by its name, or as both are what everybody names so; or another one; or nobody knows. */
static void pools_and_sockets(void)
{
	one(WWW, "www", "segfault", FPS_PROBABLE);
	one("127.0.0.1:9000", "www", "segfault", FPS_PROBABLE);
	one("unix:/run/php-fpm/www.sock:", "www", "segfault", FPS_PROBABLE);
	one(BLOG, "blog", "segfault", FPS_PROBABLE);
	one("unix:/run/php/php8.2-fpm-blog.sock:", "blog", "segfault", FPS_PROBABLE);
	one("blog:9000", "blog", "segfault", FPS_PROBABLE);
	one("unix:/home/vhosts/shop.example/php.sock:", "shop.example", "segfault", FPS_PROBABLE);
	one("unix:/home/vhosts/shop.example/php.sock:", "shop_example", "segfault", FPS_PROBABLE);
	one(WWW, "shop.example", "segfault", FPS_PROBABLE); /* by the host */
	one(WWW, "other.example", "segfault", FPS_POSSIBLE);
	one("unix:/home/vhosts/shop.example/php.sock:", "other.example", "unexplained", FPS_UNCERTAIN);
	one(BLOG, "www", "segfault", FPS_POSSIBLE);
	one(BLOG, "blogs", "segfault", FPS_POSSIBLE);
	one("127.0.0.1:9001", "www", "segfault", FPS_POSSIBLE);

	/* a pool whose socket is known is not another's, and a socket whose pool is known has no other */
	begin();
	failure("11:00:00", RESET, "GET /a", BLOG);
	failure("12:00:05", RESET, "GET /a", WWW);
	died("12:00:05", "blog", 5, SEGV);
	reach();
	expect(1, "unexplained", FPS_UNCERTAIN, NULL);
	begin();
	failure("12:00:05", RESET, "GET /a", BLOG);
	fpm("11:00:00", "NOTICE: [pool blog] child 3 started");
	died("12:00:05", "www", 5, SEGV);
	reach();
	expect(0, "unexplained", FPS_UNCERTAIN, NULL);

	/* two that are named as usual can't be told apart */
	begin();
	failure("11:00:00", RESET, "GET /a", "127.0.0.1:9000");
	failure("12:00:05", RESET, "GET /a", WWW);
	died("12:00:05", "www", 5, SEGV);
	reach();
	expect(1, "segfault", FPS_POSSIBLE, NULL);
}

/* Logs of two FPMs: of two versions, or of two hosts. */
static void two_masters(void)
{
	static const struct fps_logorigin pods[] = {{.pod = "web-a", .number = 1}, {.pod = "web-b", .number = 2}};

	begin();
	file = "/var/log/php7.4-fpm.log";
	fpm("12:00:05", "NOTICE: Terminating ...");
	fpm("12:00:05", "NOTICE: exiting, bye-bye!");
	file = "/var/log/php8.2-fpm.log.1";
	died("11:00:00", "www", 3, SEGV);
	file = NULL;
	failure("12:00:05", RESET, "GET /a", WWW);
	reach();
	expect(0, "unexplained", FPS_UNCERTAIN, NULL);

	begin();
	stream = &pods[0];
	died("12:00:05", "www", 5, SEGV);
	stream = &pods[1];
	failure("12:00:05", RESET, "GET /a", WWW);
	failure("12:00:05", RESET, "GET /b", "fpm:9000");
	stream = NULL;
	reach();
	expect(0, "unexplained", FPS_UNCERTAIN, NULL);
	expect(1, "segfault", FPS_POSSIBLE, NULL); /* over TCP FPM may be on another host */
}

/* A worker had one request. */
static void used_once(void)
{
	begin();
	failure("12:00:05", RESET, "GET /a", WWW);
	failure("12:00:05", RESET, "GET /b", WWW);
	failure("12:00:05", RESET, "GET /c", WWW);
	died("12:00:05", "www", 5, SEGV);
	reach();
	expect(0, "segfault", FPS_POSSIBLE, "2 others failed");
	expect(1, "unexplained", FPS_UNCERTAIN, "as likely another's");
	expect(2, "unexplained", FPS_UNCERTAIN, "as likely another's");

	/* as many of one kind as there are failures leave no doubt about the cause, of two kinds they do */
	begin();
	failure("12:00:05", RESET, "GET /a", WWW);
	failure("12:00:05", RESET, "GET /b", WWW);
	died("12:00:05", "www", 5, SEGV);
	died("12:00:05", "www", 6, SEGV);
	reach();
	expect(0, "segfault", FPS_PROBABLE, "child 5");
	expect(1, "segfault", FPS_PROBABLE, "child 6");
	begin();
	failure("12:00:05", RESET, "GET /a", WWW);
	failure("12:00:05", RESET, "GET /b", WWW);
	died("12:00:05", "www", 5, SEGV);
	died("12:00:05", "www", 6, KILL);
	reach();
	expect(0, "segfault", FPS_POSSIBLE, "this fits as well: [pool www] child 6");
	expect(1, "killed", FPS_POSSIBLE, "this fits as well: [pool www] child 5");

	/* the better one first, whoever comes first */
	begin();
	failure("12:00:05", RESET, "GET /a", "unix:/run/x.sock:");
	failure("12:00:05", RESET, "GET /b", BLOG);
	died("12:00:05", "blog", 5, SEGV);
	reach();
	expect(0, "unexplained", FPS_UNCERTAIN, NULL);
	expect(1, "segfault", FPS_PROBABLE, NULL);
}

static void scripts(void)
{
	begin();
	failure("12:00:05", RESET, "GET /a.php?x=1", WWW);
	failure("12:00:05", RESET, "GET /b.php/info", WWW);
	timed_out("12:00:05", 6, "/b.php");
	timed_out("12:00:05", 5, "/a.php");
	died("12:00:05", "www", 5, TERM);
	died("12:00:05", "www", 6, TERM);
	reach();
	expect(0, "request_terminate_timeout", FPS_PROBABLE, "/srv/a.php");
	expect(1, "request_terminate_timeout", FPS_PROBABLE, "/srv/b.php");

	/* another script's, and a front controller's */
	begin();
	failure("12:00:05", RESET, "GET /c.php", WWW);
	failure("12:00:05", RESET, "POST /shop/cart", WWW);
	timed_out("12:00:05", 5, "/index.php");
	died("12:00:05", "www", 5, TERM);
	reach();
	expect(0, "unexplained", FPS_UNCERTAIN, NULL);
	expect(1, "request_terminate_timeout", FPS_PROBABLE, NULL);

	/* the end came late, and by another signal; FPM says it every third of a second */
	begin();
	failure("12:00:25", RESET, "GET /a.php", WWW);
	timed_out("12:00:05", 5, "/a.php");
	timed_out("12:00:06", 5, "/a.php");
	died("12:00:25", "www", 5, KILL);
	reach();
	expect(0, "killed", FPS_PROBABLE, "20 s before, at request_terminate_timeout");
	expect(0, "killed", FPS_PROBABLE, "!OOM kill");
	CHECK_STR(verdicts[0].subcase, strlen(verdicts[0].subcase), "killed/timeout");

	/* the log ends before the end */
	begin();
	failure("12:00:05", RESET, "GET /a.php", WWW);
	timed_out("12:00:05", 5, "/a.php");
	reach();
	expect(0, "request_terminate_timeout", FPS_PROBABLE, NULL);
}

/* An exit with code 0 hides no death. */
static void recycled(void)
{
	begin();
	failure("12:00:05", CLOSED, "POST /a", WWW);
	died("12:00:05", "www", 4, GOOD);
	died("12:00:06", "www", 5, SEGV);
	reach();
	expect(0, "segfault", FPS_POSSIBLE, "ended itself then");

	begin();
	failure("12:00:05", CLOSED, "POST /a", WWW);
	failure("12:00:15", CLOSED, "POST /a", BLOG);
	failure("12:00:25", RESET, "POST /a", WWW);
	died("12:00:05", "www", 4, GOOD);
	died("12:00:15", "www", 4, GOOD);
	died("12:00:25", "www", 4, GOOD);
	reach();
	expect(0, "keepalive_race", FPS_PROBABLE, NULL);
	expect(1, "unexplained", FPS_UNCERTAIN, NULL);
	expect(2, "unexplained", FPS_UNCERTAIN, NULL);
}

/* A stop and a reload last as long as process_control_timeout lets them. */
static void stops(void)
{
	begin();
	fpm("12:00:00", "NOTICE: Reloading in progress ...");
	fpm("12:00:40", "NOTICE: reloading: execvp(\"php-fpm\", {\"php-fpm\"})");
	fpm("12:00:40", "NOTICE: using inherited socket fd=9, \"/run/php/php8.2-fpm.sock\"");
	fpm("12:00:40", "NOTICE: fpm is running, pid 7");
	fpm("12:00:40", "NOTICE: ready to handle connections");
	failure("12:00:20", SLOW, "GET /q", WWW);
	failure("12:00:41", RESET, "GET /a", WWW);
	failure("12:00:45", RESET, "GET /b", WWW);
	failure("12:00:55", SLOW, "GET /c", WWW);
	reach();
	expect(0, "queued_at_reload", FPS_PROBABLE, "fits as well");
	expect(1, "fpm_reload", FPS_PROBABLE, "40 s later");
	expect(2, "unexplained", FPS_UNCERTAIN, NULL);
	expect(3, "nginx_timeout", FPS_CERTAIN, NULL);

	/* the socket is another one's */
	begin();
	fpm("12:00:00", "NOTICE: Reloading in progress ...");
	fpm("12:00:00", "NOTICE: using inherited socket fd=9, \"/run/php/php8.2-fpm.sock\"");
	fpm("12:00:00", "NOTICE: [pool www] child 3 started");
	failure("12:00:00", RESET, "GET /a", BLOG);
	failure("12:00:00", RESET, "GET /b", WWW);
	reach();
	expect(0, "unexplained", FPS_UNCERTAIN, NULL);
	expect(1, "fpm_reload", FPS_PROBABLE, NULL);

	/* a death of that moment, which no stop is */
	begin();
	fpm("12:00:00", "NOTICE: Finishing ...");
	died("12:00:02", "www", 4, TERM); /* at log_level debug */
	died("12:00:03", "www", 5, SEGV);
	fpm("12:00:09", "NOTICE: exiting, bye-bye!");
	failure("12:00:03", RESET, "GET /a", WWW);
	failure("12:00:02", RESET, "GET /b", WWW);
	failure("12:00:30", REFUSED, "GET /c", WWW);
	reach();
	expect(0, "fpm_stop", FPS_PROBABLE, "only a record would say");
	expect(1, "segfault", FPS_POSSIBLE, "a stop at that time fits as well");
	expect(2, "fpm_down", FPS_CERTAIN, "no start follows");
}

/* All of FPM gone without a stop, as with its container. */
static void falls(void)
{
	begin();
	fpm("08:00:00", "NOTICE: fpm is running, pid 1");
	fpm("08:00:00", "NOTICE: ready to handle connections");
	fpm("12:00:07", "NOTICE: fpm is running, pid 1");
	fpm("12:00:07", "NOTICE: ready to handle connections");
	failure("08:00:00", RESET, "GET /first", "php:9000"); /* the log begins: nobody knows what was before */
	failure("12:00:05", RESET, "GET /a", "php:9000");
	failure("12:00:06", REFUSED, "GET /b", "php:9000");
	failure("12:01:06", REFUSED, "GET /c", "php:9000");
	reach();
	expect(0, "unexplained", FPS_UNCERTAIN, NULL);
	expect(1, "fpm_killed", FPS_POSSIBLE, "no stop before it");
	expect(2, "fpm_down", FPS_CERTAIN, "without a stop");
	expect(3, "fpm_down", FPS_CERTAIN, "!without a stop");
	CHECK(verdicts[3].subcase == NULL);
}

static void full(void)
{
	begin();
	fpm("12:00:00", "WARNING: [pool www] server reached pm.max_children setting (5), consider raising it");
	failure("12:00:50", SLOW, "GET /a", WWW);
	failure("12:00:50", SLOW, "GET /b", BLOG);
	failure("12:05:00", SLOW, "GET /c", WWW);
	failure("12:00:51", UNSENT, "POST /d", WWW);
	failure("12:00:52", "upstream timed out (110: Connection timed out) while connecting to upstream", "GET /e",
		"192.0.2.7:9000");
	reach();
	expect(0, "pool_exhausted", FPS_POSSIBLE, "never run");
	expect(1, "nginx_timeout", FPS_CERTAIN, "!setting (5)");
	expect(2, "nginx_timeout", FPS_CERTAIN, NULL);
	CHECK_STR(verdicts[2].subcase, strlen(verdicts[2].subcase), "nginx_timeout/send");
	expect(3, "pool_exhausted", FPS_POSSIBLE, "nc -vz");
	expect(4, "nginx_timeout", FPS_CERTAIN, NULL);
}

static void connects(void)
{
	static const struct {
		int error;
		const char *upstream, *cause, *subcase;
	} cases[] = {
		{13, "127.0.0.1:9000", "connect_forbidden", NULL},
		{13, WWW, "no_permission", NULL},
		{99, "192.0.2.7:9000", "no_local_port", NULL},
		{110, "192.0.2.7:9000", "connect_timeout", NULL},
		{113, "192.0.2.7:9000", "fpm_down", "fpm_down/unreachable"},
		{111, "192.0.2.7:9000", "fpm_down", NULL},
		{2, WWW, "fpm_down", NULL},
		{11, WWW, "pool_exhausted", NULL},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *message =
			fps_alloc_format("connect() failed (%d: Whatever) while connecting to upstream", cases[i].error);

		begin();
		failure("12:00:05", message, "GET /a", cases[i].upstream);
		reach();
		UNIT_CASE(cases[i].cause);
		CHECK_STR(verdicts[0].cause, strlen(verdicts[0].cause), cases[i].cause);
		CHECK((verdicts[0].subcase == NULL) == (cases[i].subcase == NULL));
		free(message);
	}
}

/* FPM's log in another zone; by one pair only a guess. */
static void other_zone(void)
{
	begin();
	failure("14:00:05", RESET, "GET /a", WWW);
	died("12:00:05", "www", 5, SEGV);
	reach();
	expect(0, "segfault", FPS_POSSIBLE, "another time zone");

	begin();
	failure("14:00:05", RESET, "GET /a", WWW);
	failure("14:07:31", RESET, "GET /a", WWW);
	died("12:00:05", "www", 5, SEGV);
	died("12:07:31", "www", 6, KILL);
	reach();
	expect(0, "segfault", FPS_PROBABLE, "7200 s behind");
	expect(1, "killed", FPS_PROBABLE, NULL);

	/* 17 minutes are no zone; what agrees as it is stays; and many ends fit something at some hour */
	begin();
	failure("12:17:05", RESET, "GET /a", WWW);
	failure("15:00:00", RESET, "GET /a", WWW);
	died("12:00:05", "www", 5, SEGV);
	died("15:00:00", "www", 5, KILL);
	reach();
	expect(0, "unexplained", FPS_UNCERTAIN, NULL);
	expect(1, "killed", FPS_PROBABLE, NULL);
	begin();
	failure("14:00:05", RESET, "GET /a", WWW);
	died("12:00:05", "www", 5, SEGV);
	died("12:20:07", "www", 6, SEGV);
	died("13:31:11", "www", 7, SEGV);
	reach();
	expect(0, "unexplained", FPS_UNCERTAIN, NULL);
}

/* The hour that is there twice, in Berlin. */
static void doubled_hour(void)
{
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	begin();
	failure("2026/10/25 02:30:10", RESET, "GET /a", WWW);
	failure("2026/10/25 02:59:59", RESET, "GET /a", WWW);
	failure("2026/10/25 02:30:10", RESET, "GET /a", WWW);
	failure("2026/10/25 03:00:01", RESET, "GET /a", WWW);
	reach();
	for (size_t i = 0; i < 4; i++) {
		static const int64_t times[] = {1792888210, 1792889999, 1792891810, 1792893601};

		CHECK_INT(joined.matches[i].time, times[i]);
	}

	/* FPM's clock showed the same */
	begin();
	failure("2026/10/25 02:30:10", RESET, "GET /a", WWW);
	died("25-Oct-2026 02:30:10", "www", 5, SEGV);
	reach();
	expect(0, "segfault", FPS_PROBABLE, NULL);

	/* an envelope knows which */
	begin();
	sent = 1792891810.5;
	failure("2026/10/25 02:30:10", RESET, "GET /a", WWW);
	sent = 0;
	reach();
	CHECK_INT(joined.matches[0].time, 1792891810);
	begin();
	setenv("TZ", "UTC", 1);
	tzset();
}

#define OOM \
	"Out of memory: Killed process 5 (php-fpm8.2) total-vm:300000kB, anon-rss:200000kB, file-rss:0kB, shmem-rss:0kB, " \
	"UID:33 pgtables:500kB oom_score_adj:0"
#define FAULT \
	"php-fpm8.2[5]: segfault at 0 ip 00007f0000001234 sp 00007ffc00001234 error 4 in imagick.so[7f0000000000+20000]"

static const double noon = 1795348800;

static void kernel(double time, const char *line)
{
	sent = time;
	take(FPS_ENTRY_KERNEL, line);
	sent = 0;
}

static void unit(double time, const char *line)
{
	sent = time;
	take(FPS_ENTRY_UNIT, line);
	sent = 0;
}

/* The kernel's log decides what SIGKILL was, and names the library. */
static void kernels(void)
{
	begin();
	failure("12:00:05", RESET, "GET /a", WWW);
	died("12:00:05", "www", 5, KILL);
	kernel(noon + 5, OOM);
	reach();
	expect(0, "oom_kill", FPS_PROBABLE, "Killed process 5");

	/* in two lines, the second one says more; and by systemd's */
	begin();
	failure("12:00:05", RESET, "GET /a", WWW);
	died("12:00:05", "www", 5, KILL);
	kernel(noon + 5,
		"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/"
		"system.slice/php8.2-fpm.service,task=php-fpm8.2,pid=5,uid=33");
	kernel(noon + 5, OOM);
	reach();
	expect(0, "oom_kill", FPS_PROBABLE, "Killed process 5");
	begin();
	failure("12:00:05", RESET, "GET /a", WWW);
	failure("12:00:05", RESET, "GET /b", BLOG);
	died("12:00:05", "www", 5, KILL);
	unit(noon + 6, "systemd[1]: php8.2-fpm.service: A process of this unit has been killed by the OOM killer.");
	reach();
	expect(0, "oom_kill", FPS_PROBABLE, "systemd's journal");
	expect(1, "unexplained", FPS_UNCERTAIN, NULL);

	/* in a container the pid is another one */
	begin();
	failure("12:00:05", RESET, "GET /a", WWW);
	died("12:00:05", "www", 77, SEGV);
	kernel(noon + 5, FAULT);
	reach();
	expect(0, "segfault", FPS_PROBABLE, "imagick.so");

	/* alone, by time */
	begin();
	failure("12:00:05", RESET, "GET /a", WWW);
	failure("12:00:05", RESET, "GET /b", WWW);
	kernel(noon + 5, FAULT);
	reach();
	expect(0, "segfault", FPS_POSSIBLE, "the kernel's log");
	expect(1, "unexplained", FPS_UNCERTAIN, NULL);
	begin();
}

static void units(void)
{
	begin();
	unit(noon, "systemd[1]: Stopping php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager...");
	unit(noon + 20, "systemd[1]: Stopped php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager.");
	failure("12:00:15", RESET, "GET /a", WWW);
	failure("12:00:15", RESET, "GET /b", "unix:/run/php/php7.4-fpm.sock:");
	failure("12:00:15", RESET, "GET /c", "127.0.0.1:9000");
	reach();
	expect(0, "fpm_stop", FPS_PROBABLE, "systemd's journal");
	expect(1, "unexplained", FPS_UNCERTAIN, NULL);
	expect(2, "fpm_stop", FPS_POSSIBLE, NULL);

	begin();
	unit(noon + 5, "systemd[1]: php8.2-fpm.service: Main process exited, code=killed, status=9/KILL");
	failure("12:00:05", RESET, "GET /a", WWW);
	reach();
	expect(0, "fpm_killed", FPS_PROBABLE, "status=9/KILL");
	begin();
}

/* A line of a log: "N12:00:05|GET /a" of nginx's, of FPM's E an exit, T a timeout, R a reload; with others around it.
 */
static void line_of(const char *line, bool among_others)
{
	char time[9] = "";

	memcpy(time, line + 1, 8);
	file = line[0] == 'N' ? "error.log" : "fpm.log";
	if (line[0] == 'N') {
		failure(time, RESET, line + 10, WWW);
	} else if (line[0] == 'E') {
		died(time, "www", atoi(line + 10), atoi(line + 10) % 2 ? SEGV : KILL);
	} else if (line[0] == 'T') {
		timed_out(time, atoi(line + 10), line + 11);
	} else {
		fpm(time, "NOTICE: Reloading in progress ...");
	}
	if (among_others) {
		fpm(time, "NOTICE: [pool www] child 99 started");
		failure("09:00:00", "upstream sent too big header while reading response header from upstream", "GET /z", WWW);
	}
	file = NULL;
}

/* What was found out about "/a…", "/b…" and so on. */
static void summarize(char verdict[26][40])
{
	for (size_t i = 0; i < known.incidents.count; i++) {
		snprintf(verdict[known.incidents.all[i].uri[1] - 'a'], 40, "%s %d", verdicts[i].cause, verdicts[i].certainty);
	}
}

/* In whatever order logs are read, and whatever else is in them, the verdicts are the same. */
static void whatever_order(void)
{
	static const char *const lines[] = {"N12:00:05|GET /a.php", "N12:00:05|GET /b.php", "N12:00:05|GET /c",
		"N12:00:30|GET /d", "N12:00:31|GET /e", "N12:02:00|GET /f", "T12:00:05|5/b.php", "E12:00:05|5", "E12:00:06|6",
		"E12:00:30|7", "E12:00:30|8", "E12:01:59|9", "R12:02:00|"};
	enum { FPM_LINES = 6 }; /* from that one on */
	char expected[26][40] = {""}, found[26][40];
	unsigned seed = 1;

	for (int round = 0; round < 40; round++) {
		begin();
		/* the lines of one log stay in their order, and the logs are mixed */
		for (size_t i = 0, nginx = 0, other = FPM_LINES; i < COUNT(lines); i++) {
			bool is_nginx = other == COUNT(lines)
				|| (nginx < FPM_LINES && (round == 0 || (seed = seed * 1103515245 + 12345) / 65536 % 2));

			line_of(lines[is_nginx ? nginx++ : other++], round % 2);
		}
		reach();
		summarize(round ? found : expected);
		for (int i = 0; round && i < FPM_LINES; i++) {
			CHECK_STR(found[i], strlen(found[i]), expected[i]);
		}
	}
	begin();
}

int main(void)
{
	static const struct unit_test tests[] = {TEST(pools_and_sockets), TEST(two_masters), TEST(used_once), TEST(scripts),
		TEST(recycled), TEST(stops), TEST(falls), TEST(full), TEST(connects), TEST(other_zone), TEST(doubled_hour),
		TEST(kernels), TEST(units), TEST(whatever_order)};

	setenv("TZ", "UTC", 1);
	return unit_run(tests, COUNT(tests));
}
