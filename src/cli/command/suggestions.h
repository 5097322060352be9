/*
 * What shells offer for an unfinished word where ids, defects, pools or hosts are expected: those in the newest
 * records.
 */
#ifndef FPS_SUGGESTIONS_H
#define FPS_SUGGESTIONS_H

#include "base/options.h"

/*
 * Prints offers as fps_options_offer() does, for a row's argument such as "POOL"; nothing for any other. The records
 * come from the files among the words of the command line, or else from the usual place. Only words that mean nothing
 * to a shell are offered: a pool's user chooses what its records say.
 */
void fps_suggestions_offer(FILE *out, const char *argument, const char *current, int count, char *const *words);

#endif
