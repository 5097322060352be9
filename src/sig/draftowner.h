/*
 * Whose the slot's draft is: of one thread at a time, the one that dies or one that makes an event of it. From any
 * thread, and from a signal handler.
 */
#ifndef FPS_SIG_DRAFTOWNER_H
#define FPS_SIG_DRAFTOWNER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Makes it the calling thread's, which dies. A second thread that dies meanwhile waits here, usually for the end of the
 * process; but never longer than the watchdog leaves the first one that number of seconds, lest anything keep a worker
 * from dying.
 */
void fps_sig_draftowner_enter(uint32_t seconds);

/* It is nobody's again: the process lives on. */
void fps_sig_draftowner_leave(void);

/*
 * Whether the calling thread has entered; and whether any thread has, or has borrowed it: what it looks at may be
 * broken.
 */
bool fps_sig_draftowner_is_here(void);
bool fps_sig_draftowner_is_anyone(void);

/*
 * Around an event that PHP's thread makes of the draft, so that another thread which dies meanwhile waits. False if a
 * thread has entered: then there is no event.
 */
bool fps_sig_draftowner_borrow(void);
void fps_sig_draftowner_give_back(void);

#endif
