/*
 * FPM's configuration: the values in force come from `php-fpm -tt`, which prints them without places; the places come
 * from its files.
 */
#ifndef FPS_FPMCONF_H
#define FPS_FPMCONF_H

#include "config/settinglist.h"

struct fps_section {
	char *name; /* "global", or a pool's */
	struct fps_settings settings;
	const char *file; /* where "[name]" stands, NULL: not found */
	unsigned line;
};

struct fps_fpmconf {
	struct fps_section *sections; /* the first one is [global] */
	size_t count;
	char **files; /* that were read, the main one first */
	size_t file_count;
	char *error; /* what FPM, or the system, says against it */
};

/*
 * False: see `error`. A file that the caller has named may belong to anybody. What it includes must belong to root, the
 * caller or its owner (trusted.h), since FPM, which is run as root here, reads all of it.
 */
bool fps_fpmconf_load(struct fps_fpmconf *conf, const char *php_fpm, const char *file, bool named);

/* The part of it that reads what `php-fpm -tt` prints. False: no [global] in it. */
bool fps_fpmconf_parse(struct fps_fpmconf *conf, struct fps_span text);
void fps_fpmconf_free(struct fps_fpmconf *conf);

/* A setting's value; "" if it does not exist or is not set. */
const char *fps_fpmconf_value(const struct fps_section *section, const char *name);
int64_t fps_fpmconf_number(const struct fps_section *section, const char *name);
int64_t fps_fpmconf_seconds(const struct fps_section *section, const char *name);

#endif
