/*
 * Sorted arrays: comparisons to sort them by, and where something is, or would be, in one.
 */
#ifndef FPS_SEARCH_H
#define FPS_SEARCH_H

#include <stddef.h>
#include <stdint.h>

/* As bsearch() has it: below, at or above 0 as the key is before, at or behind the element. */
typedef int fps_search_compare(const void *key, const void *element);

/* Below, at or above 0. */
int fps_search_order(int64_t one, int64_t other);

/* Compares doubles, for qsort(). */
int fps_search_doubles(const void *a, const void *b);

/* The number of the first element that is not before the key; `count` if all are. */
size_t fps_search_first(const void *key, const void *all, size_t count, size_t size, fps_search_compare *compare);

#endif
