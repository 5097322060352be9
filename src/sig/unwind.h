/*
 * The native stack: registers, loaded modules and return addresses.
 *
 * Surest first. The registers come out of the signal's context and can't fail; the modules walk
 * the loader's list, under its lock; unwinding is libunwind's and takes the same lock for each
 * frame. May be called from a signal handler, what can fault or hang inside a guarded stage.
 */
#ifndef FPS_SIG_UNWIND_H
#define FPS_SIG_UNWIND_H

#include "blackbox.h"
#include "platform.h"

/* In MINIT: learns the program's path from /proc, which a pool's chroot may lack. */
void fps_sig_unwind_learn_program(void);

/* At a worker's first request: whatever the unwinder would otherwise set up lazily. */
void fps_sig_unwind_init(void);

/* The draft's registers, and the interrupted address as the only frame so far. */
void fps_sig_unwind_registers(struct fps_draft *draft, const ucontext_t *context);

/*
 * What is loaded where. Takes the loader's lock, interruptibly, where libunwind would take it with
 * all signals blocked: if this hangs, unwinding must not be tried.
 */
void fps_sig_unwind_modules(void);

/*
 * The modules that the draft's frames lie in, and whose code it is where they lie in no file. False where a module
 * could not be read or does not fit.
 */
bool fps_sig_unwind_resolve(struct fps_draft *draft);

/*
 * The draft's native frames, the innermost first. Code that a JIT has made has no unwind information: behind it the
 * stack is searched for the next return address from which it can be followed to the stack's top, 0 where that is not
 * known. False if the stack could not be followed to its end, or is longer than there is room for.
 */
bool fps_sig_unwind_fill(struct fps_draft *draft, const ucontext_t *context, uint64_t top);

/* The stack pointer in each of the frames that fps_sig_unwind_fill() has found, 0 where it is not known. */
const uint64_t *fps_sig_unwind_stack_pointers(void);

/*
 * Calls a function with the context of the call itself, where no signal has brought one; NULL in a build without
 * libunwind, which alone has a use for it (and musl has no getcontext()).
 */
void fps_sig_unwind_with_here(void (*run)(const ucontext_t *here, void *argument), void *argument);

/*
 * The address of a symbol of the first library whose path has such a part, in the loader's list as of
 * fps_sig_unwind_modules(); 0: none.
 */
uintptr_t fps_sig_unwind_find(const char *library, const char *symbol);

/* Takes the frames of this extension from the top, where it was called and nothing has faulted. */
void fps_sig_unwind_drop_own(struct fps_draft *draft);

/* "libunwind 1.6.2", or NULL in a build without it. */
const char *fps_sig_unwind_library(void);

#endif
