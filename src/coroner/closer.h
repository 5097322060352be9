/*
 * Closes descriptors that workers have sent. close() may block for as long as a worker likes (a socket that lingers, a
 * file of its own file system, an epoll instance in use), and may not even end by SIGKILL. So it is left to children
 * that share the table of descriptors, and nobody waits for them.
 */
#ifndef FPS_CORONER_CLOSER_H
#define FPS_CORONER_CLOSER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* So many come with one message at most (SCM_MAX_FD). */
#define FPS_CLOSER_MESSAGE 253

/*
 * In the supervisor, and in each coroner that it forks: that one has copies of what its supervisor had taken and not
 * closed, and closes them as its own. Not `may_fork`: everything is closed here (valgrind knows no such children).
 */
void fps_closer_init(bool may_fork);

/* Takes *fd, of a worker of that user, and makes it -1; closes nothing yet. */
void fps_closer_take(int *fd, uid_t uid);

/* Whether all that can come with one message of that user's can be taken. Not if what it has sent does not let itself
 * be closed. */
bool fps_closer_has_room(uid_t uid);

/*
 * For the supervisor, before it forks a coroner, which would inherit what a child has not closed yet: waits for its
 * children, 20 ms at most.
 */
void fps_closer_wait(void);

/* Starts children for what was taken, if that is much or has waited for long. */
void fps_closer_work(void);

/* When that is next to be called, by CLOCK_MONOTONIC; UINT64_MAX: when something else happens. */
uint64_t fps_closer_due_ns(void);

/* Around a system call that may have to close something here: ends what can be ended of that after some milliseconds.
 */
void fps_closer_begin_here(void);
void fps_closer_end_here(void);

#endif
