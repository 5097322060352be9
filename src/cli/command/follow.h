/*
 * `fpmsentinel trace --follow`: incidents as they are written.
 *
 * Only what may still be needed is kept: incidents that have not been reported yet, and as much of the past as may
 * explain the next ones. While nothing is written, nothing runs.
 */
#ifndef FPS_FOLLOW_H
#define FPS_FOLLOW_H

#include "command/traceoutput.h"

/*
 * Runs until SIGINT, SIGTERM, the end of nginx's log on standard input, or until the reader of standard output exits.
 * False if something can't be read.
 */
bool fps_follow(struct fps_trace *trace);

#endif
