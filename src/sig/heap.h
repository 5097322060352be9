/*
 * How much memory PHP has, by its memory manager's own count. From any thread, and from a signal handler: it reads the heap, which may be
 * corrupt.
 *
 * In a ZTS build each thread of PHP's has a heap of its own: this is that of the thread which called fps_sig_heap_init().
 */
#ifndef FPS_SIG_HEAP_H
#define FPS_SIG_HEAP_H

#include <stdbool.h>
#include <stdint.h>

/* At a worker's first request, on PHP's thread. */
void fps_sig_heap_init(void);

/* Bytes in use, and at most in this request. False where they are not known (ZTS). */
bool fps_sig_heap_usage(uint64_t *used, uint64_t *peak);

/* Bytes taken from the system, which is what memory_limit limits; 0 where they are not known. */
uint64_t fps_sig_heap_taken(void);

#endif
