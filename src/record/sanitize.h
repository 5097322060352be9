/* A slot that may hold anything, made safe to read. May be called from a signal handler. */
#ifndef FPS_SIG_SANITIZE_H
#define FPS_SIG_SANITIZE_H

#include "blackbox.h"

/*
 * From here on texts end, counts and indices are in their bounds, times in their order and numbers such as the schema
 * allows, whoever has written into the slot.
 */
void fps_sig_sanitize(struct fps_slot *slot);

#endif
