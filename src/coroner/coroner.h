/*
 * The coroner: a process beside FPM's workers that outlives each of them, writes the records of their
 * deaths, including those that no code of the worker could record.
 */
#ifndef FPS_CORONER_H
#define FPS_CORONER_H

#include "coroner/channel.h"

/*
 * Starts it, with its supervisor, and leaves FPM's end of the channel in *channel. `log` is php.ini's. 0, or -1 with
 * errno: then each worker records its own death only. In MINIT.
 */
int fps_coroner_start(const char *log, struct fps_channel *channel);

#endif
