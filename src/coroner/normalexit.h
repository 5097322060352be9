/* Workers that exit normally, recycled or retired; recorded with fpmsentinel.lifecycle. */
#ifndef FPS_CORONER_NORMALEXIT_H
#define FPS_CORONER_NORMALEXIT_H

#include "coroner/workertable.h"

/*
 * Handles a ward that has ended outside of a request. True if there is a record to write, from `copy`. *again_ns is
 * when to ask again, UINT64_MAX for never: its master may be about to stop, which ends all workers.
 */
bool fps_normalexit_attend(
	struct fps_ward *ward, const struct fps_slot *slot, uint64_t now_ns, struct fps_slot *copy, uint64_t *again_ns);

#endif
