/*
 * FPM's standard error, as the coroner has inherited it: whole lines, and never waiting for whoever
 * reads them. What a full pipe does not take is kept up to a bound, then dropped and counted.
 */
#ifndef FPS_CORONER_STDERR_H
#define FPS_CORONER_STDERR_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

void fps_stderr_init(void);

/* Gives it up, with all that waits for it. */
void fps_stderr_drop(void);

/* A line, with its newline. False if it had to be dropped. */
bool fps_stderr_write(const char *line, size_t len);

/* What the main loop has to wait for, none or one; and the rest of what waits, after a poll(). */
size_t fps_stderr_wait_for(struct pollfd *waited);
void fps_stderr_work(void);

bool fps_stderr_is_idle(void);

#endif
