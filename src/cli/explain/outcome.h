/*
 * What the client got of an incident's request, by the access log.
 */
#ifndef FPS_OUTCOME_H
#define FPS_OUTCOME_H

#include "explain/incidents.h"

struct fps_answers {
	struct fps_incidents *incidents;
	struct fps_incident **by_connection;
	size_t count;
};

/* Incidents, which have been sorted, get what lines of access logs say of them from then on. */
void fps_outcome_expect(struct fps_answers *answers, struct fps_incidents *incidents);

/* False if it is no line of an access log. */
bool fps_outcome_add(struct fps_answers *answers, const struct fps_entry *entry);

#endif
