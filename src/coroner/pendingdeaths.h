/* Goes over all wards: records each death once everything worth waiting for is known. */
#ifndef FPS_CORONER_PENDINGDEATHS_H
#define FPS_CORONER_PENDINGDEATHS_H

#include <stdint.h>

struct fps_pendingdeaths {
	uint64_t due_ns; /* CLOCK_MONOTONIC of the next look at the latest; UINT64_MAX: when something happens */
	uint32_t wards;  /* how many wards there are */
	/* how many of them have ended, are not finished, and do not wait for a stopped supervisor */
	uint32_t unfinished;
};

/* Looks at each ward, as of now_ns. */
struct fps_pendingdeaths fps_pendingdeaths_hold(uint64_t now_ns);

/* Records the master's end, once, when its fate is known. */
void fps_pendingdeaths_record_master(void);

/* After a worker's hello: records what earlier generations have left (scavenge.h). */
void fps_pendingdeaths_scavenge(void);

/* What fps_logdestination_work() calls. */
void fps_pendingdeaths_written(uint32_t token, int error);

#endif
