/* A thread besides PHP's, at no cost for PHP's. */
#ifndef FPS_THREAD_H
#define FPS_THREAD_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Runs `run` in a thread of its own, with all signals blocked. 0, or an errno.
 *
 * libc does not know of it: for a process with two threads glibc makes each system call that could be
 * cancelled a longer one, 540 instructions in all for a hello-world request. So `run` may call what a
 * signal handler may call and no more: nothing that takes a lock or allocates. It has an errno of its own; `apart`,
 * also a table of descriptors, which begins as a copy.
 */
int fps_thread_start(void (*run)(void), bool apart);

/*
 * Whether a thread can have a table of descriptors of its own: the kernel makes a table that two tasks share pay for
 * it, at each use of a descriptor. It needs a look at a descriptor of PHP's now and then, and a way to let go of all
 * others. *self is a pidfd of this process.
 */
bool fps_thread_can_be_apart(int *self);

/* For such a thread, first of all: closes every descriptor in its table but these, in any order; -1 is none. */
void fps_thread_keep_only(const int *keep, size_t count);

#endif
