/*
 * The client's port and the listed query parameters. They cost a request nothing: they are read from FPM's own table
 * only when there is something to record. May be called from a signal handler.
 */
#ifndef FPS_SIG_REQUESTINFO_H
#define FPS_SIG_REQUESTINFO_H

#include "blackbox.h"

/*
 * The draft's client_port and query, of the request that FPM is serving. The arena behind arena_len serves as scratch
 * space, and is zeroed again.
 */
void fps_sig_requestinfo_fill(struct fps_draft *draft);

#endif
