/*
 * Storms: one defect that kills more requests a minute than anybody reads about.
 *
 * Each record counts, but from the eleventh of one fingerprint within a minute on it is short and names the record that
 * has the stacks. A fingerprint counts for one pool of one user: what a worker says it died of decides nothing about
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
 * Counts a record that is about to be written, of a worker of that user; the slot is made safe to read. True if it is
 * to be short, as *storm says. A storm that lasts has a full record an hour, which is the `first` of those after it.
 * Ends of workers in good order and of the master never are a storm.
 */
bool fps_storm_count(struct fps_slot *slot, uid_t uid, uint64_t now_ns, struct fps_sig_storm *storm);

#endif
