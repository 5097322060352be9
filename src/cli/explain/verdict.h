/*
 * What happened in an incident: the cause in its record, or what the web server's message, FPM's log, the kernel's and
 * systemd's show without one. Draws no conclusion from logs that were not given.
 */
#ifndef FPS_VERDICT_H
#define FPS_VERDICT_H

#include "explain/join.h"

#define FPS_UNEXPLAINED "unexplained"

struct fps_verdict {
	const char *cause;   /* one of causes.def, or FPS_UNEXPLAINED; a record's own lives as long as the record */
	const char *subcase; /* its own advice, "killed/log"; NULL: that of the cause */
	enum fps_certainty certainty;
	char *written;  /* what the worker wrote to standard error at the end, from FPM's log; NULL: nothing */
	char why[1200]; /* what the cause rests on */
};

/* An incident, what belongs to it, and its verdict: what is printed. */
struct fps_explained {
	const struct fps_incident *incident;
	const struct fps_match *match;
	const struct fps_verdict *verdict;
};

/* Marks workers that die of one fault again and again, soon after they began. Call it when records have been sorted. */
void fps_verdict_prepare(const struct fps_recordindex *records);

/* The caller frees it. */
struct fps_verdict fps_verdict_reach(
	const struct fps_incident *incident, const struct fps_match *match, const struct fps_evidence *evidence);

bool fps_verdict_is_explained(const struct fps_verdict *verdict);

void fps_verdict_free(struct fps_verdict *verdict);

#endif
