/*
 * Memory and texts of one's own. The program ends with exit status 2 where there is no memory, so none of these returns
 * NULL.
 */
#ifndef FPS_ALLOC_H
#define FPS_ALLOC_H

#include "base/span.h"

/* calloc() and realloc(). */
void *fps_alloc(size_t count, size_t size);
void *fps_alloc_resize(void *memory, size_t count, size_t size);

/* A copy that ends in a NUL, of at most `max` bytes if that is not 0. The caller frees it. */
char *fps_alloc_copy(struct fps_span text, size_t max);

/* printf() into a text of its own. The caller frees it. */
__attribute__((format(printf, 1, 2))) char *fps_alloc_format(const char *format, ...);

#endif
