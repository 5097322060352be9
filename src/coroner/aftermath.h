/*
 * What FPM's master and its other workers do after a death. A master that stops or reloads asks all workers to end and
 * starts no new one. Their behaviour therefore shows whether a signal was meant for one worker or for all, without
 * waiting until all have ended.
 */
#ifndef FPS_CORONER_AFTERMATH_H
#define FPS_CORONER_AFTERMATH_H

#include "coroner/workertable.h"

/*
 * Looks for signs after that ward's death at died_ns, and stores what it finds in ward->aftermath. False if there is
 * nothing yet: look again at *again_ns. Call it only while the master's fate is not known; what the master does after
 * its goodbye does not count. All times are CLOCK_MONOTONIC.
 */
bool fps_aftermath_decide(struct fps_ward *ward, uint64_t died_ns, uint64_t now_ns, uint64_t *again_ns);

/* Adds it to the draft's evidence. */
void fps_aftermath_say(const struct fps_aftermath *aftermath, struct fps_draft *draft);

#endif
