/*
 * Warnings about a running request, once each: that it comes near a limit, and that nobody waits for its answer any
 * more.
 *
 * The watcher notices it. PHP's thread records it at the VM's next safe point, where the stack is complete; the watcher
 * itself does if that point does not come soon, or if the moment counts.
 */
#ifndef FPS_REQUESTWARNINGS_H
#define FPS_REQUESTWARNINGS_H

#include "worker/workerconfig.h"

/* Before the watcher starts, on PHP's thread. */
void fps_requestwarnings_init(struct fps_slot *slot, const struct fps_config *config, const int *self);

/* The watcher has taken a sample. True if it should soon take another. */
bool fps_requestwarnings_look(const struct fps_sample *sample);

/* PHP's thread is at a safe point, with or without something to record. */
void fps_requestwarnings_safe_point(void);

#endif
