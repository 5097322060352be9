/* Collects what the logs say, and joins it. */
#include "explain/explain.h"

#include <stdlib.h>

static enum fps_use take_record(struct fps_known *known, const struct fps_entry *entry)
{
	struct fps_record record;

	if (fps_record_parse(entry->text, &record) != FPS_RECORD_READ) {
		return FPS_USE_BROKEN;
	}
	fps_recordindex_add(&known->records, &record);
	return FPS_USE_TAKEN;
}

enum fps_use fps_explain_take(void *to, const struct fps_entry *entry)
{
	struct fps_known *known = to;

	switch (entry->kind) {
		case FPS_ENTRY_NGINX:
		case FPS_ENTRY_APACHE: return fps_incidents_add(&known->incidents, entry);
		case FPS_ENTRY_RECORD: return take_record(known, entry);
		case FPS_ENTRY_FPM: fps_fpmlog_add(&known->fpm_log, entry); return FPS_USE_TAKEN;
		case FPS_ENTRY_SLOW: fps_fpmlog_add_slow(&known->fpm_log, entry); return FPS_USE_TAKEN;
		case FPS_ENTRY_KERNEL:
			return fps_kernelsystemdevents_add_kernel(&known->system, entry) ? FPS_USE_TAKEN : FPS_USE_OTHER;
		case FPS_ENTRY_UNIT:
			return fps_kernelsystemdevents_add_unit(&known->system, entry) ? FPS_USE_TAKEN : FPS_USE_OTHER;
		case FPS_ENTRY_ACCESS: return fps_clientresponse_add(&known->answers, entry) ? FPS_USE_TAKEN : FPS_USE_BROKEN;
		default: return FPS_USE_OTHER;
	}
}

bool fps_explain_wants(void *from, struct fps_span line)
{
	const struct fps_known *known = from;

	return fps_clientresponse_wants(&known->answers, line);
}

void fps_explain_expect(struct fps_known *known)
{
	fps_clientresponse_expect(&known->answers, &known->incidents);
}

void fps_explain_sort(struct fps_known *known)
{
	fps_incidents_sort(&known->incidents);
	fps_recordindex_sort(&known->records);
	fps_fpmlog_sort(&known->fpm_log);
	fps_kernelsystemdevents_sort(&known->system);
}

struct fps_joined fps_explain_join(struct fps_known *known)
{
	struct fps_joined joined = {.evidence = fps_evidence_of(&known->incidents, &known->records, &known->fpm_log,
									&known->system, fps_join_shift(&known->incidents, &known->records))};

	fps_verdict_prepare(&known->records);
	joined.matches = fps_join_all(&known->incidents, &joined.evidence, &known->answers);
	return joined;
}

struct fps_explain_alone fps_explain_alone(const struct fps_known *known, const struct fps_joined *joined)
{
	struct fps_explain_alone alone = {0, 0, 0};

	for (size_t i = 0; i < known->records.count; i++) {
		const struct fps_record *record = &known->records.all[i];
		int64_t time = (int64_t) (record->time + joined->evidence.shift);
		bool died = record->action == FPS_ACTION_DEATH;

		if (joined->evidence.of_records[i].owner == 0 && time >= known->incidents.since
			&& (!known->incidents.until || time <= known->incidents.until)) {
			alone.deaths += died;
			alone.finished += died && record->finished;
			alone.ended += record->action == FPS_ACTION_KILLED && record->finished;
		}
	}
	return alone;
}

size_t fps_explain_other_ends(const struct fps_known *known, const struct fps_joined *joined, const char **example)
{
	size_t count = 0;

	for (size_t i = 0; i < joined->evidence.point_count; i++) {
		const struct fps_piece *piece = &joined->evidence.points[i];

		if (piece->kind == FPS_PIECE_END && piece->owner == 0 && piece->time >= (double) known->incidents.since
			&& (!known->incidents.until || piece->time <= (double) known->incidents.until)) {
			*example = piece->event ? piece->event->text : piece->kernel->text;
			count++;
		}
	}
	return count;
}

void fps_explain_release(struct fps_joined *joined)
{
	fps_evidence_free(&joined->evidence);
	free(joined->matches);
}

void fps_explain_free(struct fps_known *known)
{
	fps_incidents_free(&known->incidents);
	fps_recordindex_free(&known->records);
	fps_fpmlog_free(&known->fpm_log);
	fps_kernelsystemdevents_free(&known->system);
	fps_clientresponse_free(&known->answers);
}
