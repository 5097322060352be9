/* How much of the log the workers of one user may use for events. */
#ifndef FPS_CORONER_USERQUOTA_H
#define FPS_CORONER_USERQUOTA_H

#include "coroner/ward.h"

/* Bytes of events a minute, of all workers of one user. */
#define FPS_USERQUOTA_BYTES (4U << 20)

/* For the supervisor: memory that outlives a coroner. 0, or -1 with errno. */
int fps_userquota_init(void);

/*
 * Whether one more event of that ward may be written. A worker keeps to fpmsentinel.max_per_minute by itself
 * (src/worker/ratelimit.h); one whose native code does not may write twice that, since its minutes need not be the
 * coroner's. What all workers of a user write is counted in bytes, by fps_userquota_use().
 */
bool fps_userquota_take(struct fps_ward *ward, uint64_t now_ns);
void fps_userquota_use(const struct fps_ward *ward, uint64_t now_ns, size_t bytes);

/*
 * Says on standard error, once a minute for each user, how many events were dropped. Returns when it has to be called
 * again: CLOCK_MONOTONIC, UINT64_MAX for never. With a now_ns of UINT64_MAX, at the end, no minute is waited for.
 */
uint64_t fps_userquota_report(uint64_t now_ns);

#endif
