/*
 * Which record belongs to which line of nginx's log.
 *
 * In this order: by the event id in a worker's last words; by nginx's process and connection number, where
 * nginx passes them on, with the request line, whatever the time; else by request line, client, host and time; at last,
 * where nothing explains a line, without the time.
 *
 * All but the id is said by a pool's workers, which may lie. Where a pool listens is not: so each of these looks among
 * the records whose address is the one that nginx names, then among those whose address is not known, and last among
 * the others, which are never certain then.
 */
#ifndef FPS_JOIN_H
#define FPS_JOIN_H

#include "explain/incidents.h"

/*
 * By how many seconds nginx's log is ahead of the records: another clock, or another time zone. 0 if there is no
 * telling.
 */
double fps_join_shift(const struct fps_incidents *incidents, const struct fps_records *records);

/* For all of them; both have been sorted. */
void fps_join_all(struct fps_incidents *incidents, struct fps_records *records, double shift);

/*
 * For one that nothing else explains: the only death of such a request in the hour before, where no connection is
 * known. True if there is one, which is the incident's then. It has to be called after the one above.
 */
bool fps_join_late(struct fps_incident *incident, const struct fps_records *records, double shift);

#endif
