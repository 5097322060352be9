/*
 * What only one of all workers should complain about: a page of memory that FPM's processes share until a pool's code
 * may run.
 */
#ifndef FPS_ONCE_H
#define FPS_ONCE_H

#include <stdbool.h>

enum fps_once {
	FPS_ONCE_MEMORY,
	FPS_ONCE_LOG,
	FPS_ONCE_CORONER,
	FPS_ONCE_WATCHER,
	FPS_ONCE_REFUSED, /* values of a pool: one for each pool, by its name's hash */
	FPS_ONCE_POOLS = 64,
	FPS_ONCE_LAST = FPS_ONCE_REFUSED + FPS_ONCE_POOLS
};

/* Maps the page. In MINIT, once, before any fork. 0, or -1 with errno. */
int fps_once_init(void);

/* Whether there is such a page. */
bool fps_once_is_shared(void);

/* True for the first caller among all workers; false ever after, and once sealed. */
bool fps_once(enum fps_once what);

/* Unmaps the page: from here on a worker shares nothing but its own slot with the coroner. */
void fps_once_seal(void);

#endif
