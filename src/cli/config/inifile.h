/*
 * Files in the form of php.ini, which php-fpm.conf and the pools' files have too: a line's name and value, and what has
 * been set where.
 */
#ifndef FPS_INIFILE_H
#define FPS_INIFILE_H

#include "base/span.h"

struct fps_inifile_line {
	struct fps_span section; /* of "[section]", else its `at` is NULL */
	struct fps_span name, value;
};

/* Takes lines off the front up to one that says something, and counts them. False at the end. */
bool fps_inifile_next(struct fps_span *text, unsigned *line, struct fps_inifile_line *said);

#endif
