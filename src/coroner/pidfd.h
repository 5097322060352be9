/* A process that is not our child: whether it has ended, and how. */
#ifndef FPS_CORONER_PIDFD_H
#define FPS_CORONER_PIDFD_H

#include <stdbool.h>
#include <sys/types.h>

/* A descriptor that is readable once the process has ended. -1 with errno: ESRCH if it has ended and been reaped. */
int fps_pidfd_open(pid_t pid);

/* Without a descriptor, if the kernel or a filter gives none: whether the process exists and is no zombie. */
bool fps_pidfd_is_alive(pid_t pid);

/* Whether the process of that descriptor has ended. */
bool fps_pidfd_has_ended(int pidfd);

/*
 * How the process ended, as waitpid() would report it to the parent. While it is a zombie, /proc shows that to whoever
 * may trace it, such as root. Once its parent has reaped it, the kernel shows it to everybody (Linux 6.15). False: not
 * known yet, or never.
 */
bool fps_pidfd_exit_status(pid_t pid, int pidfd, int *status);

/* Whether the kernel shows it to everybody; forks and reaps a child to find out. */
bool fps_pidfd_status_is_public(void);

#endif
