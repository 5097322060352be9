/*
 * Memory that the kernel refused. C code that gives up then calls abort() (PHP's malloc from 8.6 on, C++, GMP) or
 * exit() (PHP's malloc before), and nothing about that names the reason. May be called from a signal handler.
 */
#ifndef FPS_SIG_ALLOCFAILURE_H
#define FPS_SIG_ALLOCFAILURE_H

#include "blackbox.h"

/*
 * If error, the errno of the thread that gives up, says that memory was refused: adds that to error_message, and
 * as evidence the limits of the kernel that hold here.
 */
void fps_sig_allocfailure_fill(struct fps_draft *draft, int error);

#endif
