/*
 * Files in the format of php.ini, which php-fpm.conf and the pools' files share: the name and value in each line, and
 * the settings in a file.
 */
#ifndef FPS_INIFILE_H
#define FPS_INIFILE_H

#include "base/span.h"

struct fps_inifile_line {
	struct fps_span section; /* the section of "[section]"; otherwise `at` is NULL */
	struct fps_span name, value;
};

/* Takes lines off the front, and counts them, until one contains a setting or section. False at the end. */
bool fps_inifile_next(struct fps_span *text, unsigned *line, struct fps_inifile_line *said);

#endif
