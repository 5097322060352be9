/*
 * The cause of a death, in a copy of the dead worker's slot: the worker's own draft, judged by what the coroner knows
 * by now; without one, the last sample and the way the process ended. SIGTERM from the master: sigterm.h.
 */
#ifndef FPS_CORONER_CAUSE_H
#define FPS_CORONER_CAUSE_H

#include "coroner/master.h"
#include "coroner/ward.h"

/* Whether the slot holds a draft of the request's death that says at least of what. */
bool fps_cause_has_draft(const struct fps_slot *slot);

/* Whether what the master does next would show what the death means (aftermath.h), and the master is running. */
bool fps_cause_needs_aftermath(const struct fps_ward *ward, const struct fps_slot *slot);

/* Whether the draft lacks an exit status that the end of the process will give. */
bool fps_cause_awaits_end(const struct fps_slot *slot);

/* Completes the draft of `copy`, which is a copy of the ward's slot. */
void fps_cause_fill(const struct fps_ward *ward, const struct fps_slot *slot, struct fps_slot *copy);

/* Sets cause and confidence. */
void fps_cause_conclude(struct fps_draft *draft, enum fps_cause cause, enum fps_confidence confidence);

/* An otherwise empty slot becomes the master's own, with its fate as an event. */
void fps_cause_master(struct fps_slot *copy);

#endif
