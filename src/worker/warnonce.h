/*
 * What only one of all workers should complain about: a page of memory that FPM's processes share until a pool's code
 * may run.
 */
#ifndef FPS_WARNONCE_H
#define FPS_WARNONCE_H

#include <stdbool.h>

enum fps_warnonce {
	FPS_WARNONCE_MEMORY,
	FPS_WARNONCE_LOG,
	FPS_WARNONCE_CORONER,
	FPS_WARNONCE_WATCHER,
	FPS_WARNONCE_REFUSED, /* values of a pool: one for each pool, by its name's hash */
	FPS_WARNONCE_POOLS = 64,
	FPS_WARNONCE_LAST = FPS_WARNONCE_REFUSED + FPS_WARNONCE_POOLS
};

/* Maps the page. In MINIT, once, before any fork. 0, or -1 with errno. */
int fps_warnonce_init(void);

/* Whether there is such a page. */
bool fps_warnonce_is_shared(void);

/* True for the first caller among all workers; false ever after, and once sealed. */
bool fps_warnonce(enum fps_warnonce what);

/* Unmaps the page: from here on a worker shares nothing but its own slot with the coroner. */
void fps_warnonce_seal(void);

#endif
