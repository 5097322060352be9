/* What a worker does once, at its first request: the claim of a slot and all that goes with it. */
#ifndef FPS_WORKER_H
#define FPS_WORKER_H

#include "hooks.h"

/*
 * Claims a slot, fills in who this worker is, sees whether its log can be written and installs
 * the signal handlers. NULL if it can't be, or was tried before in this process or in a parent of
 * it. In a child that this process forks *forget becomes NULL.
 */
struct fps_slot *fps_worker_start(const struct fps_config *config, struct fps_slot **forget);

/* Logs what _start() had to complain about, as soon as the SAPI can log. */
void fps_worker_say_pending(void);

#endif
