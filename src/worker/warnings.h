/*
 * Warnings about a running request, each once: that it comes near a limit, and that nobody waits for its answer any
 * more. The watcher notices it. PHP's thread records it at the VM's next safe point, where the stack is whole; the
 * watcher itself does if that point does not come soon, or if the moment counts.
 */
#ifndef FPS_WARNINGS_H
#define FPS_WARNINGS_H

#include "worker/hooks.h"

/* Before the watcher starts, on PHP's thread. */
void fps_warnings_init(struct fps_slot *slot, const struct fps_config *config, const int *self);

/* The watcher has taken a sample. True if it should soon take another. */
bool fps_warnings_look(const struct fps_sample *sample);

/* PHP's thread is at a safe point, with or without something to record. */
void fps_warnings_safe_point(void);

#endif
