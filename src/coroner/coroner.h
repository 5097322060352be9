/*
 * The coroner: a process beside FPM's workers that outlives each of them, writes the records of their
 * deaths and tells of those that no code of the worker could.
 */
#ifndef FPS_CORONER_H
#define FPS_CORONER_H

#include "line.h"

/*
 * Starts it, and leaves FPM's end of the line in *line. `log` is php.ini's. 0, or -1 with errno: then
 * workers tell of themselves alone. In MINIT, once the black box has been mapped.
 */
int fps_coroner_start(const char *log, uint32_t max_workers, struct fps_line *line);

#endif
