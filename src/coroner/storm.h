/*
 * Storms: one defect that kills more requests per minute than anybody reads about.
 *
 * Every record is counted. From the eleventh with the same fingerprint within a minute on, a record is short and names
 * the record that has the stacks. Fingerprints are counted per pool and user, so a worker's claims about its death do
 * not affect another user's records.
 */
#ifndef FPS_CORONER_STORM_H
#define FPS_CORONER_STORM_H

#include "blackbox.h"
#include "record/record.h"

/* At most this many fingerprints of one user are counted at once; a new one replaces the one seen least recently. */
#define FPS_STORM_OF_USER 64

/* For the supervisor: memory that outlives a coroner. 0, or -1 with errno. */
int fps_storm_init(void);

/*
 * Counts a record of one of that user's workers that is about to be written; the slot has been made safe to read. True
 * if the record is to be short, as described in *storm. A long storm has a full record each hour, which is the `first`
 * of those after it. Normal exits of workers and records of the master never count as a storm.
 */
bool fps_storm_count(struct fps_slot *slot, uid_t uid, uint64_t now_ns, struct fps_sig_storm *storm);

#endif
