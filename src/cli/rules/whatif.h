/*
 * Advice that is put into the parsed configuration, so that the rules can look at what would be.
 */
#ifndef FPS_WHATIF_H
#define FPS_WHATIF_H

#include "rules/findings.h"

/* Sets what the finding's fix sets, unless an earlier one of `findings` does. True: something has changed. */
bool fps_whatif_finding(struct fps_server *server, const struct fps_findings *findings, size_t which);

/* Whether one of `findings` sets each thing that this one does. */
bool fps_whatif_known(const struct fps_findings *findings, const struct fps_finding *finding);

/* Writes the fix from the configuration as it is now, and where it is to be put, if that takes another line. */
void fps_whatif_settle(const struct fps_server *server, struct fps_finding *finding);

/* The directive that a line of the fix sets; the fastcgi_param that passes PHP's settings on at a place; NULL: none. */
const struct fps_directive *fps_whatif_directive(const struct fps_effective *target, struct fps_span name);
const struct fps_directive *fps_whatif_param(const struct fps_server *server, const struct fps_place *at);

#endif
