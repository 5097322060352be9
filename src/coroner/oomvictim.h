/* Which dead ward was the victim of an OOM kill: the counters (oomledger.h) say how many there were, not who. */
#ifndef FPS_CORONER_OOMVICTIM_H
#define FPS_CORONER_OOMVICTIM_H

#include "coroner/workertable.h"

/* For a ward that has ended: whether the OOM killer may have done it, and that has not been decided yet. */
bool fps_oomvictim_may_be(const struct fps_ward *ward, const struct fps_slot *slot);

/*
 * True while the OOM killer's victim may still be exiting: the kill is counted first, a large process takes the longest
 * to end, and more may have ended since the last poll().
 */
bool fps_oomvictim_is_unfinished(const struct fps_ward *ward);

/* Decides for all wards that died of one step, and stores the result in each. */
void fps_oomvictim_ask(struct fps_ward *ward);

#endif
