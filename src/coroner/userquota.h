/* How much of the log one user's workers may use for events. */
#ifndef FPS_CORONER_USERQUOTA_H
#define FPS_CORONER_USERQUOTA_H

#include "coroner/workertable.h"

/* Bytes of events a minute, for all workers of one user together. */
#define FPS_USERQUOTA_BYTES (4U << 20)

/* For the supervisor: memory that outlives a coroner. 0, or -1 with errno. */
int fps_userquota_init(void);

/*
 * Whether one more event of that ward may be written. A worker observes fpmsentinel.max_per_minute itself
 * (src/worker/ratelimit.h). If its native code does not, it may write twice that, since its minutes need not be the
 * coroner's. All events of a user's workers are counted in bytes, by fps_userquota_use().
 */
bool fps_userquota_take(struct fps_ward *ward, uint64_t now_ns);
void fps_userquota_use(const struct fps_ward *ward, uint64_t now_ns, size_t bytes);

/*
 * Reports on standard error, once a minute for each user, how many events were dropped. Returns when to call it again:
 * CLOCK_MONOTONIC, UINT64_MAX for never. A now_ns of UINT64_MAX, at the end, does not wait for the minute.
 */
uint64_t fps_userquota_report(uint64_t now_ns);

#endif
