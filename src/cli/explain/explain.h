/*
 * What the logs say, and which of it belongs together.
 */
#ifndef FPS_EXPLAIN_H
#define FPS_EXPLAIN_H

#include "explain/verdict.h"

/* What has been read. */
struct fps_known {
	struct fps_incidents incidents;
	struct fps_records records;
	struct fps_fpm_log fpm_log;
};

/* Puts all in order; before fps_explain_join(). */
void fps_explain_sort(struct fps_known *known);

/* Finds which record is of which incident. Returns what verdicts can be reached from then; it borrows what is known. */
struct fps_evidence fps_explain_join(struct fps_known *known);

void fps_explain_free(struct fps_known *known);

#endif
