/*
 * The configuration of this server: nginx, FPM, PHP and the machine.
 */
#ifndef FPS_SERVERCONFIG_H
#define FPS_SERVERCONFIG_H

#include "config/apachepass.h"
#include "config/fpmconf.h"
#include "config/machine.h"
#include "config/nginxpass.h"
#include "config/phpinfo.h"
#include "log/recordindex.h"

/* A fastcgi_pass, or its equivalent in Apache, and a pool that it leads to. */
struct fps_pair {
	const struct fps_pass *pass; /* NULL: nothing leads to this pool */
	const struct fps_section *pool;
};

/* How long those in front of the web server wait for its answer, in seconds; 0: not known. */
struct fps_front {
	int64_t client, balancer;
};

struct fps_server {
	struct fps_front front;
	const struct fps_recordindex *records; /* records of its workers, borrowed; NULL: not looked at */
	const char *unit_file;                 /* a file to read instead of FPM's unit from systemd; NULL: none. Borrowed */
	struct fps_nginxconf nginx;
	bool nginx_here;   /* printed by this machine's nginx */
	int nginx_version; /* 1029007 for 1.29.7, 0: not known */
	struct fps_apacheconf apache;
	struct fps_passes passes;
	struct fps_fpmconf fpm; /* no sections: not looked at */
	struct fps_phpinfo ini; /* no settings: not looked at */
	struct fps_machine machine;
	struct fps_pair *pairs;
	/* those with a fastcgi_pass come first; all of them together are the users of PHP's settings */
	size_t pair_count, user_count;
	char *php;     /* the php-fpm that was run */
	char **unseen; /* what could not be looked at, and why */
	size_t unseen_count;
};

/*
 * `file` is the output of nginx -T, "-" for standard input, or nginx.conf; NULL: runs nginx -T. False: it has printed
 * why not.
 */
bool fps_serverconfig_read_nginx(struct fps_server *server, const char *file);

/*
 * Reads Apache's configuration from its main file; NULL: looks in the usual places if nginx passes nothing to FPM.
 * False: it has printed why not.
 */
bool fps_serverconfig_read_apache(struct fps_server *server, const char *file);

/*
 * Reads FPM's pools, PHP's settings and the machine; NULL: those of the running FPM, or of the newest one installed.
 * False: it has printed why not.
 */
bool fps_serverconfig_read_fpm(struct fps_server *server, const char *fpm_conf, const char *given);

/* Finds which fastcgi_pass, or equivalent in Apache, leads to which pool. */
void fps_serverconfig_pair(struct fps_server *server);

/* Adds something that could not be looked at. Takes ownership of the text. */
void fps_serverconfig_unseen(struct fps_server *server, char *what);
void fps_serverconfig_free(struct fps_server *server);

/* Returns how many pools there are, and the first one. They follow [global] in the sections of FPM's configuration. */
size_t fps_serverconfig_pools(const struct fps_server *server, const struct fps_section **first);

/* FPM's main file. */
const char *fps_serverconfig_main(const struct fps_server *server);

/*
 * Prints nginx's errors about a configuration that the caller has not named, unless they are about a file that others
 * can change. Always returns false.
 */
bool fps_serverconfig_cite(const char *errors);

#endif
