/*
 * The open log that the coroner leaves for a worker that finds it gone: in a socket, so that the
 * descriptor is no worker's before it is needed. A pool's user may not open php.ini's log, or FPM's
 * standard error. May be called from a signal handler.
 */
#ifndef FPS_SIG_STANDBY_H
#define FPS_SIG_STANDBY_H

#include <stdbool.h>
#include <stddef.h>

/* The socket, non-blocking; -1: nothing is left for this process. At a worker's first request. */
void fps_sig_standby_init(int socket);

/* What lies in a socket: a descriptor, closed on exec; -1 if there is none. `keep`: it lies there for others as well. */
int fps_sig_standby_receive(int socket, bool keep);

/* Appends a line to what was left: 0, or an errno, ENOENT where that is nothing. */
int fps_sig_standby_write(const char *line, size_t len);

#endif
