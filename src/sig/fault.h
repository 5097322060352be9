/*
 * What a signal says of itself: the words for error.message, the sender, and the cause where the
 * signal alone decides it. May be called from a signal handler.
 */
#ifndef FPS_SIG_FAULT_H
#define FPS_SIG_FAULT_H

#include "blackbox.h"
#include "sig/stackbounds.h"

#include <signal.h>
#include <ucontext.h>

/* The stack pointer and the program counter at the signal; 0 on an unknown architecture. */
uintptr_t fps_sig_fault_stack_pointer(const ucontext_t *context);
uintptr_t fps_sig_fault_program_counter(const ucontext_t *context);

/*
 * The draft's cause, address, mapping and error_message, for a signal whose row says fault or limit, and whose sender,
 * if it has one, is in the draft. The stack is that of fps_sig_engine_stack().
 */
void fps_sig_fault_fill(
	struct fps_draft *draft, const siginfo_t *info, const ucontext_t *context, const struct fps_sig_stack *stack);

/*
 * Once the unwinder knows where the innermost frame begins (0: it does not): a large frame that begins on the stack and
 * ends where nothing is mapped is a stack overflow, however far that is from the stack.
 */
void fps_sig_fault_reconsider(struct fps_draft *draft, const ucontext_t *context, uintptr_t frame_begin);

/*
 * libc's own words for an abort (assert(), malloc, stack smashing): the draft's stderr_text, and their first line in
 * place of error_message.
 */
bool fps_sig_fault_abort_message(struct fps_draft *draft);

/*
 * Where libc keeps a pointer to those words, NULL if it keeps none, and the name of the program that some of them begin
 * with, which is left out of error_message. At a worker's first request.
 */
void fps_sig_fault_init(const void *address, const char *program_name);

#endif
