/*
 * opcache.preload, which runs in FPM's start: a death there ends the start, and PHP-FPM says nothing of it. So the
 * handlers of faults are there meanwhile, and say where it died on standard error; there is no record.
 */
#ifndef FPS_WORKER_PRELOAD_H
#define FPS_WORKER_PRELOAD_H

#include "worker/worker.h"

void fps_preload_begin(const struct fps_config *config);

/* Nothing if it has not begun. */
void fps_preload_end(void);

#endif
