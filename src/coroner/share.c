/* Limits what one worker has written that is no death. */
#include "share.h"

#include "stderr.h"

#include <stdio.h>

#define MINUTE_NS 60000000000ULL

static void complain(const struct fps_ward *ward)
{
	char words[256];
	int len = snprintf(words, sizeof words, "fpmsentinel: worker %d (pool %.63s) has more than twice fpmsentinel.max_per_minute = %u to say; "
		"the rest of this minute is left out\n", (int) ward->who.pid, ward->who.pool, ward->who.max_per_minute);

	fps_stderr_write(words, (size_t) len);
}

bool fps_share_take(struct fps_ward *ward, uint64_t now_ns)
{
	uint64_t most = 2ULL * ward->who.max_per_minute;

	if (now_ns - ward->minute_ns >= MINUTE_NS) {
		ward->minute_ns = now_ns;
		ward->events = 0;
	}
	ward->events++;
	if (ward->events == most + 1) {
		complain(ward);
	}
	return ward->events <= most;
}
