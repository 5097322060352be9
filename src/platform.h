/*
 * What differs on Windows, where only portable.c and what that needs is compiled (config.w32). The only file
 * that names it.
 */
#ifndef FPS_PLATFORM_H
#define FPS_PLATFORM_H

#ifdef _WIN32

#include <process.h>
#include <string.h>

typedef struct fps_no_context ucontext_t; /* there are no signals */

static inline void *memmem(const void *bytes, size_t len, const void *what, size_t what_len)
{
	for (const char *at = bytes; len >= what_len; at++, len--) {
		if (memcmp(at, what, what_len) == 0) {
			return (void *) at;
		}
	}
	return NULL;
}

#else

#include <ucontext.h>
#include <unistd.h>

#endif

#endif
