/*
 * The black boxes that earlier generations have left in our directory because they died together with their coroner:
 * when the OOM killer killed a whole group, at kill -9 of everything, or with the container or the machine. The
 * requests of their workers are recorded, once; then the files are removed.
 *
 * FPM's processes wrote a file's header and set its owner before they ran any pool's code. A slot was written by its
 * worker, and is trusted no more than that of a living one: it supplies texts and numbers for a record, but not a log
 * to write to or a user to become. So these records go to the log in php.ini.
 */
#ifndef FPS_CORONER_SCAVENGE_H
#define FPS_CORONER_SCAVENGE_H

#include "blackbox.h"

/*
 * Call it when a worker has said hello, since this is surely a real FPM then. The first call names our own box and
 * processes the others. `slot` and `record` (FPS_SIG_RECORD_MAX) are memory for it to use.
 */
void fps_scavenge(struct fps_slot *slot, char *record);

#endif
