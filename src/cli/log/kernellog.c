/* Reads the kernel's log. */
#include "log/kernellog.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How far the text before a message reaches. */
enum { LOOK_AHEAD = 256 };

/* A line without any of these is of no interest. */
static const char *const marks[] = {"segfault", "general protection", "traps: ", "fatal signal ", "unhandled ",
	"oom-kill:", "invoked oom-killer", "Killed process ", "Kill process ", "oom_reaper: ", "memory.oom.group",
	"type=1326 ", "type=1701 ", "type=SECCOMP ", "type=ANOM_ABEND "};

bool fps_kernellog_begins(const char *line, size_t len)
{
	const char *end = len ? memchr(line, '\n', len) : NULL;
	struct fps_span text = {line, end ? (size_t) (end - line) : len};

	text.len = text.len < LOOK_AHEAD ? text.len : LOOK_AHEAD;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (fps_span_find(text, marks[i])) {
			return true;
		}
	}
	return false;
}

/* "12345.678901" */
static bool take_uptime(struct fps_span *text, double *uptime)
{
	struct fps_span rest = *text;
	int64_t seconds, fraction;
	size_t before;

	while (fps_span_skip(&rest, " ")) {
	}
	if (!fps_span_number(&rest, &seconds) || !fps_span_skip(&rest, ".")) {
		return false;
	}
	before = rest.len;
	if (!fps_span_number(&rest, &fraction)) {
		return false;
	}
	*uptime = (double) fraction;
	for (size_t digits = before - rest.len; digits > 0; digits--) {
		*uptime /= 10;
	}
	*uptime += (double) seconds;
	*text = rest;
	return true;
}

/* "Tue May 12 10:00:00 2026", from dmesg -T; copied, since strptime() needs the end of the string. */
static bool take_date(struct fps_span *text, int64_t *time)
{
	struct tm tm = {.tm_isdst = -1};
	char copy[sizeof("Tue May 12 10:00:00 2026")];
	const size_t len = sizeof(copy) - 1;
	const char *end;

	if (text->len < len) {
		return false;
	}
	memcpy(copy, text->at, len);
	copy[len] = '\0';
	end = strptime(copy, "%a %b %d %H:%M:%S %Y", &tm);
	if (end == NULL || *end != '\0') {
		return false;
	}
	*time = (int64_t) mktime(&tm);
	text->at += len;
	text->len -= len;
	return true;
}

/* "2026-05-12T10:00:00,123456+00:00 " */
static bool take_iso(struct fps_span *text, int64_t *time)
{
	struct fps_span rest = *text;
	int64_t fraction, hours = 0, minutes = 0;
	struct tm tm = {0};
	char copy[20];
	bool is_west;

	if (rest.len < 26 || (rest.at[19] != ',' && rest.at[19] != '.')) {
		return false;
	}
	memcpy(copy, rest.at, 19);
	copy[19] = '\0';
	rest.at += 20;
	rest.len -= 20;
	if (strptime(copy, "%Y-%m-%dT%H:%M:%S", &tm) == NULL || !fps_span_number(&rest, &fraction)) {
		return false;
	}
	is_west = fps_span_begins(rest, "-");
	if ((!fps_span_skip(&rest, "+") && !fps_span_skip(&rest, "-")) || !fps_span_number(&rest, &hours)
		|| !fps_span_skip(&rest, ":") || !fps_span_number(&rest, &minutes) || !fps_span_skip(&rest, " ") || hours > 15
		|| minutes > 59) {
		return false;
	}
	*time = (int64_t) timegm(&tm) - (is_west ? -1 : 1) * (hours * 3600 + minutes * 60);
	*text = rest;
	return true;
}

/* "[12345.678901] ", "[Tue May 12 10:00:00 2026] " */
static void take_stamp(struct fps_span *text, struct fps_kern_event *event)
{
	struct fps_span rest = *text;

	if (!fps_span_skip(&rest, "[")) {
		return;
	}
	if ((take_uptime(&rest, &event->uptime) || take_date(&rest, &event->time)) && fps_span_skip(&rest, "] ")) {
		*text = rest;
	} else {
		event->uptime = -1;
		event->time = -1;
	}
}

/* Takes off what precedes the message: "<6>", "kern  :info  : ", "May 12 10:00:00 web1 kernel: ", and the time. */
static struct fps_span take_prefix(struct fps_span text, struct fps_kern_event *event)
{
	struct fps_span rest = text, skipped;
	int64_t priority;

	if (fps_span_skip(&rest, "<") && fps_span_number(&rest, &priority) && fps_span_skip(&rest, ">")) {
		text = rest;
	}
	rest = text;
	if (fps_span_begins(text, "kern") && fps_span_take(&rest, ": ", &skipped) && skipped.len < 20) {
		text = rest;
	}
	rest = text;
	if (fps_span_take(&rest, "kernel: ", &skipped) && skipped.len < 100) {
		text = rest;
	}
	if (!take_iso(&text, &event->time)) {
		take_stamp(&text, event);
	}
	return text;
}

/* "php-fpm8.2[4711]": the name may contain anything, but the last "[" is the kernel's. */
static bool take_process(struct fps_span *text, struct fps_kern_event *event)
{
	size_t at = 0;

	for (; at < text->len && at <= 16; at++) {
		struct fps_span rest = {text->at + at + 1, text->len - at - 1};

		if ((text->at[at] == '[' || text->at[at] == '/') && fps_span_number(&rest, &event->pid)
			&& (text->at[at] == '/' || fps_span_skip(&rest, "]"))
			&& (fps_span_skip(&rest, ": ") || fps_span_skip(&rest, " "))) {
			event->process = (struct fps_span) {text->at, at};
			*text = rest;
			return true;
		}
	}
	return false;
}

/* "… error 4 in libc.so.6[7f00+1000]": the file, absent if the executed code was in no file. */
static struct fps_span module_of(struct fps_span text)
{
	struct fps_span skipped, rest = text, module;

	while (fps_span_take(&rest, " in ", &skipped)) {
		text = rest;
	}
	return text.at != rest.at || !fps_span_take(&rest, "[", &module) || memchr(module.at, ' ', module.len)
		? (struct fps_span) {NULL, 0}
		: module;
}

/* The signal for the words after the process; other words are not about a death. */
static int signal_of(struct fps_span text)
{
	static const struct {
		const char *words;
		int signal;
	} faults[] = {
		{"segfault", SIGSEGV},
		{"general protection", SIGSEGV},
		{"trap stack segment", SIGBUS},
		{"trap invalid opcode", SIGILL},
		{"trap int3", SIGTRAP},
		{"trap divide error", SIGFPE},
		{"trap overflow", SIGSEGV},
		{"trap bounds", SIGSEGV},
		{"trap alignment check", SIGBUS},
		{"trap fp exception", SIGFPE},
		{"trap simd exception", SIGFPE},
		{"trap coprocessor", SIGFPE},
		{"unhandled exception: DABT", SIGSEGV},
		{"unhandled exception: IABT", SIGSEGV},
	};
	struct fps_span rest = text, skipped;
	int64_t number;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (fps_span_begins(text, faults[i].words)) {
			return faults[i].signal;
		}
	}
	/* "potentially unexpected fatal signal 11.", "unhandled signal 11 code 0x1", "unhandled level 2 translation fault
	 * (11) at" */
	if ((fps_span_take(&rest, "fatal signal ", &skipped) || fps_span_take(&rest, "unhandled signal ", &skipped)
			|| (fps_span_begins(rest, "unhandled ") && fps_span_take(&rest, "(", &skipped)))
		&& fps_span_number(&rest, &number) && number > 0 && number < 65) {
		return (int) number;
	}
	return 0;
}

static bool parse_fault(struct fps_span text, struct fps_kern_event *event)
{
	fps_span_skip(&text, "traps: ");
	if (!take_process(&text, event)) {
		return false;
	}
	event->kind = FPS_KERN_FAULT;
	event->signal = signal_of(text);
	event->module = module_of(text);
	return event->signal != 0;
}

/* The number after a name: "anon-rss:1024kB". */
static int64_t number_behind(struct fps_span text, const char *name, int64_t otherwise)
{
	struct fps_span skipped;
	int64_t number;

	return fps_span_take(&text, name, &skipped) && fps_span_number(&text, &number) ? number : otherwise;
}

/* The value after a name, up to one of the characters that end it. */
static struct fps_span value_behind(struct fps_span text, const char *name, const char *ends)
{
	struct fps_span skipped;
	size_t len = 0;

	if (!fps_span_take(&text, name, &skipped)) {
		return (struct fps_span) {NULL, 0};
	}
	while (len < text.len && strchr(ends, text.at[len]) == NULL) {
		len++;
	}
	return (struct fps_span) {text.at, len};
}

/* "4711 (php-fpm8.2)": a name may contain parentheses. */
static bool take_victim(struct fps_span text, struct fps_kern_event *event)
{
	struct fps_span rest;
	size_t len = 0;

	/* "Killed process 4711, UID 33, (php-fpm) total-vm": Red Hat 7 */
	if (!fps_span_number(&text, &event->pid)) {
		return false;
	}
	if (fps_span_skip(&text, ", UID ") && fps_span_number(&text, &event->uid)) {
		fps_span_skip(&text, ",");
	}
	if (!fps_span_skip(&text, " (")) {
		return false;
	}
	for (; len < text.len && len < 16; len++) {
		rest = (struct fps_span) {text.at + len, text.len - len};
		if (fps_span_skip(&rest, ")") && (rest.len == 0 || strchr(" ,", rest.at[0]))) {
			event->process = (struct fps_span) {text.at, len};
			return true;
		}
	}
	return false;
}

/* "Out of memory: Killed process 4711 (php-fpm8.2) total-vm:…kB, anon-rss:…kB, file-rss:…kB, shmem-rss:0kB, UID:33 …"
 */
static bool parse_kill(struct fps_span text, struct fps_kern_event *event)
{
	static const char *const parts[] = {"anon-rss:", "file-rss:", "shmem-rss:"};
	struct fps_span rest = text, before;
	int64_t rss = 0;

	if (!fps_span_take(&rest, "Killed process ", &before) && !fps_span_take(&rest, "Kill process ", &before)) {
		return false;
	}
	if ((before.len && !fps_span_find(before, "emory")) || !take_victim(rest, event)) {
		return false;
	}
	event->kind = FPS_KERN_OOM_KILLED;
	event->signal = SIGKILL;
	event->is_memcg = fps_span_begins(text, "Memory cgroup ");
	event->uid = number_behind(rest, "UID:", event->uid);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		rss += number_behind(rest, parts[i], 0);
	}
	event->rss_kb = rss ? rss : -1;
	return true;
}

/* "oom-kill:constraint=CONSTRAINT_MEMCG, ... oom_memcg=/a,task_memcg=/a/b,task=php-fpm8.2,pid=4711,uid=33" */
static bool parse_chosen(struct fps_span text, struct fps_kern_event *event)
{
	if (!fps_span_skip(&text, "oom-kill:constraint=")) {
		return false;
	}
	event->kind = FPS_KERN_OOM_CHOSEN;
	event->signal = SIGKILL;
	event->is_memcg = fps_span_begins(text, "CONSTRAINT_MEMCG");
	event->limit = value_behind(text, ",oom_memcg=", ",");
	event->cgroup = value_behind(text, ",task_memcg=", ",");
	event->process = value_behind(text, ",task=", ",");
	event->pid = number_behind(text, ",pid=", 0);
	event->uid = number_behind(text, ",uid=", -1);
	return event->pid > 0;
}

static bool parse_reaped(struct fps_span text, struct fps_kern_event *event)
{
	struct fps_span skipped;

	event->kind = FPS_KERN_OOM_REAPED;
	event->signal = SIGKILL;
	return fps_span_skip(&text, "oom_reaper: ") && fps_span_take(&text, "reaped process ", &skipped)
		&& take_victim(text, event);
}

/* "php-fpm8.2 invoked oom-killer: gfp_mask=…" */
static bool parse_invoked(struct fps_span text, struct fps_kern_event *event)
{
	event->kind = FPS_KERN_OOM_INVOKED;
	return fps_span_take(&text, " invoked oom-killer: gfp_mask=", &event->process) && event->process.len <= 16;
}

/* "Tasks in /a/b are going to be killed due to memory.oom.group set" */
static bool parse_group(struct fps_span text, struct fps_kern_event *event)
{
	event->kind = FPS_KERN_OOM_GROUP;
	event->signal = SIGKILL;
	event->is_memcg = true;
	return fps_span_skip(&text, "Tasks in ")
		&& fps_span_take(&text, " are going to be killed due to memory.oom.group set", &event->cgroup);
}

/*
 * "audit: type=1326 audit(1778580000.123:45): … pid=4711 comm="php-fpm8.2" exe="…" sig=31 …": a seccomp filter, or an
 * abnormal end.
 */
static bool parse_audit(struct fps_span text, struct fps_kern_event *event)
{
	fps_span_skip(&text, "audit: ");
	if (!fps_span_skip(&text, "type=1326 ") && !fps_span_skip(&text, "type=1701 ")
		&& !fps_span_skip(&text, "type=SECCOMP ") && !fps_span_skip(&text, "type=ANOM_ABEND ")) {
		return false;
	}
	event->kind = FPS_KERN_FAULT;
	event->time = number_behind(text, "audit(", -1);
	event->pid = number_behind(text, " pid=", 0);
	event->uid = number_behind(text, " uid=", -1);
	event->process = value_behind(text, " comm=\"", "\"");
	event->signal = (int) (number_behind(text, " sig=", 0) % 65);
	return event->pid > 0 && event->signal > 0;
}

bool fps_kernellog_parse(struct fps_span entry, struct fps_kern_event *event)
{
	static bool (*const parsers[])(struct fps_span text, struct fps_kern_event * event) = {
		parse_fault,
		parse_kill,
		parse_chosen,
		parse_reaped,
		parse_invoked,
		parse_group,
		parse_audit,
	};
	const struct fps_kern_event nothing = {.time = -1, .uptime = -1, .uid = -1, .rss_kb = -1};

	if (!fps_kernellog_begins(entry.at, entry.len)) {
		return false;
	}
	for (size_t i = 0; i < sizeof(parsers) / sizeof(parsers[0]); i++) {
		*event = nothing;
		event->text = take_prefix(entry, event);
		if (parsers[i](event->text, event)) {
			return true;
		}
	}
	return false;
}
