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

/* A setting that is in force, and the place that has set it: file NULL or line 0 where that is not known, or a default. */
struct fps_setting {
	char *name, *value;
	const char *file;
	unsigned line;
};

struct fps_settings {
	struct fps_setting *all;
	size_t count, room;
};

/* NULL: there is none of that name. */
struct fps_setting *fps_settings_find(const struct fps_settings *settings, const char *name);
void fps_settings_add(struct fps_settings *settings, struct fps_span name, struct fps_span value);

/* A copy of the value takes the place of the setting's. */
void fps_settings_set(struct fps_setting *setting, struct fps_span value);
void fps_settings_free(struct fps_settings *settings);

#endif
