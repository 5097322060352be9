/*
 * Allocated memory and text. The program exits with status 2 when memory runs out, so none of these returns NULL.
 */
#ifndef FPS_ALLOC_H
#define FPS_ALLOC_H

#include "base/span.h"

#include <stdarg.h>

/* calloc() and realloc(). */
void *fps_alloc(size_t count, size_t size);
void *fps_alloc_resize(void *memory, size_t count, size_t size);

/*
 * Appends an element: FPS_ALLOC_APPEND(list->all, list->count) = element. Both arguments are evaluated several times.
 * Room is doubled where the count is a power of two, so nothing else has to note it, and the count may go down at any
 * time.
 */
#define FPS_ALLOC_APPEND(array, count) \
	(*((array) = fps_alloc_grow((array), (count), sizeof *(array)), &(array)[(count)++]))
void *fps_alloc_grow(void *array, size_t count, size_t size);

/* Releases all elements but the last `most` and moves those to the beginning. Returns how many there are then. */
size_t fps_alloc_keep_last(void *array, size_t count, size_t size, size_t most, void (*release)(void *element));

/* free() of an array and of the texts in it. */
void fps_alloc_free_all(char **texts, size_t count);

/* A copy that ends in a NUL, of at most `max` bytes if that is not 0. The caller frees it. */
char *fps_alloc_copy(struct fps_span text, size_t max);

/* printf() into a text of its own. The caller frees it. */
__attribute__((format(printf, 1, 2))) char *fps_alloc_format(const char *format, ...);
__attribute__((format(printf, 1, 0))) char *fps_alloc_vformat(const char *format, va_list arguments);

/* printf() behind such a text, which may be NULL. */
__attribute__((format(printf, 2, 3))) void fps_alloc_append(char **text, const char *format, ...);

/* The folder of a path: "." for a bare name, "/" for what is in the root folder. The caller frees it. */
char *fps_alloc_folder(const char *path);

#endif
