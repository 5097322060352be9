/* What a dead worker's watcher had seen of its last request: fills what its own draft lacks. */
#ifndef FPS_CORONER_LASTSAMPLE_H
#define FPS_CORONER_LASTSAMPLE_H

#include "blackbox.h"

/*
 * Adds the PHP stack, memory and the like, which the draft of `copy` lacks, from the last complete sample, if that is
 * from the same request. `copy` is a copy of the slot. They are as old as the sample.
 */
void fps_lastsample_add(const struct fps_slot *slot, struct fps_slot *copy);

/* When the sample was taken: CLOCK_MONOTONIC, 0 if there is none. */
uint64_t fps_lastsample_taken_ns(const struct fps_slot *slot);

/* Resident memory then, in bytes; 0 if it is not known. */
uint64_t fps_lastsample_rss(const struct fps_slot *slot);

#endif
