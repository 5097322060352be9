/* Comparisons, and binary search. */
#include "base/search.h"

int fps_search_order(int64_t one, int64_t other)
{
	return (one > other) - (one < other);
}

int fps_search_doubles(const void *a, const void *b)
{
	double one = *(const double *) a, other = *(const double *) b;

	return (one > other) - (one < other);
}

size_t fps_search_first(const void *key, const void *all, size_t count, size_t size, fps_search_compare *compare)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(key, (const char *) all + middle * size) > 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}
