/* What a dead worker's watcher had seen of its last request: fills what its own draft lacks. */
#ifndef FPS_CORONER_SAMPLE_H
#define FPS_CORONER_SAMPLE_H

#include "blackbox.h"

/*
 * Adds to the draft of `copy`, which is a copy of the slot, the PHP stack, memory and the like that it
 * lacks, from the last whole sample, if that is of the same request. They are as old as the sample is.
 */
void fps_sample_add(const struct fps_slot *slot, struct fps_slot *copy);

/* When that was taken: CLOCK_MONOTONIC, 0 if there is none. */
uint64_t fps_sample_taken_ns(const struct fps_slot *slot);

/* Resident memory then, in bytes; 0 if it is not known. */
uint64_t fps_sample_rss(const struct fps_slot *slot);

#endif
