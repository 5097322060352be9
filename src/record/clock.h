/* The time. May be called from a signal handler. */
#ifndef FPS_SIG_CLOCK_H
#define FPS_SIG_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds by that clock. */
uint64_t fps_sig_clock_now_ns(clockid_t clock);

/* The time of day, in nanoseconds since 1970, when CLOCK_MONOTONIC was 0: by the clocks as they are now. */
uint64_t fps_sig_clock_epoch_ns(void);

#endif
