/*
 * Checks what a worker's slot says against what others know: a pool's user may lie about the pool's own requests, but
 * not about their time, and not in another's name.
 */
#ifndef FPS_CORONER_CROSSCHECK_H
#define FPS_CORONER_CROSSCHECK_H

#include "blackbox.h"

/*
 * `copy` is a copy of a slot, with the identity of the hello. Its times become those of CLOCK_MONOTONIC between the
 * worker's claim and `latest_ns`; a death that was not then was at `seen_ns`. The time of day is made from it and
 * `epoch_ns`.
 */
struct fps_crosscheck {
	uint64_t latest_ns, seen_ns, epoch_ns;
};

/* For a death: an invalid cause becomes unknown_death. */
void fps_crosscheck_death(struct fps_slot *copy, const struct fps_crosscheck *bounds);

/* For a worker's child. False if it did not die of a fault. */
bool fps_crosscheck_child(struct fps_slot *copy, const struct fps_crosscheck *bounds);

/* For an event. False if its cause is not that of a request that PHP has ended, nor that of a warning. */
bool fps_crosscheck_event(struct fps_slot *copy, const struct fps_crosscheck *bounds);

#endif
