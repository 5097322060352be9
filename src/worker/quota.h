/* Rate limit of one worker's records that are not deaths: fpmsentinel.max_per_minute. */
#ifndef FPS_QUOTA_H
#define FPS_QUOTA_H

#include "blackbox.h"

/*
 * Whether one more may be written. Then *left_out is how many were left out before it; fps_quota_mention() puts that
 * into the record. On any thread.
 */
bool fps_quota_take(uint32_t per_minute, uint64_t *left_out);

/* It could not be written after all. */
void fps_quota_give_back(uint64_t left_out);

void fps_quota_mention(struct fps_draft *draft, uint64_t left_out);

#endif
