/* source.c, record.c and fpmlog.c: what logs hold between and around what is looked for, and what is broken in it. */
#include "unit.h"

#include "base/alloc.h"
#include <signal.h>

#include "log/fpmlog.h"
#include "log/recordindex.h"

#define RECORD \
	"{\"@timestamp\":\"2026-11-22T12:00:01.250000Z\",\"message\":\"m\",\"event\":{\"dataset\":\"fpmsentinel\",\"id\":" \
	"\"01a2064243bb00025e2b2f6e0d6a1c77\",\"action\":\"worker-death\",\"code\":\"segfault\"},\"fpmsentinel\":{" \
	"\"confidence\":\"probable\"," \
	"\"evidence\":[\"one\",\"two\"],\"memory\":{\"peak\":5},\"php\":{\"version\":\"8.2.0\",\"stack\":[{\"function\":" \
	"\"sleep\"}," \
	"{\"class\":\"A\",\"type\":\"->\",\"function\":\"b\\nc\",\"file\":\"/a.php\",\"line\":3}]}}}"

static enum fps_record_line parse(const char *bytes, size_t len, struct fps_record *record)
{
	return fps_record_parse((struct fps_span) {bytes, len}, record);
}

static void a_record_is_found(void)
{
	static const char *const lines[] = {RECORD, RECORD " and more"};
	struct fps_record record;

	for (size_t i = 0; i < COUNT(lines); i++) {
		UNIT_CASE(lines[i]);
		if (!CHECK_INT(parse(lines[i], strlen(lines[i]), &record), FPS_RECORD_READ)) {
			continue;
		}
		CHECK(record.time > 1795348801.2 && record.time < 1795348801.3);
		CHECK_INT(record.action, FPS_ACTION_DEATH);
		CHECK_INT(record.confidence, FPS_PROBABLE);
		CHECK_INT(record.peak, 5);
		CHECK_STR(record.evidence, strlen(record.evidence), "one; two");
		CHECK_STR(record.stack, strlen(record.stack), "sleep\t\nA->b c\t/a.php:3");
		fps_record_free(&record);
	}
}

static void others_are_none(void)
{
	static const struct {
		const char *line;
		enum fps_record_line what;
	} others[] = {
		{"", FPS_RECORD_NONE},
		{"{\"@timestamp\":\"2026-11-22T12:00:01.250000Z\"}", FPS_RECORD_NONE},
		{"{\"@timestamp\":1,\"event\":{\"dataset\":\"fpmsentinel\"}}", FPS_RECORD_BROKEN},
		{"{\"@timestamp\":\"2026-11-22T12:00:01Z\",\"event\":{\"dataset\":\"fpmsentinel\",\"id\":\"1\",\"code\":"
		 "\"segfault\"}}",
			FPS_RECORD_BROKEN},
		{"{\"@timestamp\":\"2026-11-22T12:00:01Z\",\"event\":{\"dataset\":\"fpmsentinel\",\"id\":[", FPS_RECORD_BROKEN},
		{"{\"@timestamp\":\"\xff\",\"event\":{\"dataset\":\"fpmsentinel\"}}", FPS_RECORD_BROKEN},
		{"{\"@timestamp\":\"2026-11-22T12:00:01Z\",\"event\":{\"dataset\":\"fpmsentinel\",\"id\":"
		 "\"01a2064243bb00025e2b2f6e0d6a1c77\","
		 "\"code\":\"segfault\"},\"url\":{\"path\":\"/\xff\"}}",
			FPS_RECORD_BROKEN},
	};
	struct fps_record record;

	for (size_t i = 0; i < COUNT(others); i++) {
		UNIT_CASE(others[i].line);
		CHECK_INT(parse(others[i].line, strlen(others[i].line), &record), others[i].what);
	}
}

/* No worker writes such a record, but somebody may have: what does not fit is left out, and the rest is there. */
static void long_texts_are_left_out(void)
{
	enum { LONG = 14000 };
	static const char format[] = "{\"@timestamp\":\"2026-11-22T12:00:01Z\",\"event\":{\"dataset\":\"fpmsentinel\","
								 "\"id\":\"01a2064243bb00025e2b2f6e0d6a1c77\","
								 "\"code\":\"segfault\"},\"fpmsentinel\":{\"evidence\":[\"%1$s\",\"%1$s\",\"end\"],"
								 "\"php\":{\"stack\":[{\"function\":\"%1$s\"},"
								 "{\"class\":\"%1$s\",\"function\":\"a\"}]},\"native\":{\"stack\":[{\"module\":\"/"
								 "libc.so%1$s\"},{\"module\":\"/libc.so%1$s\",\"symbol\":\"s\"},"
								 "{\"module\":\"/a\"}]}}}";
	char text[LONG + 1], *line;
	struct fps_record record;

	memset(text, 'x', LONG);
	text[LONG] = '\0';
	line = fps_alloc_format(format, text);
	if (CHECK_INT(parse(line, strlen(line), &record), FPS_RECORD_READ)) {
		CHECK_INT(strlen(record.evidence), LONG + strlen("; ; end"));
		CHECK_INT(strlen(record.stack), LONG + strlen("\t\na\t"));
		CHECK(record.native && strlen(record.native) < LONG + 100);
		fps_record_free(&record);
	}
	free(line);
}

/* A record changed at random and cut: a finding of the sanitizers, or none. */
static void garbage_is_harmless(void)
{
	struct fps_record record;

	for (size_t round = 0; round < 20000; round++) {
		size_t len = strlen(RECORD);
		char *copy = malloc(len);

		memcpy(copy, RECORD, len);
		for (size_t changes = unit_random() % 4; changes > 0; changes--) {
			copy[unit_random() % len] = "{}[]\",:0123456789\\\xff"[unit_random() % 19];
		}
		len = unit_random() % 3 ? len : unit_random() % len;
		if (parse(copy, len, &record) == FPS_RECORD_READ) {
			fps_record_free(&record);
		}
		free(copy);
	}
}

static void write_file(const char *text, size_t times)
{
	FILE *file = fopen("build/source.log", "w");

	for (size_t i = 0; CHECK(file != NULL) && i < times; i++) {
		fputs(text, file);
	}
	fclose(file);
}

/* A line that is longer than any may be comes in pieces. */
static void lines_are_bounded(void)
{
	struct fps_linereader source;
	struct fps_span line;
	size_t count = 0;

	write_file("2026/11/22 06:55:57 [error] 1\r\n#0 {main}\n", 100000);
	CHECK(fps_linereader_open(&source, "build/source.log", false));
	while (fps_linereader_line(&source, &line)) {
		if (!CHECK_STR(line.at, line.len, count++ % 2 ? "#0 {main}" : "2026/11/22 06:55:57 [error] 1")) {
			break;
		}
	}
	CHECK_INT(count, 200000);
	CHECK_INT(source.line, 200000);
	CHECK(!source.failed);
	fps_linereader_close(&source);

	write_file("no newline", 500000);
	CHECK(fps_linereader_open(&source, "build/source.log", false));
	for (count = 0; fps_linereader_line(&source, &line); count += line.len) {
		CHECK(line.len <= (size_t) FPS_LINEREADER_MAX_LINE * 2);
	}
	CHECK_INT(count, 5000000);
	fps_linereader_close(&source);
}

static void fpm_tells_of_children(void)
{
	static const struct {
		const char *line;
		bool good;
		enum fps_fpm_kind kind;
		int code, signal;
	} lines[] = {
		{"[22-Nov-2026 12:00:00] WARNING: [pool www] child 5 exited on signal 11 (SIGSEGV) after 1.0 seconds from "
		 "start",
			true, FPS_FPM_EXIT, -1, 11},
		{"[22-Nov-2026 12:00:00.123456] NOTICE: [pool www] child 5 exited with code 124 after 1.0 seconds from start",
			true, FPS_FPM_EXIT, 124, 0},
		{"[22-Nov-2026 12:00:00] WARNING: [pool www] child 5, script '/a.php' (request: \"GET /a.php\") execution "
		 "timed out (1.2 sec), terminating",
			true, FPS_FPM_TIMEOUT, 0, 0},
		{"[22-Nov-2026 12:00:00] NOTICE: Terminating ...", true, FPS_FPM_STOP, 0, 0},
		{"[22-Nov-2026 12:00:00] NOTICE: Reloading in progress ...", true, FPS_FPM_RELOAD, 0, 0},
		{"[22-Nov-2026 12:00:00] NOTICE: [pool www] child 5 started", true, FPS_FPM_OTHER, 0, 0},
		{"[22-Nov-2026 12:00:00] NOTICE: systemd monitor interval set to 10000ms", false, 0, 0, 0},
		{"[22-Nov-2026 12:00:00] NOTICE: fpm is running, pid 7", true, FPS_FPM_RUNNING, 0, 0},
		{"[22-Nov-2026 12:00:00.1] NOTICE: pid 1, fpm_got_signal(), line 103: Reloading in progress ...", true,
			FPS_FPM_RELOAD, 0, 0},
		{"[22-Nov-2026 12:00:00] NOTICE: reloading: execvp(\"php-fpm\", {\"php-fpm\"})", true, FPS_FPM_EXEC, 0, 0},
		{"[22-Nov-2026 12:00:00] NOTICE: using inherited socket fd=12, \"/run/php/www.sock\"", true, FPS_FPM_OTHER, 0,
			0},
		{"[22-Nov-2026 12:00:00] WARNING: [pool www] child 5 exited on signal 10 (SIGBUS) after 1.0 seconds from start",
			true, FPS_FPM_EXIT, -1, SIGBUS},
		{"[22-Nov-2026 12:00:00] WARNING: [pool www] child 5 said into stderr: \"WARNING: Connection disallowed: IP "
		 "address '192.0.2.9' has been dropped.\"",
			true, FPS_FPM_DISALLOWED, 0, 0},
		{"[22-Nov-2026 12:00:00] WARNING: [pool www] child 5 said into stderr: \"x exited on signal 11 (SIGSEGV)\"",
			true, FPS_FPM_SAID, 0, 0},
		{"[22-Nov-2026 12:00:00] WARNING: [pool www] child 5 said into stderr: \"PHP message: PHP Warning:  no\"", true,
			FPS_FPM_OTHER, 0, 0},
		{"[22-Nov-2026 12:00:00] WARNING: [pool www] child 5 said into stderr: \"#12 /srv/a.php(1): f(1)\"", true,
			FPS_FPM_OTHER, 0, 0},
		{"[22-Nov-2026 12:00:00] WARNING: [pool www] child 5 said into stderr: \"  thrown in /srv/a.php on line 1\"",
			true, FPS_FPM_OTHER, 0, 0},
		{"[22-Nov-2026 12:00:00] WARNING: [pool www] child 5 said into stderr: \"#0 0x00007f01 in f()\"", true,
			FPS_FPM_SAID, 0, 0},
		{"[22-Nov-2026 12:00:00] WARNING: [pool www] child 5 said into stderr: \"\"", true, FPS_FPM_OTHER, 0, 0},
		{"[22-Nov-2026 12:00:00", false, 0, 0, 0},
		{"", false, 0, 0, 0},
	};
	struct fps_fpm_line event;

	for (size_t i = 0; i < COUNT(lines); i++) {
		UNIT_CASE(lines[i].line);
		bool good = fps_fpmlog_parse((struct fps_span) {lines[i].line, strlen(lines[i].line)}, &event);

		if (CHECK_INT(good, lines[i].good) && good) {
			CHECK_INT(event.time, 1795348800);
			CHECK_INT(event.kind, lines[i].kind);
			CHECK_INT(event.code, lines[i].code);
			CHECK_INT(event.signal, lines[i].signal);
		}
	}
}

int main(void)
{
	static const struct unit_test tests[] = {TEST(a_record_is_found), TEST(others_are_none),
		TEST(long_texts_are_left_out), TEST(garbage_is_harmless), TEST(lines_are_bounded), TEST(fpm_tells_of_children)};

	setenv("TZ", "UTC", 1);
	return unit_run(tests, COUNT(tests));
}
