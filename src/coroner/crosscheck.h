/*
 * What a worker's slot says, held to what others know: a pool's user may lie about the pool's own requests, but not
 * about when, and not as anybody else.
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

/* Of a death: a cause that is none becomes unknown_death. */
void fps_crosscheck_death(struct fps_slot *copy, const struct fps_crosscheck *bounds);

/* Of a worker's child. False if it did not die of a fault. */
bool fps_crosscheck_child(struct fps_slot *copy, const struct fps_crosscheck *bounds);

/* Of an event. False if its cause is none of a request that PHP has ended, or warns of. */
bool fps_crosscheck_event(struct fps_slot *copy, const struct fps_crosscheck *bounds);

#endif
