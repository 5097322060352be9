#include "record/clock.h"

uint64_t fps_sig_clock_epoch_ns(void)
{
	return fps_sig_clock_now_ns(CLOCK_REALTIME) - fps_sig_clock_now_ns(CLOCK_MONOTONIC);
}
