/*
 * The C++ exception that nobody caught: libstdc++ keeps it for the thread while it terminates. May be called from a signal handler, in
 * a guarded stage: it calls one function of libstdc++, which returns the address of a thread's variable.
 */
#ifndef FPS_SIG_EXCEPTION_H
#define FPS_SIG_EXCEPTION_H

#include "../blackbox.h"

/* The draft's stderr_text and, where libc left no words, its error_message: the exception's type and what(). */
void fps_sig_exception_fill(struct fps_draft *draft);

#endif
