/*
 * Applies advice to the parsed configuration, so that the rules can judge the result.
 */
#ifndef FPS_WHATIF_H
#define FPS_WHATIF_H

#include "rules/findings.h"

/* Sets what the finding's fix sets, unless an earlier one of `findings` does. True: something changed. */
bool fps_whatif_finding(struct fps_server *server, const struct fps_findings *findings, size_t which);

/* Whether `findings` already contain a fix for everything that this one sets. */
bool fps_whatif_known(const struct fps_findings *findings, const struct fps_finding *finding);

/* Writes the fix from the configuration as it is now, and the place for it if a further line is needed. */
void fps_whatif_settle(const struct fps_server *server, struct fps_finding *finding);

/* The directive that a line of the fix sets; the fastcgi_param at a place that passes PHP settings; NULL: none. */
const struct fps_directive *fps_whatif_directive(const struct fps_effective *target, struct fps_span name);
const struct fps_directive *fps_whatif_param(const struct fps_server *server, const struct fps_place *at);

#endif
