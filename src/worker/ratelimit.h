/* Rate limit of one worker's records that are not deaths: fpmsentinel.max_per_minute. */
#ifndef FPS_RATELIMIT_H
#define FPS_RATELIMIT_H

#include "blackbox.h"

/*
 * Whether one more may be written. *left_out is then how many were left out before it, which fps_ratelimit_mention()
 * puts into the record. On any thread.
 */
bool fps_ratelimit_take(uint32_t per_minute, uint64_t *left_out);

/* It could not be written after all. */
void fps_ratelimit_give_back(uint64_t left_out);

void fps_ratelimit_mention(struct fps_draft *draft, uint64_t left_out);

#endif
