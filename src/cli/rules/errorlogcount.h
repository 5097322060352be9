/*
 * Counts what nginx has logged about PHP-FPM since its configuration was last changed.
 */
#ifndef FPS_ERRORLOGCOUNT_H
#define FPS_ERRORLOGCOUNT_H

#include "config/serverconfig.h"

/* How many lines in the last 8 MB of the log contain the text; 0 for a log without an absolute path. */
size_t fps_errorlogcount_lines(const struct fps_server *server, const char *log, const char *text);

#endif
