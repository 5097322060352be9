/*
 * The C++ exception that nobody caught: libstdc++ keeps it for the thread while it terminates. May be called from a
 * signal handler, in a guarded stage: it calls one function of libstdc++, which returns the address of a thread's
 * variable.
 */
#ifndef FPS_SIG_CXXEXCEPTION_H
#define FPS_SIG_CXXEXCEPTION_H

#include "blackbox.h"

/*
 * The draft's stderr_text, where libc left no words there: the exception's type and what(). After the native stack,
 * which says who aborts.
 */
void fps_sig_cxxexception_fill(struct fps_draft *draft);

#endif
