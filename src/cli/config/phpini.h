/*
 * The output of `php-fpm -i`: the settings of php.ini that are in force, and how PHP was built. The places come from
 * its files.
 */
#ifndef FPS_PHPINI_H
#define FPS_PHPINI_H

#include "config/settings.h"

#include <sys/types.h>

struct fps_phpini {
	struct fps_settings settings; /* also lines that are none: "Thread Safety", "PHP Version" */
	char **files;
	size_t file_count;
	uid_t also;
	char *error;
};

/*
 * False: see `error`. The files that it names have to be root's, the caller's, or those of the user `also`, who is 0
 * for nobody else (trusted.h).
 */
bool fps_phpini_load(struct fps_phpini *ini, const char *php_fpm, uid_t also);

/* The part of it that reads what is printed. */
void fps_phpini_parse(struct fps_phpini *ini, struct fps_span text);
void fps_phpini_free(struct fps_phpini *ini);

/* "" if it does not exist or has no value. */
const char *fps_phpini_value(const struct fps_phpini *ini, const char *name);

/* The php.ini that PHP reads; "php.ini" where it reads none. */
const char *fps_phpini_file(const struct fps_phpini *ini);

/* 80200 for 8.2, 0 if it is not known. */
int fps_phpini_version(const struct fps_phpini *ini);

#endif
