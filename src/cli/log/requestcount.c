/* Counts the requests in access logs. */
#include "log/requestcount.h"

#include "base/warn.h"
#include "log/accesslog.h"
#include "log/multiline.h"

static void count(struct fps_requests *requests, const struct fps_access *access)
{
	/* answered by nginx itself */
	if (access->upstream_status.at != NULL
		&& (access->upstream_status.len == 0 || fps_span_is(access->upstream_status, "-"))) {
		return;
	}
	if (access->time >= 0 && (access->time < requests->since || (requests->until && access->time > requests->until))) {
		return;
	}
	requests->count++;
	if (access->time >= 0) {
		requests->first = requests->first && requests->first < access->time ? requests->first : access->time;
		requests->last = requests->last > access->time ? requests->last : access->time;
	}
}

static enum fps_use count_entry(void *requests, const struct fps_entry *entry)
{
	struct fps_access access;

	if (!fps_accesslog_parse(entry->text, &access)) {
		return FPS_USE_BROKEN;
	}
	if (access.time < 0) {
		access.time = fps_accesslog_json_time(entry->text);
	}
	count(requests, &access);
	return FPS_USE_TAKEN;
}

bool fps_requestcount_add(struct fps_requests *requests, const char *name)
{
	struct fps_logorigins streams = {0};
	struct fps_inputcounts tally = {0};
	struct fps_multiline entries = fps_multiline_of(name, &streams, &tally, count_entry, requests);
	struct fps_linereader source;

	if (!fps_linereader_open(&source, name, false)) {
		return false;
	}
	fps_inputcounts_begin(&tally, name, true);
	entries.only = FPS_ENTRY_ACCESS;
	fps_multiline_take(&entries, &source);
	fps_multiline_free(&entries);
	fps_linereader_close(&source);
	if (tally.unknown || (tally.entries[FPS_ENTRY_ACCESS] == 0 && source.line)) {
		fps_warn("%s:%llu: no line of an access log, neither JSON nor combined", name,
			(unsigned long long) (tally.unknown ? tally.files[0].example_line : 1));
	}
	fps_inputcounts_free(&tally);
	fps_logorigin_free(&streams);
	return !source.failed;
}

bool fps_requestcount_covers(const struct fps_requests *requests, double time)
{
	return requests->last == 0 || (time >= (double) requests->first - 1 && time < (double) requests->last + 2);
}
