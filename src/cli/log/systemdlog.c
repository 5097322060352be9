/* Parses systemd's messages about units. */
#include "log/systemdlog.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* How far the text before a message reaches. */
enum { LOOK_AHEAD = 256 };

/* `Stopping php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager...`; before systemd 249 only the description. */
static const struct {
	const char *word;
	enum fps_unit_kind kind;
} jobs[] = {
	{"Starting ", FPS_UNIT_STARTING},
	{"Started ", FPS_UNIT_STARTED},
	{"Stopping ", FPS_UNIT_STOPPING},
	{"Stopped ", FPS_UNIT_STOPPED},
	{"Reloading ", FPS_UNIT_RELOADING},
	{"Reloaded ", FPS_UNIT_RELOADED},
};

/* Messages about a unit that follow its name and a colon. */
static const struct {
	const char *words;
	enum fps_unit_kind kind;
} sayings[] = {
	{"Main process exited, ", FPS_UNIT_EXITED},
	{"main process exited, ", FPS_UNIT_EXITED},
	{"Killing process ", FPS_UNIT_KILLING},
	{"Failed with result ", FPS_UNIT_FAILED},
	{"A process of this unit has been killed by the OOM killer", FPS_UNIT_OOM_KILL},
	{"systemd-oomd killed ", FPS_UNIT_OOMD_KILL},
	{"Scheduled restart job", FPS_UNIT_RESTARTING},
	{"State '", FPS_UNIT_TIMED_OUT},
	{"Reload operation timed out", FPS_UNIT_TIMED_OUT},
	{"Start operation timed out", FPS_UNIT_TIMED_OUT},
};

/* Takes "php8.2-fpm.service" off the front, if it is a kind of unit that has processes. */
static bool take_unit(struct fps_span *text, struct fps_span *unit)
{
	static const char *const types[] = {".service", ".scope", ".slice"};
	size_t len = 0;

	while (len < text->len && text->at[len] != ' ' && text->at[len] != ':') {
		len++;
	}
	while (len > 0 && text->at[len - 1] == '.') { /* the full stop of the sentence */
		len--;
	}
	*unit = (struct fps_span) {text->at, len};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t type = strlen(types[i]);

		if (len > type && memcmp(text->at + len - type, types[i], type) == 0) {
			text->at += len;
			text->len -= len;
			return true;
		}
	}
	return false;
}

/* Takes "systemd[1]: " off, if it is there; sets *is_systemd. */
static struct fps_span message_of(struct fps_span entry, bool *is_systemd)
{
	struct fps_span rest = entry, skipped;
	int64_t pid;

	*is_systemd = false;
	if (fps_span_take(&rest, "systemd[", &skipped) && skipped.len < LOOK_AHEAD && fps_span_number(&rest, &pid)
		&& fps_span_skip(&rest, "]: ")) {
		*is_systemd = true;
		return rest;
	}
	return entry;
}

/* Whether it may be a message about a unit; cheap. */
static bool parse_head(struct fps_span entry, struct fps_span *rest, struct fps_unit_event *event)
{
	bool is_systemd;

	*event = (struct fps_unit_event) {.code = -1};
	event->text = *rest = message_of(entry, &is_systemd);
	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
		if (fps_span_skip(rest, jobs[i].word)) {
			event->kind = jobs[i].kind;
			if (!take_unit(rest, &event->unit)) {
				event->unit = (struct fps_span) {NULL, 0};
				return is_systemd;
			}
			return rest->len == 0 || fps_span_skip(rest, " - ") || fps_span_begins(*rest, ".");
		}
	}
	if (!take_unit(rest, &event->unit) || !fps_span_skip(rest, ": ")) {
		return false;
	}
	for (size_t i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++) {
		if (fps_span_skip(rest, sayings[i].words)) {
			event->kind = sayings[i].kind;
			return true;
		}
	}
	return false;
}

bool fps_systemdlog_begins(const char *line, size_t len)
{
	struct fps_unit_event event;
	struct fps_span rest, text = {line, len < LOOK_AHEAD ? len : LOOK_AHEAD};
	const char *end = text.len ? memchr(line, '\n', text.len) : NULL;

	text.len = end ? (size_t) (end - line) : text.len;
	return parse_head(text, &rest, &event);
}

/* "KILL", "SIGKILL" */
static int signal_of(struct fps_span name)
{
	static const struct {
		const char *name;
		int number;
	} signals[] = {
		{"KILL", SIGKILL},
		{"TERM", SIGTERM},
		{"SEGV", SIGSEGV},
		{"ABRT", SIGABRT},
		{"BUS", SIGBUS},
		{"ILL", SIGILL},
		{"FPE", SIGFPE},
		{"QUIT", SIGQUIT},
		{"INT", SIGINT},
		{"HUP", SIGHUP},
		{"SYS", SIGSYS},
		{"TRAP", SIGTRAP},
		{"XCPU", SIGXCPU},
		{"XFSZ", SIGXFSZ},
		{"USR1", SIGUSR1},
		{"USR2", SIGUSR2},
		{"PIPE", SIGPIPE},
		{"ALRM", SIGALRM},
	};

	fps_span_skip(&name, "SIG");
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (fps_span_is(name, signals[i].name)) {
			return signals[i].number;
		}
	}
	return 0;
}

/* "code=killed, status=9/KILL", "code=exited, status=78/CONFIG", "code=dumped, status=11/SEGV" */
static bool parse_exit(struct fps_span rest, struct fps_unit_event *event)
{
	struct fps_span how;
	int64_t status;

	if (!fps_span_skip(&rest, "code=") || !fps_span_take(&rest, ", status=", &how) || !fps_span_number(&rest, &status)
		|| status > 255) {
		return false;
	}
	if (fps_span_is(how, "exited")) {
		event->code = (int) status;
	} else {
		event->signal = (int) status;
	}
	return true;
}

/* "4711 (php-fpm8.2) with signal SIGKILL." */
static bool parse_killing(struct fps_span rest, struct fps_unit_event *event)
{
	struct fps_span name = {NULL, 0};
	const char *point;

	if (!fps_span_number(&rest, &event->pid) || !fps_span_skip(&rest, " (")
		|| !fps_span_take(&rest, ") with signal ", &event->process)) {
		return false;
	}
	name = rest;
	point = name.len ? memchr(name.at, '.', name.len) : NULL;
	name.len = point ? (size_t) (point - name.at) : name.len;
	event->signal = signal_of(name);
	return true;
}

/* "The PHP 8.2 FastCGI Process Manager...", "… Manager." */
static struct fps_span description_of(struct fps_span rest)
{
	while (rest.len && strchr(". \r\n", rest.at[rest.len - 1])) {
		rest.len--;
	}
	return rest;
}

bool fps_systemdlog_parse(struct fps_span entry, struct fps_unit_event *event)
{
	struct fps_span rest;

	if (!parse_head(entry, &rest, event)) {
		return false;
	}
	switch (event->kind) {
		case FPS_UNIT_EXITED: return parse_exit(rest, event);
		case FPS_UNIT_KILLING: return parse_killing(rest, event);
		case FPS_UNIT_FAILED: return fps_span_skip(&rest, "'") && fps_span_take(&rest, "'", &event->result);
		case FPS_UNIT_TIMED_OUT: return fps_span_find(event->text, " timed out") != NULL;
		case FPS_UNIT_OOM_KILL:
		case FPS_UNIT_OOMD_KILL:
		case FPS_UNIT_RESTARTING: return true;
		default: event->description = description_of(rest); return event->unit.at != NULL || event->description.len > 0;
	}
}
