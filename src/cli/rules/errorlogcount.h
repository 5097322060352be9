/*
 * What nginx has said of PHP-FPM in its error log since its configuration was changed last.
 */
#ifndef FPS_ERRORLOGCOUNT_H
#define FPS_ERRORLOGCOUNT_H

#include "config/serverconfig.h"

/* How many lines of the log's last 8 MB have that text; 0 for a log without an absolute path. */
size_t fps_errorlogcount_lines(const struct fps_server *server, const char *log, const char *text);

#endif
