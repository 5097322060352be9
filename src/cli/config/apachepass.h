/*
 * Each way of Apache's configuration that leads to FPM, and what holds there, as nginxpass.h has it for nginx.
 */
#ifndef FPS_APACHEPASS_H
#define FPS_APACHEPASS_H

#include "config/apacheconf.h"
#include "config/nginxpass.h"

/* Adds each way that leads to FPM: SetHandler, AddHandler, ProxyPass, ProxyPassMatch, RewriteRule, of a balancer all
 * members. */
void fps_apachepass_collect(struct fps_passes *passes, const struct fps_nginxconf *tree);

/*
 * A parameter of its connections, as "timeout" or "enablereuse"; "" if it is not set. `at`: the directive that sets it.
 */
struct fps_span fps_apachepass_parameter(
	const struct fps_pass *pass, const char *name, const struct fps_directive **at);

/* The directive of that name that holds there: of its virtual host, or of the main server; NULL: the default. */
const struct fps_directive *fps_apachepass_holds(const struct fps_pass *pass, const char *name);

/* The section or, for the main server, a directive beside which more of its directives may be put. */
const struct fps_directive *fps_apachepass_beside(const struct fps_pass *pass);

#endif
