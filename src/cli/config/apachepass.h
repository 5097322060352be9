/*
 * Every way in which Apache's configuration leads to FPM, and which directives apply there, as nginxpass.h does for
 * nginx.
 */
#ifndef FPS_APACHEPASS_H
#define FPS_APACHEPASS_H

#include "config/apacheconf.h"
#include "config/nginxpass.h"

/*
 * Adds each way that leads to FPM: SetHandler, AddHandler, ProxyPass, ProxyPassMatch, RewriteRule, and all members of a
 * balancer.
 */
void fps_apachepass_collect(struct fps_passes *passes, const struct fps_nginxconf *tree);

/*
 * A parameter of its connections, such as "timeout" or "enablereuse"; "" if it is not set. `at`: the directive that
 * sets it.
 */
struct fps_span fps_apachepass_parameter(
	const struct fps_pass *pass, const char *name, const struct fps_directive **at);

/* The directive of that name that applies there: of its virtual host, or of the main server; NULL: the default. */
const struct fps_directive *fps_apachepass_holds(const struct fps_pass *pass, const char *name);

/* The section or, for the main server, a directive beside which to put more of its directives. */
const struct fps_directive *fps_apachepass_beside(const struct fps_pass *pass);

#endif
