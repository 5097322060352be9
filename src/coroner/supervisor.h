/*
 * The supervisor: the process that FPM's start leaves behind. It forks the coroner and, when that ends by anything but
 * its own decision, the next one, which continues with what the first knew (handover.h).
 */
#ifndef FPS_CORONER_SUPERVISOR_H
#define FPS_CORONER_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

/* What a coroner has to know about its predecessor. */
struct fps_supervisor_past {
	uint32_t restarts; /* 0: there was none before it */
	int ended_by;      /* the signal that killed it, 0: an exit */
	bool at_fault;     /* that signal was its own fault's */
};

/* Runs coroners until one has ended by itself. `coroner` must not return. */
void fps_supervisor_run(void (*coroner)(const struct fps_supervisor_past *past), void (*daemonized)(void));

#endif
