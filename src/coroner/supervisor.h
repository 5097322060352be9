/*
 * The supervisor: the process that FPM's start leaves behind. It forks the coroner. If that does not end by its own
 * decision, the supervisor forks the next one, which continues with what the first knew (handover.h).
 */
#ifndef FPS_CORONER_SUPERVISOR_H
#define FPS_CORONER_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

/* What a coroner has to know about its predecessor. */
struct fps_supervisor_past {
	uint32_t restarts; /* 0: there was none before it */
	int ended_by;      /* the signal that killed it, 0: it exited */
	bool at_fault;     /* the signal was caused by its own fault */
};

/* Runs coroners until one has ended by its own decision. `coroner` must not return. */
void fps_supervisor_run(void (*coroner)(const struct fps_supervisor_past *past), void (*daemonized)(void));

#endif
