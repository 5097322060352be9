/* The watcher's last sample of a dead worker's request, which fills what the worker's own draft lacks. */
#ifndef FPS_CORONER_LASTSAMPLE_H
#define FPS_CORONER_LASTSAMPLE_H

#include "blackbox.h"

/*
 * Adds what the draft of `copy` lacks (PHP stack, memory and so on) from the last complete sample, if that is from the
 * same request. `copy` is a copy of the slot. The values are as old as the sample.
 */
void fps_lastsample_add(const struct fps_slot *slot, struct fps_slot *copy);

/* When the sample was taken: CLOCK_MONOTONIC, 0 if there is none. */
uint64_t fps_lastsample_taken_ns(const struct fps_slot *slot);

/* Resident memory at that time, in bytes; 0 if it is not known. */
uint64_t fps_lastsample_rss(const struct fps_slot *slot);

#endif
