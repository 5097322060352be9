/*
 * What `fpmsentinel trace` prints of more incidents than anybody reads: their defects, and one incident of each.
 */
#ifndef FPS_TRACESUMMARY_H
#define FPS_TRACESUMMARY_H

#include "command/trace.h"

/* The incidents that the options select, in the order of the log. Zeros to begin with. */
struct fps_tracesummary {
	struct fps_occurrence *all;
	size_t count;
};

void fps_tracesummary_add(struct fps_tracesummary *summary, const struct fps_explained *explained, size_t number);

/*
 * Groups them, prints them as text (each of them, if they are few) or gives the printer their defects as JSON, and
 * frees the summary.
 */
void fps_tracesummary_finish(
	struct fps_trace *trace, struct fps_tracesummary *summary, const struct fps_joined *joined);

#endif
