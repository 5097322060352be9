/* systemdlog.c: what systemd says of its units, of several versions. */
#include "unit.h"

#include "log/systemdlog.h"

#include <signal.h>

#define UNIT "php8.2-fpm.service"
#define ABOUT "The PHP 8.2 FastCGI Process Manager"

static const struct {
	const char *line;
	enum fps_unit_kind kind;
	const char *unit, *description, *result;
	int64_t pid;
	int code, signal;
} lines[] = {
	{"systemd[1]: Stopping " UNIT " - " ABOUT "...", FPS_UNIT_STOPPING, UNIT, ABOUT, "", 0, -1, 0},
	{"Stopping " UNIT " - " ABOUT "...", FPS_UNIT_STOPPING, UNIT, ABOUT, "", 0, -1, 0},
	{"Nov 22 06:55:57 web1 systemd[1]: Stopped " ABOUT ".", FPS_UNIT_STOPPED, "", ABOUT, "", 0, -1, 0},
	{"systemd[1]: Starting " ABOUT "...", FPS_UNIT_STARTING, "", ABOUT, "", 0, -1, 0},
	{"systemd[1]: Started " UNIT " - " ABOUT ".", FPS_UNIT_STARTED, UNIT, ABOUT, "", 0, -1, 0},
	{"systemd[1]: Reloading " UNIT " - " ABOUT "...", FPS_UNIT_RELOADING, UNIT, ABOUT, "", 0, -1, 0},
	{"systemd[1]: Reloaded " UNIT ".", FPS_UNIT_RELOADED, UNIT, "", "", 0, -1, 0},
	{"systemd[1]: " UNIT ": Main process exited, code=killed, status=9/KILL", FPS_UNIT_EXITED, UNIT, "", "", 0, -1,
		SIGKILL},
	{UNIT ": Main process exited, code=dumped, status=11/SEGV", FPS_UNIT_EXITED, UNIT, "", "", 0, -1, SIGSEGV},
	{UNIT ": main process exited, code=exited, status=78/CONFIG", FPS_UNIT_EXITED, UNIT, "", "", 0, 78, 0},
	{UNIT ": Failed with result 'oom-kill'.", FPS_UNIT_FAILED, UNIT, "", "oom-kill", 0, -1, 0},
	{UNIT ": A process of this unit has been killed by the OOM killer.", FPS_UNIT_OOM_KILL, UNIT, "", "", 0, -1, 0},
	{"user@1000.service: systemd-oomd killed 12 process(es) in this unit.", FPS_UNIT_OOMD_KILL, "user@1000.service", "",
		"", 0, -1, 0},
	{UNIT ": Killing process 4711 (php-fpm8.2) with signal SIGKILL.", FPS_UNIT_KILLING, UNIT, "", "", 4711, -1,
		SIGKILL},
	{UNIT ": State 'stop-sigterm' timed out. Killing.", FPS_UNIT_TIMED_OUT, UNIT, "", "", 0, -1, 0},
	{UNIT ": Scheduled restart job, restart counter is at 3.", FPS_UNIT_RESTARTING, UNIT, "", "", 0, -1, 0},
};

static void events(void)
{
	struct fps_unit_event event;

	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *line = lines[i].line;

		UNIT_CASE(line);
		CHECK(fps_systemdlog_begins(line, strlen(line)));
		if (!CHECK(fps_systemdlog_parse((struct fps_span) {line, strlen(line)}, &event))) {
			continue;
		}
		CHECK_INT(event.kind, lines[i].kind);
		CHECK_INT(event.pid, lines[i].pid);
		CHECK_INT(event.code, lines[i].code);
		CHECK_INT(event.signal, lines[i].signal);
		CHECK_STR(event.unit.at ? event.unit.at : "", event.unit.len, lines[i].unit);
		CHECK_STR(event.description.at ? event.description.at : "", event.description.len, lines[i].description);
		CHECK_STR(event.result.at ? event.result.at : "", event.result.len, lines[i].result);
	}
	UNIT_CASE("");
}

static void others(void)
{
	static const char *const texts[] = {
		"",
		"Started",
		"Started the import",
		"Stopping because a.service failed",
		"a.service: what a page says",
		"systemd[1]: Reached target Multi-User System.",
		"php8.2-fpm.socket: Main process exited, code=killed, status=9/KILL",
		UNIT ": Main process exited, code=killed",
		UNIT ": State 'a'",
		"app: Stopping " UNIT " - " ABOUT "...",
	};
	struct fps_unit_event event;

	for (size_t i = 0; i < COUNT(texts); i++) {
		UNIT_CASE(texts[i]);
		CHECK(!fps_systemdlog_parse((struct fps_span) {texts[i], strlen(texts[i])}, &event));
	}
	UNIT_CASE("");
}

static void garbage_is_harmless(void)
{
	struct fps_unit_event event;
	char line[512];

	for (size_t round = 0; round < 20000; round++) {
		size_t len = (size_t) snprintf(line, sizeof(line), "%s", lines[round % COUNT(lines)].line);

		for (size_t changes = unit_random() % 6; changes > 0; changes--) {
			line[unit_random() % len] = "\"',*:()\n \\x0/[]#"[unit_random() % 16];
		}
		len = unit_random() % 3 ? len : unit_random() % len;
		char *copy = malloc(len ? len : 1);

		memcpy(copy, line, len);
		fps_systemdlog_begins(copy, len);
		fps_systemdlog_parse((struct fps_span) {copy, len}, &event);
		free(copy);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {TEST(events), TEST(others), TEST(garbage_is_harmless)};

	return unit_run(tests, COUNT(tests));
}
