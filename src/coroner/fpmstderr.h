/*
 * FPM's standard error, which the coroner has inherited. It gets whole lines, and nobody waits for its reader. What a
 * pipe does not take is kept up to a bound, then dropped and counted. Half of the pipe is left to FPM, which blocks
 * when it is full.
 */
#ifndef FPS_CORONER_FPMSTDERR_H
#define FPS_CORONER_FPMSTDERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For the supervisor, before the first coroner. 0, or -1 with errno if there is no memory. */
int fps_fpmstderr_init(void);

/* Gives it up, with everything that is still queued for it. */
void fps_fpmstderr_drop(void);

/* Writes a line that ends in a newline. False if it had to be dropped. */
bool fps_fpmstderr_write(const char *line, size_t len);

/*
 * When to retry what is queued: CLOCK_MONOTONIC, UINT64_MAX for never. Nothing signals that half of a pipe is free
 * again; the longer nobody reads, the less often it is checked.
 */
uint64_t fps_fpmstderr_due_ns(void);
void fps_fpmstderr_work(void);

/* A descriptor to wait for (POLLOUT) as well, while it takes nothing at all; -1 for none. */
int fps_fpmstderr_full_fd(void);

/* FPM is ending: there is not much time left. */
void fps_fpmstderr_hurry(void);

bool fps_fpmstderr_is_idle(void);

#endif
