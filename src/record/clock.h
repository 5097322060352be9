/* The time. May be called from a signal handler. */
#ifndef FPS_SIG_CLOCK_H
#define FPS_SIG_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds by that clock. */
static inline uint64_t fps_sig_clock_now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t) now.tv_sec * 1000000000ULL + (uint64_t) now.tv_nsec;
}

/* The time of day, in nanoseconds since 1970, when CLOCK_MONOTONIC was 0: by the clocks as they are now. */
uint64_t fps_sig_clock_epoch_ns(void);

/* How far two times lie apart. */
uint64_t fps_sig_clock_apart_ns(uint64_t a, uint64_t b);

#endif
