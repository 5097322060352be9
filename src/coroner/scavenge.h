/*
 * The black boxes that generations before this one have left in the directory of ours, since they died
 * with their coroner: by the OOM killer's kill of a whole group, by kill -9 of all, with the container or
 * the machine. What their workers were serving is recorded, once; then the files are removed.
 *
 * A file's header and its owners were written by FPM's processes before they ran any of a pool's code; a
 * slot was written by its worker, and is trusted no more than a living one's is: for texts and numbers in a
 * record, and not for a log to write to or a user to become. So these records go to php.ini's log.
 */
#ifndef FPS_CORONER_SCAVENGE_H
#define FPS_CORONER_SCAVENGE_H

#include "blackbox.h"

/*
 * When a worker has said hello, so that this is surely a real FPM: at the first one names our own box and
 * goes through the others. `slot` and `record` (FPS_SIG_RECORD_MAX) are memory for it to use.
 */
void fps_scavenge(struct fps_slot *slot, char *record);

#endif
