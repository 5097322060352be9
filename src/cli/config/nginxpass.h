/*
 * Every fastcgi_pass of nginx's configuration, or its equivalent in Apache's (apacheconf.h): where it leads, and which
 * directives apply there.
 */
#ifndef FPS_NGINXPASS_H
#define FPS_NGINXPASS_H

#include "config/nginxconf.h"
#include "config/settinglist.h"

/* A pass that contains a variable has an entry for each value that `set`, `map`, `geo` and `split_clients` give it. */
struct fps_pass {
	const struct fps_directive *pass;     /* the fastcgi_pass itself */
	char *target;                         /* its upstream or address, or a variable whose value is not known */
	const struct fps_directive *upstream; /* the upstream's block, NULL if it names an address */
	const char **addresses;               /* "unix:/path", "127.0.0.1:9000"; none if not known */
	size_t address_count;
	/* the PHP settings that nginx passes: FPM obeys PHP_ADMIN_VALUE, then PHP_VALUE, then the pool */
	struct fps_settings ini;

	bool is_apache;                     /* the members from here on are for Apache */
	const struct fps_directive *host;   /* the virtual host, or the root of the tree for the main server */
	const struct fps_directive *worker; /* the <Proxy> whose parameters apply; NULL: none */
};

struct fps_passes {
	struct fps_pass *all;
	size_t count;
};

void fps_nginxpass_collect(struct fps_passes *passes, const struct fps_nginxconf *conf);
void fps_nginxpass_free(struct fps_passes *passes);

/* The directive that applies to a fastcgi_pass: the one in the innermost block. NULL: nginx's default. */
const struct fps_directive *fps_nginxpass_holds(const struct fps_pass *pass, const char *name);

/* What to put other directives beside: the fastcgi_pass, or for one in an `if`, which may hold no other, its location.
 */
const struct fps_directive *fps_nginxpass_beside(const struct fps_pass *pass);

/* Whether FPM gets that parameter: a block with a fastcgi_param of its own inherits none from the blocks around it. */
bool fps_nginxpass_gets(const struct fps_pass *pass, const char *parameter);

/* Whether an address in nginx is what a pool listens on: "/path", "9000", "127.0.0.1:9000" or "[::]:9000". */
bool fps_nginxpass_same(const char *address, const char *listen);

#endif
