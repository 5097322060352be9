/*
 * The output of `php-fpm -i`: the settings of php.ini that are in force, and how PHP was built. The places come from
 * the ini files.
 */
#ifndef FPS_PHPINFO_H
#define FPS_PHPINFO_H

#include "config/settinglist.h"

#include <sys/types.h>

struct fps_phpinfo {
	struct fps_settings settings; /* also lines that are not settings: "Thread Safety", "PHP Version" */
	char **files;
	size_t file_count;
	uid_t also;
	char *error;
};

/*
 * Runs PHP. The ini files must belong to root, the caller or the user `also` (0: no other user; trusted.h). False: see
 * `error`.
 */
bool fps_phpinfo_load(struct fps_phpinfo *ini, const char *php_fpm, uid_t also);

/* Only the part that parses the output. */
void fps_phpinfo_parse(struct fps_phpinfo *ini, struct fps_span text);
void fps_phpinfo_free(struct fps_phpinfo *ini);

/* "" if it does not exist or has no value. */
const char *fps_phpinfo_value(const struct fps_phpinfo *ini, const char *name);

/* The php.ini that PHP reads; "php.ini" if it reads none. */
const char *fps_phpinfo_file(const struct fps_phpinfo *ini);

/* 80236 for 8.2.36, 0 if there is none. */
int fps_phpinfo_version(const struct fps_phpinfo *ini);

#endif
