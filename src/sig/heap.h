/*
 * How much memory PHP has, by its memory manager's own count. From any thread, and from a signal handler: it reads the
 * heap, which may be corrupt.
 *
 * In a ZTS build each thread of PHP's has a heap of its own: this is that of the thread which called
 * fps_sig_heap_init().
 */
#ifndef FPS_SIG_HEAP_H
#define FPS_SIG_HEAP_H

#include <stdbool.h>
#include <stdint.h>

/* At a worker's first request, on PHP's thread. */
void fps_sig_heap_init(void);

/*
 * Bytes that this request uses, and its peak. What the heap has taken from the system is no measure of a request: that
 * includes chunks which the heap keeps from an earlier one. False where they are not known (ZTS).
 */
bool fps_sig_heap_usage(uint64_t *used, uint64_t *peak);

#endif
