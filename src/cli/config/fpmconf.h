/*
 * FPM's configuration. The values in force come from `php-fpm -tt`, which prints no places; the places come from FPM's
 * files.
 */
#ifndef FPS_FPMCONF_H
#define FPS_FPMCONF_H

#include "config/settinglist.h"

struct fps_section {
	char *name; /* "global", or the name of a pool */
	struct fps_settings settings;
	const char *file; /* the place of "[name]", NULL: not found */
	unsigned line;
};

struct fps_fpmconf {
	struct fps_section *sections; /* the first one is [global] */
	size_t count;
	char **files; /* all files that were read, the main one first */
	size_t file_count;
	char *error; /* the error that FPM, or the system, reports */
};

/*
 * Reads a configuration. The main file, if the caller has named it, may belong to anybody. Included files must belong
 * to root, the caller or the main file's owner (trusted.h), since FPM reads all of them, here as root. False: see
 * `error`.
 */
bool fps_fpmconf_load(struct fps_fpmconf *conf, const char *php_fpm, const char *file, bool named);

/* Only the part that reads what `php-fpm -tt` prints. False: it contains no [global]. */
bool fps_fpmconf_parse(struct fps_fpmconf *conf, struct fps_span text);
void fps_fpmconf_free(struct fps_fpmconf *conf);

/* A setting's value; "" if it does not exist or is not set. */
const char *fps_fpmconf_value(const struct fps_section *section, const char *name);
int64_t fps_fpmconf_number(const struct fps_section *section, const char *name);
int64_t fps_fpmconf_seconds(const struct fps_section *section, const char *name);

#endif
