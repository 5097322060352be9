/*
 * FPM's log: `[22-Nov-2026 06:55:57] WARNING: [pool www] child 4711 exited on signal 9 (SIGKILL) after 1.2 seconds from
 * start`
 */
#include "log/fpmlog.h"

#include "base/alloc.h"
#include "base/datetime.h"
#include "base/search.h"
#include "log/findlogs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What a worker wrote last to standard error. */
#define WRITTEN_LINES 6

/* `[22-Nov-2026 06:55:57.123456] ` in front of a line, with the fraction only at log_level debug. */
static bool take_time(struct fps_span *text, int64_t *time)
{
	struct fps_span stamp;
	struct tm tm = {.tm_isdst = -1};
	char copy[32], *end;

	if (!fps_span_skip(text, "[") || !fps_span_take(text, "] ", &stamp) || stamp.len >= sizeof(copy)) {
		return false;
	}
	memcpy(copy, stamp.at, stamp.len);
	copy[stamp.len] = '\0';
	end = strptime(copy, "%d-%b-%Y %H:%M:%S", &tm);
	*time = end && (*end == '\0' || *end == '.') ? (int64_t) mktime(&tm) : -1;
	return *time >= 0;
}

/* "WARNING: ", through syslog "[WARNING] ". */
static bool take_level(struct fps_span *text)
{
	static const char *const levels[] = {"DEBUG", "NOTICE", "WARNING", "ERROR", "ALERT"};
	struct fps_span rest = *text;
	bool bracket = fps_span_skip(&rest, "[");

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (fps_span_skip(&rest, levels[i])) {
			*text = rest;
			return fps_span_skip(text, bracket ? "] " : ": ");
		}
	}
	return false;
}

/* At log_level debug "pid 1, fpm_got_signal(), line 103: " follows, through syslog without the pid. */
static void skip_place(struct fps_span *text)
{
	struct fps_span rest = *text, function;
	int64_t number;

	if (fps_span_skip(&rest, "pid ") && !(fps_span_number(&rest, &number) && fps_span_skip(&rest, ", "))) {
		return;
	}
	if (fps_span_take(&rest, "(), line ", &function) && memchr(function.at, ' ', function.len) == NULL
		&& fps_span_number(&rest, &number) && fps_span_skip(&rest, ": ")) {
		*text = rest;
	}
}

/* "signal 11 (SIGSEGV - core dumped)": the name is more reliable, as numbers differ between systems. */
static int signal_of(struct fps_span text, int64_t number)
{
	static const struct {
		const char *name;
		int number;
	} names[] = {
		{"(SIGBUS", SIGBUS}, {"(SIGSYS", SIGSYS}, {"(SIGUSR1", SIGUSR1}, {"(SIGUSR2", SIGUSR2}, {"(SIGSEGV", SIGSEGV}};

	fps_span_skip(&text, " ");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (fps_span_begins(text, names[i].name)) {
			return names[i].number;
		}
	}
	return (int) number;
}

static bool parse_exit(struct fps_span text, struct fps_fpm_line *line)
{
	int64_t number = 0;

	line->kind = FPS_FPM_EXIT;
	if (fps_span_skip(&text, "exited with code ") && fps_span_number(&text, &number)) {
		line->code = (int) number;
	} else if (fps_span_skip(&text, "exited on signal ") && fps_span_number(&text, &number)) {
		line->code = -1;
		line->signal = signal_of(text, number);
	} else {
		return false;
	}
	return true;
}

/* What follows the first line of PHP's message about an exception: of whichever request. */
static bool is_of_php_trace(struct fps_span text)
{
	int64_t number;

	if (fps_span_begins(text, "Stack trace:") || fps_span_begins(text, "  thrown in ")) {
		return true;
	}
	return fps_span_skip(&text, "#") && fps_span_number(&text, &number)
		&& (fps_span_begins(text, " /") || fps_span_begins(text, " [internal function]")
			|| fps_span_begins(text, " {main}"));
}

/* `"what(): ..."`, or `"...", pipe is closed`: PHP's own messages are in nginx's log and in records. */
static bool parse_said(struct fps_span text, struct fps_fpm_line *line)
{
	static const char closed[] = "\", pipe is closed";

	if (!fps_span_skip(&text, "said into std") || !(fps_span_skip(&text, "err: \"") || fps_span_skip(&text, "out: \""))
		|| fps_span_begins(text, "PHP message: ") || fps_span_begins(text, "NOTICE: PHP message: ")
		|| fps_span_begins(text, "fpmsentinel: ") || is_of_php_trace(text)) {
		return false;
	}
	if (text.len >= sizeof(closed) - 1
		&& memcmp(text.at + text.len - (sizeof(closed) - 1), closed, sizeof(closed) - 1) == 0) {
		text.len -= sizeof(closed) - 1;
	} else if (text.len && text.at[text.len - 1] == '"') {
		text.len--;
	}
	line->kind = FPS_FPM_SAID;
	line->text = text;
	return text.len > 0;
}

/*
 * `, script '/srv/a.php' (request: "GET /a.php?x=1") execution timed out (61.3 sec), terminating`, or `executing too
 * slow (5.2 sec), logging`
 */
static bool parse_script(struct fps_span text, struct fps_fpm_line *line)
{
	struct fps_span request;

	if (fps_span_find(text, " execution timed out (") && fps_span_find(text, "terminating")) {
		line->kind = FPS_FPM_TIMEOUT;
	} else if (fps_span_find(text, " executing too slow (") && fps_span_find(text, "logging")) {
		line->kind = FPS_FPM_SLOW;
	} else {
		return false;
	}
	if (fps_span_skip(&text, ", script '") && fps_span_take(&text, "' (request: \"", &line->script)
		&& fps_span_take(&text, "\") execut", &request) && fps_span_take(&request, " ", &line->method)) {
		line->uri = request;
	}
	return true;
}

/* `child 41 exited …`; a line that does not mention the child's end still names its pool. */
static void parse_child(struct fps_span text, struct fps_fpm_line *line)
{
	struct fps_span rest = text;

	if (parse_script(text, line) || !fps_span_skip(&rest, " ")) {
		return;
	}
	if (!parse_said(rest, line) && !parse_exit(rest, line)) {
		line->kind = FPS_FPM_OTHER;
	}
}

static void parse_master(struct fps_span text, struct fps_fpm_line *line)
{
	static const struct {
		const char *words;
		enum fps_fpm_kind kind;
	} kinds[] = {
		{"Reloading in progress", FPS_FPM_RELOAD},
		{"Finishing ...", FPS_FPM_STOP},
		{"Terminating ...", FPS_FPM_STOP},
		{"reloading: execv", FPS_FPM_EXEC},
		{"exiting, bye-bye", FPS_FPM_BYE},
		{"fpm is running, pid ", FPS_FPM_RUNNING},
		{"ready to handle connections", FPS_FPM_START},
		{"failed processes threshold (", FPS_FPM_EMERGENCY},
		{"The maximum number of processes has been reached", FPS_FPM_FULL},
		{"fork() failed", FPS_FPM_FULL},
	};
	struct fps_span skipped;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (fps_span_begins(text, kinds[i].words)) {
			line->kind = kinds[i].kind;
			return;
		}
	}
	if (fps_span_find(text, " reached ") && fps_span_find(text, "max_children setting (")) { /* ondemand: without pm. */
		line->kind = FPS_FPM_FULL;
	} else if (fps_span_begins(text, "using inherited socket fd=") && fps_span_take(&text, "\"", &skipped)
		&& !fps_span_take(&text, "\"", &line->socket)) {
		line->socket = (struct fps_span) {NULL, 0};
	}
}

bool fps_fpmlog_parse(struct fps_span text, struct fps_fpm_line *line)
{
	struct fps_span rest = text;

	*line = (struct fps_fpm_line) {.time = -1, .kind = FPS_FPM_OTHER};
	if (take_time(&rest, &line->time)) {
		text = rest;
	}
	if (!take_level(&text)) {
		return false;
	}
	skip_place(&text);
	line->text = text;
	if (fps_span_skip(&text, "[pool ") && !fps_span_take(&text, "] ", &line->pool)) {
		return false;
	}
	rest = text;
	if (fps_span_skip(&rest, "child ") && fps_span_number(&rest, &line->pid)) {
		parse_child(rest, line);
	} else {
		parse_master(text, line);
	}
	if (line->kind != FPS_FPM_TIMEOUT && fps_span_find(line->text, "Connection disallowed: IP address ")) {
		line->kind = FPS_FPM_DISALLOWED;
	}
	return line->kind != FPS_FPM_OTHER || line->pool.len || line->socket.len;
}

/* The FPM that wrote the log. */
static size_t log_of(struct fps_fpm_log *log, const struct fps_entry *entry)
{
	size_t len = entry->file ? fps_findlogs_base(entry->file) : 0, i;

	for (i = 0; i < log->log_count; i++) {
		const struct fps_fpm_one *one = &log->logs[i];

		if (one->stream == entry->stream && strlen(one->name) == len
			&& (len == 0 || memcmp(one->name, entry->file, len) == 0)) {
			return i;
		}
	}
	log->logs = fps_alloc_resize(log->logs, log->log_count + 1, sizeof(*log->logs));
	log->logs[log->log_count++] = (struct fps_fpm_one) {
		.name = fps_alloc_copy((struct fps_span) {entry->file, len}, 0),
		.stream = entry->stream,
	};
	return i;
}

/* The same text among those that are known so far; NULL for none. */
static const char *intern(char ***names, size_t *count, struct fps_span text)
{
	if (text.len == 0) {
		return NULL;
	}
	for (size_t i = 0; i < *count; i++) {
		if (fps_span_is(text, (*names)[i])) {
			return (*names)[i];
		}
	}
	*names = fps_alloc_resize(*names, *count + 1, sizeof(**names));
	(*names)[*count] = fps_alloc_copy(text, 0);
	return (*names)[(*count)++];
}

static char *copy_if_any(struct fps_span text)
{
	return text.len ? fps_alloc_copy(text, 1024) : NULL;
}

static void add_event(struct fps_fpm_log *log, size_t number, const struct fps_fpm_line *line)
{
	struct fps_fpm_one *one = &log->logs[number];
	const char *pool = intern(&one->pools, &one->pool_count, line->pool);

	intern(&one->sockets, &one->socket_count, line->socket);
	if (line->kind == FPS_FPM_OTHER || line->time <= 0) {
		return;
	}
	if (log->count == log->room) {
		log->room = log->room ? log->room * 2 : 64;
		log->events = fps_alloc_resize(log->events, log->room, sizeof(*log->events));
	}
	log->events[log->count++] = (struct fps_fpm_event) {
		.time = line->time,
		.pid = line->pid,
		.kind = line->kind,
		.code = line->code,
		.signal = line->signal,
		.number = log->read++,
		.log = number,
		.pool = pool,
		.text = fps_alloc_copy(line->text, 400),
		.script = copy_if_any(line->script),
		.method = copy_if_any(line->method),
		.uri = copy_if_any(line->uri),
	};
}

void fps_fpmlog_add(struct fps_fpm_log *log, const struct fps_entry *entry)
{
	struct fps_fpm_line line;

	if (fps_fpmlog_parse(entry->text, &line)) {
		line.time = fps_datetime_of_entry(line.time, entry->time);
		add_event(log, log_of(log, entry), &line);
	}
}

/* `[22-Nov-2026 10:00:05]  [pool shop] pid 5`; then the script, and the frames of which the first one was running. */
void fps_fpmlog_add_slow(struct fps_fpm_log *log, const struct fps_entry *entry)
{
	struct fps_fpm_line line = {.time = -1, .kind = FPS_FPM_SLOW};
	struct fps_span text = entry->text, further, first, address, frame = {NULL, 0};
	char *said;

	if (!take_time(&text, &line.time) || !fps_span_skip(&text, " ")) {
		return;
	}
	further = text;
	fps_span_next(&further, "\n", &first);
	text = first;
	if (!fps_span_skip(&text, "[pool ") || !fps_span_take(&text, "] pid ", &line.pool)
		|| !fps_span_number(&text, &line.pid)) {
		return;
	}
	if (fps_span_skip(&further, "script_filename = ")) {
		fps_span_next(&further, "\n", &line.script);
	}
	if (fps_span_begins(further, "[0x") && fps_span_take(&further, "] ", &address)) {
		fps_span_next(&further, "\n", &frame);
	}
	said = fps_alloc_format("%.*s%s%.*s%s%.*s", FPS_SPAN_ARGS(first), line.script.len ? ", script " : "",
		FPS_SPAN_ARGS(line.script), frame.len ? ", in " : "", FPS_SPAN_ARGS(frame));
	line.text = fps_span_of(said);
	line.time = fps_datetime_of_entry(line.time, entry->time);
	add_event(log, log_of(log, entry), &line);
	free(said);
}

static const struct fps_fpm_one *sorted; /* the logs whose events qsort() has */

/* The files were read in any order; the events of one log have an order. */
static int by_time(const void *a, const void *b)
{
	const struct fps_fpm_event *one = a, *other = b;
	int result = one->log == other->log ? 0 : strcmp(sorted[one->log].name, sorted[other->log].name);

	if (one->time != other->time) {
		return one->time > other->time ? 1 : -1;
	}
	return result ? result : (one->number > other->number) - (one->number < other->number);
}

void fps_fpmlog_sort(struct fps_fpm_log *log)
{
	sorted = log->logs;
	if (log->count) {
		qsort(log->events, log->count, sizeof(*log->events), by_time);
	}
}

static void free_event(void *element)
{
	struct fps_fpm_event *event = element;

	free(event->text);
	free(event->script);
	free(event->method);
	free(event->uri);
}

void fps_fpmlog_forget(struct fps_fpm_log *log, size_t most)
{
	log->count = fps_alloc_keep_last(log->events, log->count, sizeof *log->events, most, free_event);
}

static int compare_time(const void *key, const void *element)
{
	return fps_search_order(*(const int64_t *) key, ((const struct fps_fpm_event *) element)->time);
}

size_t fps_fpmlog_since(const struct fps_fpm_log *log, int64_t time)
{
	return fps_search_first(&time, log->events, log->count, sizeof *log->events, compare_time);
}

/* A line that names no pool, as of an old FPM, may be of any. */
static bool is_writer(const struct fps_fpm_event *event, const struct fps_fpmlog_writer *writer)
{
	return event->kind == FPS_FPM_SAID && event->log == writer->log && event->pid == writer->pid
		&& (!event->pool || !writer->pool || strcmp(event->pool, writer->pool) == 0);
}

/*
 * A record that its worker could write nowhere else, which FPM has cut into lines. What follows is a part of it as long
 * as it looks like JSON.
 */
static bool is_of_record(const struct fps_fpm_event *event, bool follows)
{
	static const char start[] = "{\"@timestamp\":\"";

	return strncmp(event->text, start, sizeof(start) - 1) == 0 || (follows && strstr(event->text, "\":"));
}

char *fps_fpmlog_written(const struct fps_fpm_log *log, const struct fps_fpmlog_writer *writer, int64_t time)
{
	const struct fps_fpm_event *last[WRITTEN_LINES];
	char text[WRITTEN_LINES * 402];
	size_t count = 0, len = 0;
	bool in_record = false;

	for (size_t i = fps_fpmlog_since(log, time - 2); i < log->count && log->events[i].time <= time + 2; i++) {
		if (is_writer(&log->events[i], writer)) {
			in_record = is_of_record(&log->events[i], in_record);
			last[count % WRITTEN_LINES] = &log->events[i];
			count += !in_record;
		}
	}
	for (size_t i = count > WRITTEN_LINES ? count - WRITTEN_LINES : 0; i < count && len < sizeof(text); i++) {
		len +=
			(size_t) snprintf(text + len, sizeof(text) - len, "%s%s", len ? "\n" : "", last[i % WRITTEN_LINES]->text);
	}
	return len ? fps_alloc_copy((struct fps_span) {text, len < sizeof(text) ? len : sizeof(text) - 1}, 0) : NULL;
}

static void free_names(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(names[i]);
	}
	free(names);
}

void fps_fpmlog_free(struct fps_fpm_log *log)
{
	for (size_t i = 0; i < log->count; i++) {
		free_event(&log->events[i]);
	}
	for (size_t i = 0; i < log->log_count; i++) {
		free(log->logs[i].name);
		free_names(log->logs[i].pools, log->logs[i].pool_count);
		free_names(log->logs[i].sockets, log->logs[i].socket_count);
	}
	free(log->logs);
	free(log->events);
	*log = (struct fps_fpm_log) {0};
}
