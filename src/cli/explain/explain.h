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
	struct fps_facts facts; /* the kernel's and systemd's */
	struct fps_answers answers; /* access logs, after the web server's error log */
};

/* What belongs together: a match for each incident, in their order. */
struct fps_joined {
	struct fps_evidence evidence;
	struct fps_match *matches;
};

/* One entry of an error log, of FPM's log, the kernel's or systemd's. Records and access logs are read by records.h and outcome.h. */
void fps_explain_add(struct fps_known *known, const struct fps_entry *entry);

/* Puts all in order; before access logs are read, and before fps_explain_join(). */
void fps_explain_sort(struct fps_known *known);

/* Finds out what belongs together. It borrows what is known. */
struct fps_joined fps_explain_join(struct fps_known *known);

void fps_explain_release(struct fps_joined *joined);

void fps_explain_free(struct fps_known *known);

#endif
