/*
 * Storms: one defect that kills more requests per minute than anybody reads about.
 *
 * Each record counts, but from the eleventh with one fingerprint within a minute on, it is short and names the record
 * that has the stacks. Fingerprints are counted per pool and user, so what a worker says it died of does not affect
 * another user's records.
 */
#ifndef FPS_CORONER_STORM_H
#define FPS_CORONER_STORM_H

#include "blackbox.h"
#include "record/record.h"

/* More fingerprints than that of one user are not counted at once: the one that was seen least recently gives way. */
#define FPS_STORM_OF_USER 64

/* For the supervisor: memory that outlives a coroner. 0, or -1 with errno. */
int fps_storm_init(void);

/*
 * Counts a record that is about to be written, of one of that user's workers; the slot has been made safe to read. True
 * if the record is to be short, as *storm says. A long storm has a full record each hour, which is the `first` of those
 * after it. Normal exits of workers and records of the master never count as a storm.
 */
bool fps_storm_count(struct fps_slot *slot, uid_t uid, uint64_t now_ns, struct fps_sig_storm *storm);

#endif
