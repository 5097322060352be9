/*
 * Closes descriptors that workers have sent. close() may block for as long as a worker likes (a lingering socket, a
 * file of the worker's own file system, an epoll instance in use), and even SIGKILL may not end it. So it is left to
 * children that share the table of descriptors, and that nobody waits for.
 */
#ifndef FPS_CORONER_FDCLOSE_H
#define FPS_CORONER_FDCLOSE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The most that can come with one message (SCM_MAX_FD). */
#define FPS_FDCLOSE_MESSAGE 253

/*
 * In the supervisor, and in each coroner that it forks. A coroner has copies of what its supervisor had taken and not
 * closed yet, and closes them as its own. Without `may_fork`, everything is closed here (valgrind does not support such
 * children).
 */
void fps_fdclose_init(bool may_fork);

/* Takes *fd of a worker of that user, and sets it to -1; closes nothing yet. */
void fps_fdclose_take(int *fd, uid_t uid);

/*
 * Whether there is room for one more message's descriptors from that user. False while too many of its descriptors
 * cannot be closed.
 */
bool fps_fdclose_has_room(uid_t uid);

/*
 * For the supervisor, before it forks a coroner, which would inherit what a child has not closed yet: waits for its
 * children, at most 20 ms.
 */
void fps_fdclose_wait(void);

/* Starts children for the pending descriptors, if there are many or they have waited for long. */
void fps_fdclose_work(void);

/* When to call that again, by CLOCK_MONOTONIC; UINT64_MAX: when something else happens. */
uint64_t fps_fdclose_due_ns(void);

/* Brackets a system call that may have to close something here: interrupts it, if possible, after some milliseconds. */
void fps_fdclose_begin_here(void);
void fps_fdclose_end_here(void);

#endif
