/* Edit distances. */
#include "base/nearest.h"

#include "base/alloc.h"

#include <string.h>

/* Longer names are compared as far as this. */
enum { MAX_LENGTH = 48 };

static size_t least(size_t one, size_t other)
{
	return one < other ? one : other;
}

/*
 * Characters to insert, delete, replace, or exchange with their neighbour. Three rows of the usual table are enough.
 */
static size_t distance(const char *one, const char *other)
{
	size_t rows[3][MAX_LENGTH + 1], width = strnlen(other, MAX_LENGTH), height = strnlen(one, MAX_LENGTH);

	for (size_t column = 0; column <= width; column++) {
		rows[0][column] = column;
	}
	for (size_t row = 1; row <= height; row++) {
		size_t *now = rows[row % 3], *above = rows[(row + 2) % 3], *before = rows[(row + 1) % 3];

		now[0] = row;
		for (size_t column = 1; column <= width; column++) {
			size_t replaced = above[column - 1] + (one[row - 1] != other[column - 1]);

			now[column] = least(replaced, least(above[column], now[column - 1]) + 1);
			if (row > 1 && column > 1 && one[row - 1] == other[column - 2] && one[row - 2] == other[column - 1]) {
				now[column] = least(now[column], before[column - 2] + 1);
			}
		}
	}
	return rows[height % 3][width];
}

/* A beginning of two characters or more is as near as one typing error. A third of a word may be wrong. */
void fps_nearest_try(struct fps_nearest *nearest, const char *candidate)
{
	size_t len = strlen(nearest->word),
		   found = len > 1 && strncmp(candidate, nearest->word, len) == 0 ? 1 : distance(nearest->word, candidate);

	if (found <= (len + 2) / 3 && (nearest->best == NULL || found < nearest->distance)) {
		nearest->best = candidate;
		nearest->distance = found;
	}
}

char *fps_nearest_hint(const struct fps_nearest *nearest, const char *prefix)
{
	return nearest->best ? fps_alloc_format(" (nearest: %s%s)", prefix, nearest->best)
						 : fps_alloc_copy(FPS_SPAN(""), 0);
}
