/*
 * When the master has forked: a page of memory that FPM's processes share, and that a worker unmaps before code of its
 * pool may run. A master that forks after a death is carrying on (coroner/aftermath.h).
 */
#ifndef FPS_CORONER_FORKS_H
#define FPS_CORONER_FORKS_H

#include "blackbox.h"

/* Maps the page. In MINIT, once, before any fork. 0, or -1 with errno. */
int fps_forks_init(void);

/*
 * In a worker, once it has claimed its slot: enters it, so that fps_forks_note() looks for it. Then, or without
 * entering it, unmaps the page.
 */
void fps_forks_list(const struct fps_identity *who);
void fps_forks_leave(void);

/* In the master, as it begins to fork: notes when, and which workers it has reaped by then. */
void fps_forks_note(void);

/*
 * For the coroner: when the master began a fork after the death of that worker, which was seen to be dead at died_ns
 * and may have died earlier; 0: it has not. CLOCK_MONOTONIC. Only processes that have run no pool's code can write
 * that, and what FPM executes in a reload has a page of its own.
 */
uint64_t fps_forks_after_ns(const struct fps_identity *who, uint64_t died_ns);

#endif
