/*
 * What was read, as text on standard error and as JSON.
 */
#ifndef FPS_OUTPUT_INPUTSUMMARY_H
#define FPS_OUTPUT_INPUTSUMMARY_H

#include <stdio.h>

#include "log/inputcounts.h"

void fps_inputsummary_print(const struct fps_inputcounts *tally);

/* One object, without a newline at its end; null if `tally` is NULL. */
void fps_inputsummary_json(FILE *out, const struct fps_inputcounts *tally);

#endif
