/*
 * Findings, as text and as JSON.
 */
#ifndef FPS_OUTPUT_FINDINGS_H
#define FPS_OUTPUT_FINDINGS_H

#include "base/terminal.h"
#include "rules/rules.h"

/*
 * With the count, and what could not be looked at: each place and reason in full, or at most 40 lines for ten findings
 * of any number of pools.
 */
void fps_findings_text(FILE *out, const struct fps_style *style, const struct fps_doctor *doctor, bool in_full);

/* The settings that do nothing for this error, whatever guides say, with the values that they have here. */
void fps_findings_text_idle(FILE *out, const struct fps_style *style, const struct fps_doctor *doctor);

/* All of that as one object, and the plan: what changes in which file. */
void fps_findings_json(FILE *out, const struct fps_doctor *doctor);

#endif
