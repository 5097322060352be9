/*
 * A worker's way to the coroner: its doorbell, an eventfd of its own, and a pipe without data that hangs up when nobody
 * is there any more. May be called from a signal handler.
 *
 * Nothing that workers of several pools can write to is common to them: whoever writes to a pipe from memory that is
 * slow to read holds up everybody else who uses or closes it (docs/decisions/47).
 */
#ifndef FPS_SIG_DOORBELL_H
#define FPS_SIG_DOORBELL_H

#include "blackbox.h"

/* The bell, non-blocking, and the pipe's reading end; -1: there is no coroner for this process. At a worker's first
 * request. */
void fps_sig_doorbell_init(int own_bell, int peer_end);

/* Whether the coroner is there; it may be stopped, or slow. */
bool fps_sig_doorbell_answers(void);

/* Has the coroner look at the slots. False if it is not there. */
bool fps_sig_doorbell_ring(void);

/* Waits until the coroner has brought a handoff to that state, `milliseconds` at most. True if it has. */
bool fps_sig_doorbell_wait(_Atomic uint32_t *handoff, enum fps_handoff state, uint32_t milliseconds);

#endif
