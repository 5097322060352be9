/*
 * Differences between the clocks of logs: another time zone, or a clock that is wrong.
 */
#ifndef FPS_CLOCKOFFSET_H
#define FPS_CLOCKOFFSET_H

#include "explain/incidents.h"
#include "log/fpmlog.h"
#include "log/recordindex.h"

/* Larger differences mean another clock. */
#define FPS_CLOCKOFFSET_SAME 2.5

/* Whether time zones can differ by that. */
bool fps_clockoffset_is_zone(double shift);

/* By how much the web server's log is ahead of the log of one FPM. */
struct fps_fpm_clock {
	double shift;  /* in seconds */
	bool is_guess; /* concluded from a single pair */
};

/* For each FPM log, by how much the web server's log is ahead of it. The caller frees them. */
struct fps_fpm_clock *fps_clockoffset_of_fpm(const struct fps_incidents *incidents,
	const struct fps_recordindex *records, const struct fps_fpm_log *fpm, double shift);

#endif
