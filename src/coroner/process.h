/* The coroner as a process: how it starts, and what it drops of PHP-FPM. */
#ifndef FPS_CORONER_PROCESS_H
#define FPS_CORONER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Forks twice, so that FPM does not get an unknown child. 1 in the new process, 0 in the caller, -1 with errno in the
 * caller if there is none.
 */
int fps_process_fork(void);

/* fork() in the coroner, as libc has it: without the handlers that others have set (pthread_atfork). */
pid_t fps_process_fork_plain(void);

/* Likewise, with one table of descriptors for both. -1 if there is none. */
pid_t fps_process_fork_sharing(void);

/*
 * In the new process: starts a session, closes all descriptors but standard error and those of `keep`, drops PHP's
 * heap, ignores what stops FPM, and asks the OOM killer to spare it.
 */
void fps_process_settle(const int *keep, size_t count);

/*
 * What stops FPM, or its whole session, is ignored; all other signals have their default action, and none is blocked.
 */
void fps_process_set_signals(void);

/* What ps shows. */
void fps_process_title(const char *title);

/* Closes a descriptor, if it is one, and makes it -1. */
void fps_process_close(int *fd);

/* Locks code and stack in memory, where that is permitted. */
void fps_process_lock_memory(void);

/* Zeroed memory that all children of this process share with it; NULL with errno if there is none. */
void *fps_process_share(size_t size);

/* Sends standard error to /dev/null, so that its reader need not wait for us. */
void fps_process_drop_stderr(void);

/*
 * In MINIT, before FPM clears the environment. valgrind makes system calls of its own, and knows threads of one kind
 * only.
 */
bool fps_process_is_under_valgrind(void);

#endif
