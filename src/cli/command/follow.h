/*
 * `fpmsentinel trace --follow`: incidents as they are written.
 *
 * What is known is kept for a while only: incidents that have not been told of yet, and of the past what may still be
 * needed to tell of the next ones. Where nothing is written nothing runs.
 */
#ifndef FPS_FOLLOW_H
#define FPS_FOLLOW_H

#include "command/trace.h"

/*
 * Until SIGINT, SIGTERM, the end of nginx's log on standard input, or nobody reads standard output. False if something
 * can't be read.
 */
bool fps_follow(struct fps_trace *trace);

#endif
