/*
 * What a record says of the request and no request is charged for: looked up in FPM's own table when there is something
 * to record. May be called from a signal handler.
 */
#ifndef FPS_SIG_LATE_H
#define FPS_SIG_LATE_H

#include "blackbox.h"

/*
 * The draft's client_port and query, of the request that FPM is serving. The arena behind arena_len serves as scratch
 * space, and is zeroed again.
 */
void fps_sig_late_fill(struct fps_draft *draft);

#endif
