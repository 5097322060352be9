/*
 * A worker's way to the coroner: its doorbell, a pipe that only the coroner reads, so that the pipe
 * also tells whether it is there. May be called from a signal handler.
 */
#ifndef FPS_SIG_DOORBELL_H
#define FPS_SIG_DOORBELL_H

#include "blackbox.h"

/* The pipe's end, non-blocking; -1: there is no coroner for this process. At a worker's first request. */
void fps_sig_doorbell_init(int fd);

/* Whether the coroner is there; it may be stopped, or slow. */
bool fps_sig_doorbell_answers(void);

/* Has the coroner look at the slots. False if it is not there. */
bool fps_sig_doorbell_ring(void);

/* Waits until the coroner has brought a handoff to that state, `milliseconds` at most. True if it has. */
bool fps_sig_doorbell_wait(_Atomic uint32_t *handoff, enum fps_handoff state, uint32_t milliseconds);

#endif
