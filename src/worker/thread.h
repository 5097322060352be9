/* A thread beside PHP's that costs that one nothing. */
#ifndef FPS_THREAD_H
#define FPS_THREAD_H

/*
 * Runs `run` in a thread of its own, with all signals blocked. 0, or an errno.
 *
 * libc is not told of it: for a process with two threads glibc makes each system call that could be
 * cancelled a longer one, 540 instructions in all for a hello-world request. So `run` may call what a
 * signal handler may call and no more: nothing that takes a lock or allocates. It has an errno of its own.
 */
int fps_thread_start(void (*run)(void));

#endif
