/*
 * What an incident was: the cause that its record tells, or what nginx's words, FPM's log and the master's records
 * allow to be said without one.
 */
#ifndef FPS_VERDICT_H
#define FPS_VERDICT_H

#include "explain/incidents.h"
#include "log/fpmlog.h"

/* What verdicts are reached from. */
struct fps_evidence {
	const struct fps_records *records;
	const struct fps_fpm_log *fpm;
	double shift; /* by how much nginx's log is ahead of the records */
};

#define FPS_UNEXPLAINED "unexplained"

/* When all have been joined: what FPM's log has of a worker whose record is of an incident explains no other. */
void fps_verdict_prepare(struct fps_fpm_log *fpm, const struct fps_records *records, double shift);

void fps_verdict_reach(struct fps_incident *incident, const struct fps_evidence *evidence);

bool fps_verdict_is_explained(const struct fps_incident *incident);

#endif
