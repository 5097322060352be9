/*
 * What an incident was: the cause that its record names, or what the web server's message, FPM's log, the kernel's and
 * systemd's allow to be said without one. Nothing is said about what was not given.
 */
#ifndef FPS_VERDICT_H
#define FPS_VERDICT_H

#include "explain/join.h"

#define FPS_UNEXPLAINED "unexplained"

struct fps_verdict {
	const char *cause;   /* of causes.def, or FPS_UNEXPLAINED; a record's own lives as long as that */
	const char *subcase; /* advice of its own, "killed/log"; NULL: that of the cause */
	enum fps_certainty certainty;
	char *written;  /* to standard error by the worker, at the end, as FPM's log has it; NULL: nothing */
	char why[1200]; /* what the cause rests on */
};

/* An incident, what belongs to it, and what it was: what is printed. */
struct fps_explained {
	const struct fps_incident *incident;
	const struct fps_match *match;
	const struct fps_verdict *verdict;
};

/* Marks workers that die of one fault again and again, soon after they began. Once records have been sorted. */
void fps_verdict_prepare(const struct fps_recordindex *records);

/* To be freed. */
struct fps_verdict fps_verdict_reach(
	const struct fps_incident *incident, const struct fps_match *match, const struct fps_evidence *evidence);

bool fps_verdict_is_explained(const struct fps_verdict *verdict);

void fps_verdict_free(struct fps_verdict *verdict);

#endif
