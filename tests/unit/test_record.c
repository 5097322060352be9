/*
 * record.c: slots that workers filled. Every line goes into build/records.jsonl too, which the
 * Makefile then validates against the schema.
 */
#include "slots.h"

static char line[FPS_SIG_RECORD_MAX + 1]; /* with a NUL for strstr() */

/* Formats the slot, checks what holds for every line, and frees it. */
static void format_as(struct fps_slot *slot, const struct fps_sig_storm *storm)
{
	size_t most = storm ? FPS_SIG_RECORD_SHORT : FPS_SIG_RECORD_MAX;
	char *own = malloc(most); /* its end is guarded */
	size_t len = storm ? fps_sig_record_format_short(slot, storm, own) : fps_sig_record_format(slot, own);
	FILE *file = fopen("build/records.jsonl", "ab");

	if (!CHECK(len > 2 && len <= most)) {
		exit(1);
	}
	CHECK(own[len - 1] == '\n' && memchr(own, '\n', len) == own + len - 1);
	CHECK(memchr(own, '\0', len) == NULL);
	if (CHECK(file != NULL)) {
		fwrite(own, 1, len, file);
		fclose(file);
	}
	memcpy(line, own, len);
	line[len] = '\0';
	free(own);
	free(slot);
}

static void format(struct fps_slot *slot)
{
	format_as(slot, NULL);
}

static void begin(void)
{
	remove("build/records.jsonl");
	fps_sig_record_init("web1", "8.2.36", "0.1.0");
}

static bool has(const char *part)
{
	if (strstr(line, part)) {
		return true;
	}
	printf("  not in it: %s\n  %s", part, line);
	return false;
}

static int count(const char *part)
{
	int n = 0;

	for (const char *at = line; (at = strstr(at, part)); at += strlen(part)) {
		n++;
	}
	return n;
}

/* The one this was compiled for, and the first of its registers. */
#if defined(__x86_64__)
#define ARCH "x86_64"
#define REGISTER "rip"
#elif defined(__aarch64__)
#define ARCH "aarch64"
#define REGISTER "x0"
#endif

static void example(void)
{
	format(slot_example());
	char *fingerprint = strstr(line, "\"fingerprint\":\"");

	if (CHECK(fingerprint != NULL)) {
		memset(fingerprint + 15, '#', 16); /* test_fingerprint.c knows more of it */
	}
	CHECK_STR(line, strlen(line),
		"{\"@timestamp\":\"2026-11-22T06:50:57.123556Z\",\"message\":\"www[8785] request_terminate_timeout: terminated "
		"by the FPM master, 3.412 s into GET /sleep.php, in sleep() called at "
		"/srv/www/"
		"sleep.php:3\",\"log\":{\"level\":\"critical\"},\"event\":{\"dataset\":\"fpmsentinel\",\"id\":"
		"\"01a20205a38f000cd4e5f708192a3b4c\",\"action\":\"worker-death\",\"code\":\"request_terminate_timeout\"},"
		"\"host\":{\"name\":\"web1\"},\"process\":{\"pid\":8785,\"parent\":{\"pid\":8783},\"uptime\":4},\"http\":{"
		"\"request\":{\"id\":\"43619ec4256eb547400aa42c5d08f746\",\"method\":\"GET\"}},\"url\":{\"domain\":\"shop."
		"example\",\"path\":\"/"
		"sleep.php\"},\"client\":{\"ip\":\"203.0.113.7\"},\"trace\":{\"id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"},"
		"\"error\":{\"type\":\"SIGTERM\",\"message\":\"terminated by the FPM "
		"master\"},\"fpmsentinel\":{\"schema\":1,\"version\":\"0.1.0\",\"cause\":\"request_terminate_timeout\","
		"\"worker_died\":true,\"confidence\":\"probable\",\"evidence\":[\"sender 8783 is the FPM master\",\"no SIGQUIT "
		"came "
		"first\"],\"written_by\":\"worker\",\"incomplete\":[],\"fingerprint\":\"################\",\"pool\":\"www\","
		"\"phase\":\"execute\",\"requests_served\":12,\"nginx\":{\"pid\":8796,\"connection\":3,\"connection_requests\":"
		"1},\"request\":{\"started\":\"2026-11-22T06:50:53.711456Z\",\"elapsed_ms\":3412.100,\"script\":\"/srv/www/"
		"sleep.php\",\"headers_sent\":false,\"finished\":false},\"limits\":{\"memory_limit\":134217728,\"max_execution_"
		"time\":30,\"hard_timeout\":2},\"memory\":{\"used\":2097152,\"peak\":2097152,\"rss\":19398656},\"signal\":{"
		"\"number\":15,\"name\":\"SIGTERM\",\"code\":\"SI_USER\",\"sender\":{\"pid\":8783,\"uid\":0,\"role\":\"fpm-"
		"master\"}},\"php\":{\"version\":\"8.2.36\",\"stack_age_ms\":0,\"stack\":[{\"function\":\"sleep\"},{"
		"\"function\":\"slow\",\"file\":\"/srv/www/sleep.php\",\"line\":3},{\"function\":\"{main}\",\"file\":\"/srv/"
		"www/sleep.php\",\"line\":5}]},\"native\":{\"arch\":\"" ARCH
		"\",\"stack\":[{\"ip\":\"0x7f10a2ad3f80\",\"module\":\"/usr/lib/x86_64-linux-gnu/"
		"libc.so.6\",\"build_id\":\"9b9b9b9b9b9b9b9b9b9b9b9b9b9b9b9b9b9b9b9b\",\"offset\":\"0xd3f80\"},{\"ip\":"
		"\"0x1234\"}],\"registers\":{\"" REGISTER "\":\"0x7f10a2ad3f80\"}}}}\n");
}

/* A worker that dies with nothing but its claim: no request, no draft. */
static void empty_slot(void)
{
	format(slot_claimed());
	CHECK(has("\"incomplete\":[\"signal\",\"memory\",\"php.stack\",\"native.modules\",\"native.stack\",\"request\"]"));
	CHECK(!strstr(line, "\"native\":{") && !strstr(line, "\"url\"") && !strstr(line, "\"signal\":{"));
}

/* What the watcher had seen, 99 ms before a death of which the worker could not tell. */
static void sample(void)
{
	struct fps_slot *slot = slot_example();

	slot->draft.sampled_ns = slot->draft.died_ns - 99999999;
	slot->draft.has_cpu = true;
	slot->draft.cpu_us = 2301;
	format(slot);
	CHECK(has("\"elapsed_ms\":3412.100,\"cpu_ms\":2.301,\"script\""));
	CHECK(has("\"stack_age_ms\":99,"));
	CHECK(has("/sleep.php, last seen 99 ms before in sleep() called at /srv/www/sleep.php:3\""));
	slot = slot_example();
	slot->draft.sampled_ns = slot->draft.died_ns - 1; /* a sample all the same */
	format(slot);
	CHECK(has("\"stack_age_ms\":1,"));
	slot = slot_example();
	slot->draft.sampled_ns = slot->draft.died_ns + 1; /* of a clock that cannot be right */
	format(slot);
	CHECK(has("\"stack_age_ms\":0,"));
}

static void incomplete_names_what_is_missing(void)
{
	static const char *const names[FPS_STAGES] = {"signal", "memory", "php.stack", "native.modules", "native.stack"};

	for (unsigned stage = 0; stage < FPS_STAGES; stage++) {
		struct fps_slot *slot = slot_example();
		char expected[64];

		slot->draft.stages_done &= ~(1u << stage);
		format(slot);
		snprintf(expected, sizeof expected, "\"incomplete\":[\"%s\"]", names[stage]);
		CHECK(has(expected));
	}

	struct fps_slot *slot = slot_example();

	memset(slot->request.path, 'p', sizeof slot->request.path);
	memset(slot->request.domain, 'd', sizeof slot->request.domain);
	memset(slot->request.script, 's', sizeof slot->request.script - 1);
	memset(slot->request.id, 'i', sizeof slot->request.id - 1);
	format(slot);
	CHECK(has("\"incomplete\":[\"url.path\",\"url.domain\",\"request.script\",\"http.request.id\"]"));
}

/* Every text full of what is dear to escape, alone and with full stacks. */
static void full_texts_and_stacks(void)
{
	static const struct {
		const char *name, *bytes;
		size_t len;
	} patterns[] = {
		{"control characters", "\x01\n\r\x1f\x7f", 5},
		{"0xff", "\xff", 1},
		{"quotes", "\"\\", 2},
		{"letters", "x", 1},
		{"characters of four bytes", "\xf0\x9f\x98\x80", 4},
		{"truncated characters", "\xf0\x9f\x98", 3},
	};

	for (size_t i = 0; i < COUNT(patterns); i++) {
		UNIT_CASE(patterns[i].name);
		for (int what = 1; what < 4; what++) {
			struct fps_slot *slot = slot_example();

			if (what & 1) {
				slot_fill_texts(slot, patterns[i].bytes, patterns[i].len);
			}
			if (what & 2) {
				slot_fill_stacks(slot, patterns[i].bytes, patterns[i].len);
			}
			format(slot);
			CHECK(count("\"ip\":\"0x") >= (what & 2 ? 8 : 2));
		}
	}
}

/* Native frames go first, then PHP frames, then the ends of texts; of stacks the middle. */
static void cut_order(void)
{
	struct fps_slot *slot = slot_example();

	slot_fill_stacks(slot, "x", 1);
	slot->draft.php_frames = 20;
	slot->draft.php_frames_omitted = 0;
	format(slot);
	CHECK(!strstr(line, "stack_age_ms\":0,\"frames_omitted"));
	CHECK_INT(count("\"class\":"), 20);
	CHECK(has("\"arch\":\"" ARCH "\",\"frames_omitted\":"));
	CHECK(has("{\"ip\":\"0xffffffffffffffff\"") && has("{\"ip\":\"0xffffffffffffffc0\""));

	UNIT_CASE("then PHP");
	slot = slot_example();
	slot_fill_stacks(slot, "x", 1);
	format(slot);
	CHECK_INT(count("\"ip\":\"0x"), 8);
	CHECK(count("\"class\":") >= 16 && count("\"class\":") < FPS_MAX_FRAMES);
	char omitted[64];

	snprintf(omitted, sizeof omitted, "\"frames_omitted\":%d,\"stack\"", 1000 + FPS_MAX_FRAMES - count("\"class\":"));
	CHECK(has(omitted));

	UNIT_CASE("texts only");
	slot = slot_example();
	slot_fill_texts(slot, "\x01", 1);
	format(slot);
	CHECK_INT(count("\"function\":"), 3);
	CHECK_INT(count("\"ip\":\"0x"), 2);

	UNIT_CASE("then texts");
	slot = slot_example();
	slot_fill_texts(slot, "\x01", 1);
	slot_fill_stacks(slot, "\x01", 1);
	format(slot);
	CHECK(count("\"class\":") > 0 && count("\"class\":") <= 16);
	CHECK_INT(count("\"ip\":\"0x"), 8);
	CHECK(has("\"incomplete\":[\"php.stack\",\"native.stack\",\"url.path\",\"url.query\",\"url.domain\",\"request."
			  "script\",\"http.request.id\"]"));
}

/* A walk that found only a part: a frame's class without its function, a line without its file. */
static void half_frames(void)
{
	struct fps_slot *slot = slot_example();

	slot_php(slot, "Cart", "", "", 0);
	slot_php(slot, "Cart", "", "/srv/Cart.php", 7);
	slot_php(slot, "", "f", "", 7)->line_approximate = true;
	slot_php(slot, "", "", "", 0);
	slot_php(slot, "", "", "/srv/only.php", 7);
	slot_php(slot, "Cart", "total", "", 0)->call = FPS_CALL_STATIC;
	slot_php(slot, "", "g", "/srv/g.php", 7)->line_approximate = true;
	format(slot);
	CHECK(has("{\"file\":\"/srv/only.php\",\"line\":7}"));
	CHECK(has("{\"class\":\"Cart\",\"type\":\"::\",\"function\":\"total\"}"));
	CHECK(has("{\"function\":\"g\",\"file\":\"/srv/g.php\",\"line\":7,\"line_approximate\":true}"));
}

/* In a chroot without /proc the program's own path is not known. */
static void module_without_path(void)
{
	struct fps_slot *slot = slot_example();

	slot_module(slot, "", 0x400000, 0x12);
	slot_module(slot, "/usr/lib/a.so", 0x800000, 0);
	slot_native(slot, 0x400010, 1);
	slot_native(slot, 0x800010, 2);
	slot_native(slot, 0x900010, FPS_MAX_MODULES);
	format(slot);
	CHECK(has("{\"ip\":\"0x800010\",\"module\":\"/usr/lib/a.so\",\"offset\":\"0x10\"}"));
	CHECK(has("{\"ip\":\"0x900010\"}"));
}

static void anonymous_class(void)
{
	struct fps_slot *slot = slot_example();
	static const char name[] = "class@anonymous\0/srv/a.php:3$0";

	slot->draft.php_frame[0].class_name = slot_span(slot, name, sizeof name - 1);
	format(slot);
	CHECK(has("\"class\":\"class@anonymous\""));
	CHECK(has("in class@anonymous::sleep() called at"));
}

/* What clients and web servers send where something else is expected is no reason to break the contract. */
static void strange_parameters(void)
{
	static const struct {
		const char *name, *client_ip, *traceparent, *pid, *absent;
	} cases[] = {
		{"nginx on a unix socket", "unix:", "", "1", "\"ip\":\"unix"},
		{"trace id of zeroes", "::1", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "1", "\"trace\""},
		{"short trace id", "::1", "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01-", "1", "\"trace\""},
		{"upper-case trace id", "::1", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "1", "\"trace\""},
		{"no trace", "::1", "-", "1", "\"trace\""},
		{"not a pid", "::1", "", "$pid", "\"nginx\":{\"pid\""},
		{"pid 0", "::1", "", "0", "\"nginx\":{\"pid\""},
		{"an address that is none", "client\"\n", "", "1", "\"client\""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fps_slot *slot = slot_example();

		UNIT_CASE(cases[i].name);
		SET(slot->request.client_ip, cases[i].client_ip);
		SET(slot->request.traceparent, cases[i].traceparent);
		SET(slot->request.nginx_pid, cases[i].pid);
		format(slot);
		CHECK(strstr(line, cases[i].absent) == NULL);
	}
}

/* A death before its request, or before the epoch, as a worker may have left it that was about to crash. */
static void times_out_of_order(void)
{
	struct fps_slot *slot = slot_example();

	slot->request.started_ns = slot->draft.died_ns + SECOND_NS;
	slot->draft.sampled_ns = slot->draft.died_ns + SECOND_NS;
	format(slot);
	CHECK(has("\"elapsed_ms\":0.000"));
	UNIT_CASE("before the epoch, and in no year");
	slot = slot_example();
	slot->draft.died_us = 5;
	format(slot);
	CHECK(has("\"elapsed_ms\":0.000"));
	slot = slot_example();
	slot->draft.died_us = UINT64_MAX;
	format(slot);
	CHECK(has("\"@timestamp\":\"9999-12-31T23:59:59.999999Z\""));
}

/* Fields that are full to the last byte have no NUL; nothing of the next one may leak into them. */
static void unterminated_fields(void)
{
	struct fps_slot *slot = slot_example();

	memset(slot->who.pool, 'P', sizeof slot->who.pool);
	SET(slot->who.log, "LEAK");
	memset(slot->request.method, 'M', sizeof slot->request.method);
	SET(slot->request.domain, "DOMAIN");
	memset(slot->draft.error_message, 'E', sizeof slot->draft.error_message);
	SET(slot->draft.evidence[0], "EVIDENCE");
	memset(slot->request.nginx_pid, '1', sizeof slot->request.nginx_pid);
	SET(slot->request.nginx_connection, "22");
	format(slot);
	CHECK_INT(count("LEAK"), 0);
	CHECK_INT(count("MMDOMAIN"), 0);
	CHECK_INT(count("EEVIDENCE"), 0);
}

/* nginx's numbers as FPM has them: what is none of them says nothing, and the ones of the request before are gone. */
static void numbers_in_one_piece(void)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *expected;
	} cases[] = {
#define ROW(bytes, expected) {bytes, sizeof bytes - 1, expected}
		ROW("NGINX_PID\0"
			"71\0NGINX_CONNECTION\0"
			"5\0NGINX_CONN_REQUESTS\0"
			"9\0REQUEST_ID\0abc\0",
			"\"nginx\":{\"pid\":71,\"connection\":5,\"connection_requests\":9}"),
		ROW("NGINX_PIE\0"
			"71\0NGINX_CONNECTION\0"
			"5\0HTTP_COOKIE\0LEAK\0",
			"\"nginx\":{\"connection\":5}"),
		ROW("NGINX_PID\0"
			"71\0NGINX_CONNECTION",
			"\"nginx\":{\"pid\":71}"),
		ROW("NGINX_PID\0"
			"71",
			"\"nginx\":{\"pid\":71}"),
		ROW("\0\0\0\0NGINX_PID\0"
			"71\0",
			"\"nginx\":{\"pid\":71}"),
#undef ROW
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fps_slot *slot = slot_example();

		UNIT_CASE(cases[i].expected);
		memset(slot->request.numbers, 'x', sizeof slot->request.numbers);
		memcpy(slot->request.numbers, cases[i].bytes, cases[i].len + 1);
		slot->request.numbers_len = (uint32_t) cases[i].len;
		format(slot);
		CHECK(has(cases[i].expected));
		CHECK_INT(count("LEAK"), 0);
		CHECK_INT(count("\"id\":\"abc\""), i == 0);
		CHECK_INT(count("43619ec4256eb547400aa42c5d08f746"), 0);
	}
}

/* The slot is that of a thread, and another one has died. */
static void other_thread(void)
{
	static const char *const nothing_of[] = {"\"http\"", "\"url\"", "\"client\"", "\"trace\"", "\"nginx\"",
		"\"request\"", "\"limits\"", "\"requests_served\"", "\"url.path\""};
	struct fps_slot *slot = slot_example();

	memset(slot->request.path, 'p', sizeof slot->request.path - 1); /* one that was cut is not missed either */
	slot->draft.other_thread = 1;
	slot->draft.phase = FPS_PHASE_NONE;
	slot->request.started_ns = slot->draft.died_ns + SECOND_NS;
	format(slot);
	for (size_t i = 0; i < sizeof nothing_of / sizeof nothing_of[0]; i++) {
		CHECK_INT(count(nothing_of[i]), 0);
	}
	CHECK(has(", in one of several PHP threads in "));
	CHECK(has("\"php\":{\"version\""));
}

static const struct fps_sig_storm storm = {.count = 27, .first = "01a20205a38f000cd4e5f708192a3b4c"};

/* The cause with the longest name. */
static void short_example(void)
{
	struct fps_slot *slot = slot_example();

	SET(slot->who.listen, "/run/php/php8.2-fpm.sock");
	format_as(slot, &storm);
	char *fingerprint = strstr(line, "\"fingerprint\":\"");

	if (CHECK(fingerprint != NULL)) {
		memset(fingerprint + 15, '#', 16);
	}
	CHECK_STR(line, strlen(line),
		"{\"@timestamp\":\"2026-11-22T06:50:57.123556Z\",\"message\":\"request_\",\"event\":{\"dataset\":"
		"\"fpmsentinel\",\"id\":\"01a20205a38f000cd4e5f708192a3b4c\",\"action\":\"worker-death\",\"code\":\"request_"
		"terminate_timeout\"},\"host\":{\"name\":\"web1\"},\"process\":{\"pid\":8785},\"http\":{\"request\":{\"id\":"
		"\"43619ec4256eb547400aa42c5d08f746\",\"method\":\"GET\"}},\"url\":{\"path\":\"/"
		"sleep.php\"},\"fpmsentinel\":{\"schema\":1,\"version\":\"0.1.0\",\"cause\":\"request_terminate_timeout\","
		"\"worker_died\":true,\"confidence\":\"probable\",\"written_by\":\"worker\",\"incomplete\":[\"listen\"],"
		"\"fingerprint\":\"################\",\"pool\":\"www\",\"nginx\":{\"pid\":8796,\"connection\":3,\"connection_"
		"requests\":1},\"storm\":{\"first\":\"01a20205a38f000cd4e5f708192a3b4c\",\"count\":27}}}\n");
}

/* Whatever its texts are, what finds the request and the first record stays. */
static void short_whatever_it_holds(void)
{
	static const struct {
		const char *name, *bytes;
		size_t len;
	} patterns[] = {
		{"control characters", "\x01\n\r\x1f\x7f", 5},
		{"0xff", "\xff", 1},
		{"quotes", "\"\\", 2},
		{"letters", "x", 1},
		{"characters of four bytes", "\xf0\x9f\x98\x80", 4},
		{"tags", "\xf3\xa0\x80\xa1", 4},
	};

	for (size_t i = 0; i < COUNT(patterns); i++) {
		struct fps_slot *slot = slot_example();

		UNIT_CASE(patterns[i].name);
		slot_fill_texts(slot, patterns[i].bytes, patterns[i].len);
		slot_fill_stacks(slot, patterns[i].bytes, patterns[i].len);
		SET(slot->request.nginx_pid, "8796");
		SET(slot->request.nginx_connection, "3");
		format_as(slot, &storm);
		CHECK(has("\"nginx\":{\"pid\":8796,\"connection\":3}"));
		CHECK(has("\"storm\":{\"first\":\"01a20205a38f000cd4e5f708192a3b4c\",\"count\":27}"));
		CHECK(has("\"url.path\""));
	}
}

/* The usual case: nothing is missing. */
static void short_and_whole(void)
{
	struct fps_slot *slot = slot_example();

	slot->draft.cause = FPS_CAUSE_SEGFAULT;
	SET(slot->who.listen, "/run/php/php8.2-fpm.sock");
	format_as(slot, &storm);
	CHECK(has("\"message\":\"segfault: GET /sleep.php\","));
	CHECK(has("\"incomplete\":[],"));
}

/* A path is cut last but the texts that find the worker. */
static void short_paths(void)
{
	for (size_t len = 150; len < 260; len += 10) {
		struct fps_slot *slot = slot_example();
		char path[200];

		memset(slot->request.path, 0, sizeof slot->request.path);
		memset(slot->request.path, 'p', len);
		snprintf(path, sizeof path, "\"path\":\"%.10s", slot->request.path);
		format_as(slot, &storm);
		CHECK(has(path));
		CHECK(has("\"pool\":\"www\"") && has("\"id\":\"43619ec4256eb547400aa42c5d08f746\""));
	}
}

/* The worker is the parent, whatever its own is, and lives on. What is no fault is not told of a child. */
static void child(void)
{
	struct fps_slot *slot = slot_example();

	slot->draft.cause = FPS_CAUSE_SEGFAULT;
	slot->draft.child_pid = 8791;
	slot->draft.event = FPS_EVENT_OF_CHILD + 8791;
	format(slot);
	CHECK(has("\"process\":{\"pid\":8791,\"parent\":{\"pid\":8785}}"));
	CHECK(has("\"message\":\"www[8785] segfault in forked child 8791: "));
	CHECK(has("\"action\":\"child-death\",\"code\":\"segfault\"") && has("\"worker_died\":false")
		&& has("\"level\":\"error\""));
	slot = slot_example();
	slot->draft.cause = FPS_CAUSE_KILLED;
	slot->draft.child_pid = 8791;
	format(slot);
	CHECK(has("\"process\":{\"pid\":8785,") && has("\"action\":\"worker-death\",\"code\":\"killed\""));
}

/* One that is not PHP's: PHP's stack is not that of the death, of which the message names the library. */
static void library_thread(void)
{
	struct fps_slot *slot = slot_example();

	slot->draft.thread = FPS_THREAD_OTHER;
	slot->draft.thread_id = 8790;
	SET(slot->draft.thread_name, "decoder");
	slot_module(slot, "/usr/lib/libdecode.so.1", 0x7f10b0000000, 0x77);
	slot_native(slot, 0x7f10b0001139, 1);
	format(slot);
	CHECK(has("terminated by the FPM master in a thread that is not PHP's (8790 decoder, at libdecode.so.1+0x1139), "
			  "3.412 s into GET /sleep.php, while PHP was in sleep() called at /srv/www/sleep.php:3\""));
	CHECK(has("\"thread\":{\"id\":8790,\"name\":\"decoder\"}"));
	CHECK(has("\"thread\":\"other\",\"phase\""));
}

/*
 * Where abort() and raise() stand: the caller is named, and nothing where the stack could not be followed to it, as
 * with musl.
 */
static void library_thread_in_libc(void)
{
	static const char *const libraries[] = {"/lib/x86_64-linux-gnu/libc.so.6", "/lib/ld-musl-x86_64.so.1"};

	for (size_t i = 0; i < 2 * COUNT(libraries); i++) {
		struct fps_slot *slot = slot_example();
		bool has_caller = i % 2 == 1;

		UNIT_CASE(libraries[i / 2]);
		slot->draft.thread = FPS_THREAD_OTHER;
		slot->draft.thread_id = 8790;
		slot_module(slot, libraries[i / 2], 0x7f10a0000000, 0x66);
		slot_module(slot, "/usr/lib/libdecode.so.1", 0x7f10b0000000, 0x77);
		slot_native(slot, 0x7f10a0001000, 1);
		if (has_caller) {
			slot_native(slot, 0x7f10b0001139, 2);
		}
		format(slot);
		CHECK(has(has_caller ? " that is not PHP's (8790, at libdecode.so.1+0x1139), "
							 : " that is not PHP's (8790), 3.412 s"));
	}
	UNIT_CASE("");
}

static void compiling(void)
{
	struct fps_slot *slot = slot_example();

	slot->draft.compiling = slot_span(slot, "/srv/www/view.php", 17);
	slot->draft.phase = FPS_PHASE_COMPILE;
	format(slot);
	CHECK(has("/sleep.php, compiling /srv/www/view.php, in sleep() called at /srv/www/sleep.php:3\""));
	CHECK(has("\"phase\":\"compile\",\"compiling\":\"/srv/www/view.php\","));
	UNIT_CASE("the page itself");
	slot = slot_example();
	slot->draft.compiling = slot_span(slot, "/srv/www/view.php", 17);
	slot->draft.php_frames = 0;
	format(slot);
	CHECK(has("/sleep.php, compiling /srv/www/view.php\""));
	CHECK_INT(count("\"compiling\""), 0); /* in another phase it is of some time before */
}

/* Events of this request, in order, and of no other: those of an earlier one still stand there. */
static void earlier_events(void)
{
	struct fps_slot *slot = slot_example();
	struct fps_request *request = &slot->request;

	request->events = 7;
	request->earlier[0] =
		(struct fps_earlier) {.at_ns = request->started_ns - 1, .cause = FPS_CAUSE_FATAL_ERROR, .event = 1};
	request->earlier[1] =
		(struct fps_earlier) {.at_ns = request->started_ns + 1, .cause = FPS_CAUSE_MEMORY_PRESSURE, .event = 2};
	request->earlier[2] =
		(struct fps_earlier) {.at_ns = slot->draft.died_ns - 21 * 1000000, .cause = FPS_CAUSE_MEMORY_LIMIT, .event = 3};
	request->earlier[3] =
		(struct fps_earlier) {.at_ns = slot->draft.died_ns + 1, .cause = FPS_CAUSE_MEMORY_LIMIT, .event = 4};
	format(slot);
	CHECK(has("\"cause\":\"memory_pressure\",\"ms_before\":3412},{\"id\":\""));
	CHECK(has("\"cause\":\"memory_limit\",\"ms_before\":21}],"));
	CHECK(has(", after memory_limit (21 ms before), in sleep()"));
	CHECK_INT(count("\"ms_before\""), 2);
	UNIT_CASE("of an event itself");
	slot = slot_example();
	slot->request.events = 1;
	slot->request.earlier[0] =
		(struct fps_earlier) {.at_ns = slot->draft.died_ns, .cause = FPS_CAUSE_MEMORY_LIMIT, .event = 1};
	slot->draft.event = 1;
	slot->draft.cause = FPS_CAUSE_MEMORY_LIMIT;
	format(slot);
	CHECK_INT(count("\"earlier\""), 0);
}

/* A line that is not known is none of 0. */
static void no_line(void)
{
	struct fps_slot *slot = slot_example();

	slot->draft.php_frame[1].line = 0;
	slot->draft.php_frame[1].line_approximate = true;
	format(slot);
	CHECK(has("in sleep() called at /srv/www/sleep.php\""));
	CHECK(has("{\"function\":\"slow\",\"file\":\"/srv/www/sleep.php\"}"));
}

static void name(struct fps_slot *slot, struct fps_php_frame *frame, const char *argument)
{
	frame->is_listed = true;
	frame->argument = slot_span(slot, argument, strlen(argument));
}

static void calls(void)
{
	struct fps_slot *slot = slot_example();

	format(slot);
	CHECK_INT(count("\"calls\""), 0);
	slot = slot_example();
	name(slot, slot_php(slot, "", "no_string", "/srv/a.php", 1), "");
	format(slot);
	CHECK_INT(count("\"calls\""), 0);

	slot = slot_example();
	name(slot, slot_php(slot, "", "do_action", "/srv/a.php", 1), "");
	name(slot, slot_php(slot, "Bus", "do_action", "/srv/a.php", 1), "sold \"\x01\xff");
	name(slot, slot_php(slot, "", "apply_filters", "/srv/a.php", 1), "the_content");
	name(slot, slot_php(slot, "", "do_action", "/srv/a.php", 1), "init");
	name(slot, slot_php(slot, "Bus", "do_action", "/srv/a.php", 1), "");
	format(slot);
	CHECK(has(
		"\"finished\":false,\"calls\":[{\"function\":\"do_action\"},{\"function\":\"Bus::do_action\",\"name\":\"sold "
		"\\\"\\u0001\xef\xbf\xbd\"},{\"function\":\"apply_filters\",\"name\":\"the_content\"},{\"function\":\"do_"
		"action\",\"name\":\"init\"}]}"));

	UNIT_CASE("of frames that are left out");
	slot = slot_example();
	slot_fill_stacks(slot, "x", 1);
	format(slot);
	CHECK_INT(count("\"name\":\"xxx"), count("\"class\":"));
	CHECK(count("\"class\":") < FPS_MAX_FRAMES);
}

static void client_and_query(void)
{
	static const struct {
		const char *port, *expected;
	} ports[] = {{"34980", "\"port\":34980}"}, {"65535", "\"port\":65535}"}, {"1", "\"port\":1}"}, {"65536", "7\"}"},
		{"123456", "7\"}"}, {"0", "7\"}"}, {"", "7\"}"}, {"1a", "7\"}"}};
	struct fps_slot *slot;

	for (size_t i = 0; i < COUNT(ports); i++) {
		UNIT_CASE(ports[i].port);
		slot = slot_example();
		SET(slot->draft.client_port, ports[i].port);
		format(slot);
		CHECK(has(ports[i].expected));
	}
	UNIT_CASE("");
	slot = slot_example();
	SET(slot->draft.client_port, "34980");
	SET(slot->request.client_ip, "");
	SET(slot->draft.query, "action=save");
	format(slot);
	CHECK(!strstr(line, "\"client\"") && has("\"query\":\"action=save\""));
	slot = slot_example();
	SET(slot->draft.query, "action=save");
	SET(slot->request.query, "action=save&all=1");
	format(slot);
	CHECK(has("\"query\":\"action=save&all=1\""));
	slot = slot_example();
	SET(slot->draft.client_port, "34980");
	SET(slot->draft.query, "action=save");
	slot->draft.other_thread = true;
	format(slot);
	CHECK(!strstr(line, "34980") && !strstr(line, "action=save"));
}

UNIT_MAIN(TEST(begin), TEST(library_thread), TEST(library_thread_in_libc), TEST(child), TEST(compiling),
	TEST(earlier_events), TEST(no_line), TEST(example), TEST(empty_slot), TEST(sample),
	TEST(incomplete_names_what_is_missing), TEST(full_texts_and_stacks), TEST(cut_order), TEST(half_frames),
	TEST(module_without_path), TEST(anonymous_class), TEST(strange_parameters), TEST(times_out_of_order),
	TEST(unterminated_fields), TEST(numbers_in_one_piece), TEST(other_thread), TEST(short_example),
	TEST(short_and_whole), TEST(short_whatever_it_holds), TEST(short_paths), TEST(calls), TEST(client_and_query))
