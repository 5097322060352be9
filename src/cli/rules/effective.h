/*
 * A setting as it is in force, for the requests of a fastcgi_pass, of a pool, or anywhere: its value, and what
 * rules/settingplace.h needs to say where that stands, and where another one is to be put.
 */
#ifndef FPS_EFFECTIVE_H
#define FPS_EFFECTIVE_H

#include "config/serverconfig.h"

enum fps_effective_kind { FPS_EFFECTIVE_NGINX, FPS_EFFECTIVE_POOL, FPS_EFFECTIVE_PHP };

/* All of it is borrowed: from the server, and names from the caller. */
struct fps_effective {
	enum fps_effective_kind kind;
	const char *name;
	const char *value; /* "" if there is none */

	/* nginx's, or Apache's */
	bool is_apache;
	const char *otherwise; /* its default, which holds where there is no */
	const struct fps_directive *directive;
	const struct fps_directive *beside; /* the fastcgi_pass, or the upstream */

	/* FPM's and PHP's */
	const struct fps_server *server;
	const struct fps_setting *setting; /* NULL: there is none of that name */
	const struct fps_section *section; /* whose setting it is; of PHP's NULL where the pool has none of its own */
	bool is_passed;                    /* PHP's: by nginx, in a fastcgi_param */
};

/* A directive of nginx's in the place of a fastcgi_pass, or in the upstream that it leads to. */
struct fps_effective fps_effective_nginx(const struct fps_pass *pass, const char *name, const char *otherwise);
struct fps_effective fps_effective_upstream(const struct fps_pass *pass, const char *name, const char *otherwise);

/* How long the web server waits for the answer. */
struct fps_effective fps_effective_read(const struct fps_pair *pair);

/* A setting of [global] or of a pool. */
struct fps_effective fps_effective_pool(
	const struct fps_server *server, const struct fps_section *section, const char *name);

/* A setting of php.ini for those requests, or anywhere if `user` is NULL. */
struct fps_effective fps_effective_php(const struct fps_server *server, const struct fps_pair *user, const char *name);

/* What a line that sets it begins with: php_admin_value[name], where the pool has its own. */
const char *fps_effective_name(struct fps_effective effective);

/* The value of nginx's in milliseconds or bytes; that of the default, where it is no such value. */
int64_t fps_effective_ms(struct fps_effective effective);
int64_t fps_effective_bytes(struct fps_effective effective);

/* The value of FPM's or PHP's; 0 if it is none. */
int64_t fps_effective_seconds(struct fps_effective effective);
int64_t fps_effective_number(struct fps_effective effective);

/* The value alone of a setting of php.ini: "" or 0 if there is none. */
const char *fps_effective_ini(const struct fps_server *server, const struct fps_pair *user, const char *name);
int64_t fps_effective_ini_number(const struct fps_server *server, const struct fps_pair *user, const char *name);

/* Whether the extension fpmsentinel is loaded and enabled. */
bool fps_effective_watched(const struct fps_server *server);

/* Where records of those requests go: a path, or "stderr". The caller frees it. */
char *fps_effective_log(const struct fps_server *server, const struct fps_pair *user);

#endif
