/*
 * Checks what a worker's slot says against what others know. A pool's user may lie about the pool's own requests, but
 * not about their times or another pool's name.
 */
#ifndef FPS_CORONER_CROSSCHECK_H
#define FPS_CORONER_CROSSCHECK_H

#include "blackbox.h"

/*
 * `copy` is a copy of a slot, with the identity from the hello. Bounds its times by the worker's claim and `latest_ns`
 * (CLOCK_MONOTONIC); a death outside of that is set to `seen_ns`. Computes the time of day from it and `epoch_ns`.
 */
struct fps_crosscheck {
	uint64_t latest_ns, seen_ns, epoch_ns;
};

/* For a death: an invalid cause becomes unknown_death. */
void fps_crosscheck_death(struct fps_slot *copy, const struct fps_crosscheck *bounds);

/* For a child of a worker. False if it did not die of a fault. */
bool fps_crosscheck_child(struct fps_slot *copy, const struct fps_crosscheck *bounds);

/* For an event. False unless its cause is a PHP error that ended the request, or a warning. */
bool fps_crosscheck_event(struct fps_slot *copy, const struct fps_crosscheck *bounds);

#endif
