/* A slot that may hold anything, made safe to read. May be called from a signal handler. */
#ifndef FPS_SIG_SANITIZE_H
#define FPS_SIG_SANITIZE_H

#include "blackbox.h"

/*
 * Afterwards texts are terminated, counts and indices within bounds, times in order, and numbers as the schema allows,
 * no matter what was in the slot.
 */
void fps_sig_sanitize(struct fps_slot *slot);

#endif
