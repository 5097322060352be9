/*
 * What `fpmsentinel trace` prints of more incidents than anybody reads: their defects, and one incident of each.
 */
#ifndef FPS_TRACESUMMARY_H
#define FPS_TRACESUMMARY_H

#include "command/traceoutput.h"

/*
 * Groups the incidents in trace->selected. As text it prints their defects and one incident of each, or all incidents
 * if they are few; for JSON it gives the printer their defects.
 */
void fps_tracesummary_print(struct fps_trace *trace, const struct fps_joined *joined);

#endif
