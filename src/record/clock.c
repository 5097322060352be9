#include "record/clock.h"

uint64_t fps_sig_clock_now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t) now.tv_sec * 1000000000ULL + (uint64_t) now.tv_nsec;
}

uint64_t fps_sig_clock_epoch_ns(void)
{
	return fps_sig_clock_now_ns(CLOCK_REALTIME) - fps_sig_clock_now_ns(CLOCK_MONOTONIC);
}
