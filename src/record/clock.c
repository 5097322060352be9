#include "record/clock.h"

uint64_t fps_sig_clock_epoch_ns(void)
{
	return fps_sig_clock_now_ns(CLOCK_REALTIME) - fps_sig_clock_now_ns(CLOCK_MONOTONIC);
}

uint64_t fps_sig_clock_apart_ns(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}
