/* FPM's log: `[22-Nov-2026 06:55:57] WARNING: [pool www] child 4711 exited on signal 9 (SIGKILL) after 1.2 seconds from start` */
#include "log/fpmlog.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* In seconds: FPM notes the end of a child when that has been written. */
#define LONGEST_CORE_DUMP 60
/* Of what a worker has written to standard error the last. */
#define WRITTEN_LINES 6

/* `[22-Nov-2026 06:55:57.123456] ` in front of a line, the fraction at log_level debug only. */
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

static bool parse_exit(struct fps_span text, struct fps_fpm_event *event)
{
	int64_t number = 0;

	event->kind = FPS_FPM_EXIT;
	if (fps_span_skip(&text, "exited with code ") && fps_span_number(&text, &number)) {
		event->code = (int) number;
	} else if (fps_span_skip(&text, "exited on signal ") && fps_span_number(&text, &number)) {
		event->code = -1;
		event->signal = (int) number;
	} else {
		return false;
	}
	return true;
}

/* `"what(): ..."`, or `"...", pipe is closed`: PHP's own messages are in nginx's log and in records. */
static bool parse_said(struct fps_span text, struct fps_fpm_event *event)
{
	static const char closed[] = "\", pipe is closed";

	if (!fps_span_skip(&text, " said into std") || !(fps_span_skip(&text, "err: \"") || fps_span_skip(&text, "out: \""))
		|| fps_span_begins(text, "PHP message: ") || fps_span_begins(text, "NOTICE: PHP message: ") || fps_span_begins(text, "fpmsentinel: ")) {
		return false;
	}
	if (text.len >= sizeof(closed) - 1 && memcmp(text.at + text.len - (sizeof(closed) - 1), closed, sizeof(closed) - 1) == 0) {
		text.len -= sizeof(closed) - 1;
	} else if (text.len && text.at[text.len - 1] == '"') {
		text.len--;
	}
	event->kind = FPS_FPM_SAID;
	event->text = fps_alloc_copy(text, 400);
	return text.len > 0;
}

bool fps_fpmlog_parse(struct fps_span line, struct fps_fpm_event *event)
{
	struct fps_span text = line, skipped;

	*event = (struct fps_fpm_event) {0};
	if (!take_time(&text, &event->time) || !fps_span_take(&text, ": ", &skipped)) {
		return false;
	}
	event->text = NULL;
	struct fps_span words = text;

	fps_span_take(&text, "] ", &skipped); /* [pool www] */
	if (fps_span_begins(text, "Reloading in progress")) {
		event->kind = FPS_FPM_RELOAD;
	} else if (fps_span_begins(text, "Finishing ...") || fps_span_begins(text, "Terminating ...")) {
		event->kind = FPS_FPM_STOP;
	} else if (fps_span_begins(text, "ready to handle connections")) {
		event->kind = FPS_FPM_START;
	} else if (fps_span_find(text, "reached pm.max_children setting")) {
		event->kind = FPS_FPM_FULL;
	} else if (fps_span_find(text, "Connection disallowed: IP address ")) {
		event->kind = FPS_FPM_DISALLOWED;
	} else if (fps_span_skip(&text, "child ") && fps_span_number(&text, &event->pid)) {
		if (parse_said(text, event)) {
			return true;
		}
		if (fps_span_skip(&text, " ") && parse_exit(text, event)) {
			event->kind = FPS_FPM_EXIT;
		} else if (fps_span_find(text, " execution timed out (") && fps_span_find(text, "terminating")) {
			event->kind = FPS_FPM_TIMEOUT;
		} else {
			return false;
		}
	} else {
		return false;
	}
	event->text = fps_alloc_copy(words, 400);
	return true;
}

void fps_fpmlog_add(struct fps_fpm_log *log, const struct fps_entry *entry)
{
	struct fps_fpm_event event;

	if (!fps_fpmlog_parse(entry->text, &event)) {
		return;
	}
	if (log->count == log->room) {
		log->room = log->room ? log->room * 2 : 64;
		log->events = fps_alloc_resize(log->events, log->room, sizeof(event));
	}
	event.number = log->read++;
	log->events[log->count++] = event;
}

static int by_time(const void *a, const void *b)
{
	const struct fps_fpm_event *one = a, *other = b;

	if (one->time != other->time) {
		return one->time > other->time ? 1 : -1;
	}
	return (one->number > other->number) - (one->number < other->number); /* what is said has an order */
}

void fps_fpmlog_sort(struct fps_fpm_log *log)
{
	if (log->count) {
		qsort(log->events, log->count, sizeof(*log->events), by_time);
	}
}

void fps_fpmlog_forget(struct fps_fpm_log *log, size_t most)
{
	size_t dropped = log->count > most ? log->count - most : 0;

	for (size_t i = 0; i < dropped; i++) {
		free(log->events[i].text);
	}
	if (dropped) {
		memmove(log->events, log->events + dropped, most * sizeof(*log->events));
		log->count = most;
	}
}

/* The number of the first event that is not before that time. */
static size_t since(const struct fps_fpm_log *log, int64_t time)
{
	size_t low = 0, high = log->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (log->events[middle].time < time) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

void fps_fpmlog_give_away(struct fps_fpm_log *log, int64_t pid, int64_t time)
{
	for (size_t i = since(log, time - 2); i < log->count && log->events[i].time <= time + LONGEST_CORE_DUMP; i++) {
		log->events[i].taken = log->events[i].taken || log->events[i].pid == pid;
	}
}

const struct fps_fpm_event *fps_fpmlog_near(const struct fps_fpm_log *log, enum fps_fpm_kind kind, int64_t time, int64_t before,
	int64_t after, size_t *count)
{
	const struct fps_fpm_event *best = NULL;
	size_t low = since(log, time - before);

	*count = 0;
	for (; low < log->count && log->events[low].time <= time + after; low++) {
		const struct fps_fpm_event *event = &log->events[low];

		if (event->kind != kind || event->taken) {
			continue;
		}
		++*count;
		if (best == NULL || llabs(event->time - time) < llabs(best->time - time)) {
			best = event;
		}
	}
	return best;
}

char *fps_fpmlog_written(const struct fps_fpm_log *log, int64_t pid, int64_t time)
{
	const struct fps_fpm_event *last[WRITTEN_LINES];
	char text[WRITTEN_LINES * 402];
	size_t count = 0, len = 0;

	for (size_t i = since(log, time - 2); i < log->count && log->events[i].time <= time + 2; i++) {
		if (log->events[i].kind == FPS_FPM_SAID && log->events[i].pid == pid) {
			last[count++ % WRITTEN_LINES] = &log->events[i];
		}
	}
	for (size_t i = count > WRITTEN_LINES ? count - WRITTEN_LINES : 0; i < count && len < sizeof(text); i++) {
		len += (size_t) snprintf(text + len, sizeof(text) - len, "%s%s", len ? "\n" : "", last[i % WRITTEN_LINES]->text);
	}
	return len ? fps_alloc_copy((struct fps_span) {text, len < sizeof(text) ? len : sizeof(text) - 1}, 0) : NULL;
}

void fps_fpmlog_free(struct fps_fpm_log *log)
{
	for (size_t i = 0; i < log->count; i++) {
		free(log->events[i].text);
	}
	free(log->events);
	*log = (struct fps_fpm_log) {0};
}
