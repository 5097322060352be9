/*
 * The value of a setting that is in force: for the requests of a fastcgi_pass, of a pool, or anywhere.
 */
#ifndef FPS_EFFECTIVE_H
#define FPS_EFFECTIVE_H

#include "config/server.h"

/*
 * A directive that holds in the place of a fastcgi_pass, in milliseconds or bytes; `otherwise` where it is not set, or
 * is no such value.
 */
int64_t fps_effective_time(const struct fps_pass *pass, const char *name, int64_t otherwise);
int64_t fps_effective_size(const struct fps_pass *pass, const char *name, int64_t otherwise);
bool fps_effective_on(const struct fps_pass *pass, const char *name);

/*
 * The setting of php.ini for those requests, or anywhere if `user` is NULL; NULL if there is none. Borrowed from the
 * server.
 */
const struct fps_setting *fps_effective_setting(
	const struct fps_server *server, const struct fps_pair *user, const char *name);

/* Its value: "" or 0 if there is none. */
const char *fps_effective_ini(const struct fps_server *server, const struct fps_pair *user, const char *name);
int64_t fps_effective_ini_number(const struct fps_server *server, const struct fps_pair *user, const char *name);

/* Whether the extension fpmsentinel is loaded and enabled. */
bool fps_effective_watched(const struct fps_server *server);

/* Where records of those requests go: a path, or "stderr". The caller frees it. */
char *fps_effective_log(const struct fps_server *server, const struct fps_pair *user);

#endif
