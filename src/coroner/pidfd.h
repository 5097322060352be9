/* A process that is no child of ours: that it has ended, and how. */
#ifndef FPS_CORONER_PIDFD_H
#define FPS_CORONER_PIDFD_H

#include <stdbool.h>
#include <sys/types.h>

/* A descriptor that is readable once the process has ended; -1 with errno: ESRCH if it has and is forgotten. */
int fps_pidfd_open(pid_t pid);

/* Without a descriptor, since a kernel or a filter has none: whether the process is there, and no zombie. */
bool fps_pidfd_is_alive(pid_t pid);

/* Whether the process of that descriptor has ended. */
bool fps_pidfd_has_ended(int pidfd);

/*
 * How the process ended, as waitpid() would report it to the parent. While it is a zombie, /proc shows that to who may
 * trace it, as root may; once its parent has reaped it, the kernel tells everybody (Linux 6.15). False:
 * not yet known, or never.
 */
bool fps_pidfd_exit_status(pid_t pid, int pidfd, int *status);

/* Whether the kernel tells everybody; forks and reaps a child to find out. */
bool fps_pidfd_status_is_public(void);

#endif
