#include "worker/ratelimit.h"

#include "record/clock.h"
#include "sig/sender.h"

#define MINUTE_NS 60000000000ULL

static _Atomic uint64_t taken; /* the minute in the upper half, how many in it in the lower */
static _Atomic uint64_t suppressed;

bool fps_ratelimit_take(uint32_t per_minute, uint64_t *left_out)
{
	uint64_t minute = fps_sig_clock_now_ns(CLOCK_MONOTONIC) / MINUTE_NS & UINT32_MAX;
	uint64_t was = atomic_load(&taken), count;

	do {
		count = was >> 32 == minute ? was & UINT32_MAX : 0;
		if (count >= per_minute) {
			atomic_fetch_add(&suppressed, 1);
			return false;
		}
	} while (!atomic_compare_exchange_weak(&taken, &was, minute << 32 | (count + 1)));
	*left_out = atomic_exchange(&suppressed, 0);
	return true;
}

void fps_ratelimit_give_back(uint64_t left_out)
{
	atomic_fetch_add(&suppressed, left_out + 1);
}

void fps_ratelimit_mention(struct fps_draft *draft, uint64_t left_out)
{
	if (left_out > 0) {
		fps_sig_sender_evidence(
			draft, "", (int64_t) left_out, " records before this one were over fpmsentinel.max_per_minute");
	}
}
