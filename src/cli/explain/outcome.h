/*
 * What the client got of an incident's request, by the access log.
 */
#ifndef FPS_OUTCOME_H
#define FPS_OUTCOME_H

#include "explain/incidents.h"

/* Gives incidents, which have been sorted, what an access log knows of them. False if it can't be read. */
bool fps_outcome_read(struct fps_incidents *incidents, const char *name);

/* The same with what the log has now. */
void fps_outcome_take(struct fps_incidents *incidents, struct fps_source *source);

#endif
