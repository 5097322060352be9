/*
 * What the coroner and its supervisor give up before they look at anything that a worker has written: capabilities, the
 * right to gain any by executing a program, being traced by processes of the same user, and all system calls but their
 * own. If a kernel or a container does not let them give something up, they keep it: nothing here can fail.
 */
#ifndef FPS_CORONER_JAIL_H
#define FPS_CORONER_JAIL_H

#include <stdbool.h>

struct fps_jail {
	bool traces;  /* before Linux 6.15 only /proc shows how a worker ended, and only to those who may trace it */
	bool filters; /* system calls; not under valgrind, which makes its own */
};

/* The supervisor keeps what its children need to become the users of pools, and what its coroners need. */
void fps_jail_supervisor(const struct fps_jail *jail);
void fps_jail_coroner(const struct fps_jail *jail);

/* In a child of the supervisor that has become the user of a pool. */
void fps_jail_child(void);

#endif
