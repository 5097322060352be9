/*
 * What a SIGTERM from the FPM master meant: request_terminate_timeout, a reload or a stop. The worker that got it only
 * saw the sender; the master's fate and the death's aftermath decide.
 */
#ifndef FPS_CORONER_SIGTERM_H
#define FPS_CORONER_SIGTERM_H

#include "coroner/workertable.h"

/* Whether the draft belongs to a SIGTERM from the master. */
bool fps_sigterm_is_master(const struct fps_draft *draft);

/* Sets cause, confidence and evidence of such a draft; `copy` is a copy of the ward's slot. */
void fps_sigterm_judge(const struct fps_ward *ward, struct fps_slot *copy);

#endif
