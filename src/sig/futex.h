/* Waiting for a word of memory, by the system call: libc has no function for it, and musl no header. */
#ifndef FPS_SIG_FUTEX_H
#define FPS_SIG_FUTEX_H

#include <limits.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* For a word that only threads of this process wait for. */
#define FPS_SIG_FUTEX_PRIVATE 128

/* Until the word is woken, is not that value to begin with, or the time is over (NULL: never); or for less. */
static inline void fps_sig_futex_wait(_Atomic uint32_t *word, uint32_t value, const struct timespec *timeout, int flags)
{
	syscall(SYS_futex, word, flags, value, timeout, NULL, 0);
}

/* Wakes all who wait. */
static inline void fps_sig_futex_wake(_Atomic uint32_t *word, int flags)
{
	syscall(SYS_futex, word, 1 | flags, INT_MAX, NULL, NULL, 0);
}

#endif
