/*
 * What was read, as text on standard error and as JSON.
 */
#ifndef FPS_OUTPUT_TALLY_H
#define FPS_OUTPUT_TALLY_H

#include <stdio.h>

#include "log/tally.h"

void fps_tally_print(const struct fps_tally *tally);

/* One object, without a newline at its end; null if `tally` is NULL. */
void fps_tally_json(FILE *out, const struct fps_tally *tally);

#endif
