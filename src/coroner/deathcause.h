/*
 * The cause of a death, in a copy of the dead worker's slot. It is the worker's own draft, judged by what the coroner
 * knows by now; without a draft, the last sample and the way in which the process ended. SIGTERM from the master:
 * sigterm.h.
 */
#ifndef FPS_CORONER_DEATHCAUSE_H
#define FPS_CORONER_DEATHCAUSE_H

#include "coroner/master.h"
#include "coroner/workertable.h"

/* Whether the slot holds a draft of the request's death that at least has a cause. */
bool fps_deathcause_has_draft(const struct fps_slot *slot);

/* Whether the master's next actions would show what the death means (aftermath.h), and the master is running. */
bool fps_deathcause_needs_aftermath(const struct fps_ward *ward, const struct fps_slot *slot);

/* Whether the draft lacks an exit status, which the end of the process will supply. */
bool fps_deathcause_awaits_end(const struct fps_slot *slot);

/* Completes the draft of `copy`, a copy of the ward's slot. */
void fps_deathcause_fill(const struct fps_ward *ward, const struct fps_slot *slot, struct fps_slot *copy);

/* Turns an otherwise empty slot into the master's own, with its fate as an event. */
void fps_deathcause_master(struct fps_slot *copy);

#endif
