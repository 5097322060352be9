/*
 * The coroner: a process that outlives each of FPM's workers and writes the records of their deaths, including those
 * that no code of the worker could record.
 */
#ifndef FPS_CORONER_H
#define FPS_CORONER_H

#include "coroner/channel.h"

/*
 * Starts the coroner with its supervisor, and leaves FPM's end of the channel in *channel. `log` is the one in php.ini.
 * 0, or -1 with errno: then each worker only records its own death. In MINIT.
 */
int fps_coroner_start(const char *log, struct fps_channel *channel);

#endif
