/*
 * One finding as text, in one of several layouts.
 */
#ifndef FPS_OUTPUT_FINDING_TEXT_H
#define FPS_OUTPUT_FINDING_TEXT_H

#include "base/terminal.h"
#include "rules/findings.h"

#include <stdio.h>

enum { FPS_FINDING_INDENT = 10 };

/* How much of a finding is shown, and on how many lines. */
struct fps_finding_layout {
	bool open; /* a line for each place and each directive, and an empty one before each rule; otherwise few lines */
	bool long_lines; /* few lines at any length */
	bool reasons;    /* the first sentence of the reason, except for hints */
	bool whole;      /* all of the reason, for hints as well, and every place */
};

/* With the rule's title, unless the finding above is of the same rule. */
void fps_finding_text(FILE *out, const struct fps_style *style, const struct fps_finding_layout *layout,
	const struct fps_finding *finding, bool titled);

#endif
