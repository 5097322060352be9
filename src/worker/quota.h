/* So many records a minute that are no deaths, from one worker, and no more. */
#ifndef FPS_QUOTA_H
#define FPS_QUOTA_H

#include "blackbox.h"

/*
 * Whether there may be one more: fpmsentinel.max_per_minute. Then *left_out is how many were left out
 * before it, which it says by fps_quota_mention(). On any thread.
 */
bool fps_quota_take(uint32_t per_minute, uint64_t *left_out);

/* It could not be written after all. */
void fps_quota_give_back(uint64_t left_out);

void fps_quota_mention(struct fps_draft *draft, uint64_t left_out);

#endif
