/*
 * The settings of this server: nginx's configuration, FPM's, PHP's, and the machine.
 */
#ifndef FPS_SERVERCONFIG_H
#define FPS_SERVERCONFIG_H

#include "config/apachepass.h"
#include "config/fpmconf.h"
#include "config/machine.h"
#include "config/nginxpass.h"
#include "config/phpinfo.h"
#include "log/recordindex.h"

/* A fastcgi_pass, or what is that for Apache, and a pool that it leads to. */
struct fps_pair {
	const struct fps_pass *pass; /* NULL: none leads to this pool */
	const struct fps_section *pool;
};

/* How long those in front of the web server wait for its answer, in seconds; 0: not known. */
struct fps_front {
	int64_t client, balancer;
};

struct fps_server {
	struct fps_front front;
	const struct fps_recordindex *records; /* of its workers, borrowed; NULL: not looked at */
	const char *unit_file; /* that is read in place of systemd's own unit of FPM; NULL: none. The caller's */
	struct fps_nginxconf nginx;
	bool nginx_here;   /* this machine's nginx has printed it */
	int nginx_version; /* 1029007 for 1.29.7, 0: not known */
	struct fps_apacheconf apache;
	struct fps_passes passes;
	struct fps_fpmconf fpm; /* no sections: not looked at */
	struct fps_phpinfo ini; /* no settings: not looked at */
	struct fps_machine machine;
	struct fps_pair *pairs;
	/* those with a fastcgi_pass come first; all of them together are who uses PHP's settings */
	size_t pair_count, user_count;
	char *php;     /* the php-fpm that was asked */
	char **unseen; /* what could not be looked at, and why */
	size_t unseen_count;
};

/*
 * NULL: what nginx -T prints; else a file with that, "-" for standard input, or nginx.conf. False: it has said why not.
 */
bool fps_serverconfig_read_nginx(struct fps_server *server, const char *file);

/*
 * Apache's configuration, from its main file; NULL: in the usual places, if nginx passes nothing to FPM. False: it has
 * said why not.
 */
bool fps_serverconfig_read_apache(struct fps_server *server, const char *file);

/*
 * FPM's pools, PHP's settings and the machine; NULL: those of the FPM that runs, or of the newest one. False: it has
 * said why not.
 */
bool fps_serverconfig_read_fpm(struct fps_server *server, const char *fpm_conf, const char *given);

/* Finds which fastcgi_pass, or what is that for Apache, leads to which pool. */
void fps_serverconfig_pair(struct fps_server *server);

/* Adds something that could not be looked at. Takes ownership of the text. */
void fps_serverconfig_unseen(struct fps_server *server, char *what);
void fps_serverconfig_free(struct fps_server *server);

/* How many pools there are, and the first one. They are the sections of FPM's configuration from the second one on. */
size_t fps_serverconfig_pools(const struct fps_server *server, const struct fps_section **first);

/* FPM's main file. */
const char *fps_serverconfig_main(const struct fps_server *server);

/*
 * Prints what nginx says about a configuration that the caller has not named, unless it is about a file that others can
 * change. Always false.
 */
bool fps_serverconfig_cite(const char *errors);

#endif
