/*
 * A setting in force for the requests of a fastcgi_pass, of a pool, or everywhere: its value, and what
 * rules/settingplace.h needs to find where it is set and where to put another one.
 */
#ifndef FPS_EFFECTIVE_H
#define FPS_EFFECTIVE_H

#include "config/serverconfig.h"

enum fps_effective_kind { FPS_EFFECTIVE_NGINX, FPS_EFFECTIVE_POOL, FPS_EFFECTIVE_PHP };

/* Everything is borrowed: from the server, and names from the caller. */
struct fps_effective {
	enum fps_effective_kind kind;
	const char *name;
	const char *value; /* "" if there is none */

	/* nginx's, or Apache's */
	bool is_apache;
	const char *otherwise; /* the default, if there is no directive */
	const struct fps_directive *directive;
	const struct fps_directive *beside; /* the fastcgi_pass, or the upstream */

	/* FPM's and PHP's */
	const struct fps_server *server;
	const struct fps_setting *setting; /* NULL: there is no setting of that name */
	const struct fps_section *section; /* whose setting it is; NULL: a PHP setting of no pool's own */
	bool is_passed;                    /* a PHP setting that nginx passes in a fastcgi_param */
};

/* A directive of nginx for a fastcgi_pass, or in the upstream that it leads to. */
struct fps_effective fps_effective_nginx(const struct fps_pass *pass, const char *name, const char *otherwise);
struct fps_effective fps_effective_upstream(const struct fps_pass *pass, const char *name, const char *otherwise);

/* How long the web server waits for the answer. */
struct fps_effective fps_effective_read(const struct fps_pair *pair);

/* A setting of [global] or of a pool. */
struct fps_effective fps_effective_pool(
	const struct fps_server *server, const struct fps_section *section, const char *name);

/* A php.ini setting for those requests, or for everything if `user` is NULL. */
struct fps_effective fps_effective_php(const struct fps_server *server, const struct fps_pair *user, const char *name);

/* How a line that sets it begins: php_admin_value[name] if the pool sets it itself. */
const char *fps_effective_name(struct fps_effective effective);

/* The value of an nginx setting in milliseconds or bytes; its default if the value does not parse. */
int64_t fps_effective_ms(struct fps_effective effective);
int64_t fps_effective_bytes(struct fps_effective effective);

/* The value of an FPM or PHP setting; 0 if it does not parse. */
int64_t fps_effective_seconds(struct fps_effective effective);
int64_t fps_effective_number(struct fps_effective effective);

/* Just the value of a php.ini setting: "" or 0 if it is not set. */
const char *fps_effective_ini(const struct fps_server *server, const struct fps_pair *user, const char *name);
int64_t fps_effective_ini_number(const struct fps_server *server, const struct fps_pair *user, const char *name);

/* Whether the extension fpmsentinel is loaded and enabled. */
bool fps_effective_watched(const struct fps_server *server);

/* Where records of those requests go: a path, or "stderr". The caller frees it. */
char *fps_effective_log(const struct fps_server *server, const struct fps_pair *user);

#endif
