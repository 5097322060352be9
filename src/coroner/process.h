/* The coroner as a process: how it starts, and what it drops of PHP-FPM. */
#ifndef FPS_CORONER_PROCESS_H
#define FPS_CORONER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Forks twice, so that FPM does not get an unknown child. 1 in the new process, 0 in the caller; -1 with errno in the
 * caller if it fails.
 */
int fps_process_fork(void);

/* fork() in the coroner, without the handlers that others have registered (pthread_atfork). */
pid_t fps_process_fork_plain(void);

/* Likewise, with one table of descriptors for both. -1 if it fails. */
pid_t fps_process_fork_sharing(void);

/*
 * In the new process: starts a session, closes all descriptors but standard error and those of `keep`, drops PHP's
 * heap, ignores the signals that stop FPM, and asks the OOM killer to spare it.
 */
void fps_process_settle(const int *keep, size_t count);

/*
 * Ignores the signals that stop FPM or its whole session; resets all others to their default action, and unblocks all.
 */
void fps_process_set_signals(void);

/* Sets the title that ps shows. */
void fps_process_title(const char *title);

/* Closes a descriptor, if it is one, and sets it to -1. */
void fps_process_close(int *fd);

/* Locks code and stack in memory, where that is permitted. */
void fps_process_lock_memory(void);

/* Zeroed memory that all children of this process share with it; NULL with errno if there is none. */
void *fps_process_share(size_t size);

/* Sends standard error to /dev/null, so that its reader need not wait for us. */
void fps_process_drop_stderr(void);

/*
 * In MINIT, before FPM clears the environment: whether this is valgrind, which makes system calls of its own and only
 * supports ordinary threads.
 */
bool fps_process_is_under_valgrind(void);

#endif
