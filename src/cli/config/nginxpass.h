/*
 * Each fastcgi_pass of nginx's configuration, or what is that in Apache's (apacheconf.h), where it leads, and which
 * directives hold there.
 */
#ifndef FPS_NGINXPASS_H
#define FPS_NGINXPASS_H

#include "config/nginxconf.h"
#include "config/settinglist.h"

/*
 * One with a variable, also as a part of it, is there once for each value that `set`, `map`, `geo` and `split_clients`
 * give it.
 */
struct fps_pass {
	const struct fps_directive *pass;     /* the fastcgi_pass itself */
	char *target;                         /* what it names, or a variable whose value is not known */
	const struct fps_directive *upstream; /* its block, NULL if it names an address */
	const char **addresses;               /* "unix:/path", "127.0.0.1:9000"; none if not known */
	size_t address_count;
	struct fps_settings ini; /* what nginx has PHP set: FPM obeys PHP_ADMIN_VALUE, then PHP_VALUE, then the pool */

	bool is_apache;                   /* all from here on is Apache's */
	const struct fps_directive *host; /* the virtual host that requests come to, or the main server, the tree's root */
	const struct fps_directive *worker; /* the <Proxy> whose parameters hold; NULL: none */
};

struct fps_passes {
	struct fps_pass *all;
	size_t count;
};

void fps_nginxpass_collect(struct fps_passes *passes, const struct fps_nginxconf *conf);
void fps_nginxpass_free(struct fps_passes *passes);

/*
 * The directive that holds in the place of a fastcgi_pass: of the innermost block that has it. NULL: nginx's default.
 */
const struct fps_directive *fps_nginxpass_holds(const struct fps_pass *pass, const char *name);

/*
 * Whether FPM gets that parameter: one fastcgi_param in a block, and those of the blocks around it do not count any
 * more.
 */
bool fps_nginxpass_gets(const struct fps_pass *pass, const char *parameter);

/* Whether an address of nginx's is what a pool listens on, "/path", "9000", "127.0.0.1:9000" or "[::]:9000". */
bool fps_nginxpass_same(const char *address, const char *listen);

#endif
