/*
 * The log, left open for workers that outlive the coroner: whoever kills that with SIGKILL must not
 * take the records of their deaths along, which a pool's user may not write where they belong.
 */
#ifndef FPS_CORONER_BEQUEST_H
#define FPS_CORONER_BEQUEST_H

#include "line.h"

/* Sees to it that what lies there is where a record would go now: the log may have been rotated, and FPM gone to the background. */
void fps_bequest_leave(const struct fps_line *line);

#endif
