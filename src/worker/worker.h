/* What a worker does once, at its first request: it claims a slot, with all that goes with that. */
#ifndef FPS_WORKER_H
#define FPS_WORKER_H

#include "worker/workerconfig.h"

/* In MINIT, in FPM: what is to be done before a worker is forked. 0 or an errno. */
int fps_worker_prepare(const struct fps_config *config);

/*
 * Claims a slot, fills in who this worker is and says hello to the coroner. NULL if it can't be, or was tried before in
 * this process or in a parent of it.
 */
struct fps_slot *fps_worker_claim(struct fps_config *config);

/*
 * Installs the signal handlers for the claimed slot, which should hold the request by now, sees
 * whether the log can be written and gives the other slots up. False if it can't be. In a child
 * that this process forks *slot becomes NULL.
 */
bool fps_worker_watch(const struct fps_config *config, struct fps_slot **slot);

/*
 * The master's farewell to the coroner, which it lets finish what it is at: as the first process of a
 * namespace it would take it along. In any process's MSHUTDOWN that is no watched worker.
 */
void fps_worker_say_goodbye(const struct fps_config *config);

/* "pool NAME", as its title says; NULL in any process that is no worker of FPM's. */
const char *fps_worker_pool(void);

#endif
