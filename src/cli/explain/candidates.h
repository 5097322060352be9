/*
 * What a line of a log can mean if nothing else is known: which causes it may have, and what would decide. A web
 * server's line has a verdict, too (verdict.h); this says no more than that does.
 */
#ifndef FPS_CANDIDATES_H
#define FPS_CANDIDATES_H

#include "explain/incidents.h"
#include "log/fpmlog.h"
#include "log/kernellog.h"
#include "log/systemdlog.h"

struct fps_candidates {
	const char *means;         /* what the line says */
	const char *const *causes; /* of causes.def, the likeliest first; the last one is NULL */
	const char *never;         /* what it does not mean, NULL: nothing is worth saying */
	const char *decides;       /* which log or record would decide; NULL: there is nothing to decide */
};

/* NULL: there are none. Of a line that has a verdict: what else may stand behind it. */
const struct fps_candidates *fps_candidates_of_incident(const struct fps_incident *incident);

/* Never NULL. */
const struct fps_candidates *fps_candidates_of_fpm(const struct fps_fpm_line *line);
const struct fps_candidates *fps_candidates_of_kernel(const struct fps_kern_event *event);
const struct fps_candidates *fps_candidates_of_unit(const struct fps_unit_event *event);

/* The cause of a fatal error in PHP's own words. */
const char *fps_candidates_php(enum fps_php_kind kind);

#endif
