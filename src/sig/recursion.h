/*
 * A recursion in C code: the cycle in which native frames repeat, and how often as far as the stack reaches. May be
 * called from a signal handler.
 */
#ifndef FPS_SIG_RECURSION_H
#define FPS_SIG_RECURSION_H

#include "blackbox.h"

/*
 * The draft's recursion_*. `stack_pointer` has the stack pointer in each native frame, 0 where it is not known; `top`
 * is an address near the other end of the stack, 0 if that is not known.
 */
void fps_sig_recursion_find(struct fps_draft *draft, const uint64_t stack_pointer[FPS_MAX_NATIVE_FRAMES], uint64_t top);

#endif
