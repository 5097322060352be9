/*
 * Who owns the slot's draft: one thread at a time, which dies or makes an event of it. From any thread, and from a
 * signal handler.
 */
#ifndef FPS_SIG_DRAFTOWNER_H
#define FPS_SIG_DRAFTOWNER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Gives it to the calling thread, which is dying. A second dying thread waits here, usually for the end of the process,
 * but never longer than the watchdog leaves the first one that number of seconds: nothing may keep a worker from dying.
 */
void fps_sig_draftowner_enter(uint32_t seconds);

/* Gives it up: the process lives on. */
void fps_sig_draftowner_leave(void);

/*
 * Whether the calling thread has entered; and whether any thread has, or has borrowed it: what it looks at may be
 * broken.
 */
bool fps_sig_draftowner_is_here(void);
bool fps_sig_draftowner_is_anyone(void);

/*
 * Around an event that PHP's thread makes of the draft, so that another dying thread waits. False if a thread has
 * entered: then there is no event.
 */
bool fps_sig_draftowner_borrow(void);
void fps_sig_draftowner_give_back(void);

#endif
