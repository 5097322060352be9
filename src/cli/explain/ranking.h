/*
 * A ranking: the values of a key among occurrences, the most frequent first.
 */
#ifndef FPS_RANKING_H
#define FPS_RANKING_H

#include "explain/grouping.h"

struct fps_ranked {
	char *value;
	size_t count, deaths;
	double first, last;                   /* when it was seen */
	const struct fps_occurrence *example; /* the last one */
	int64_t peak, limit; /* the highest memory peak, and memory_limit at that (-1: none); 0: not known */
};

struct fps_ranking {
	struct fps_ranked *all; /* by count, then by value */
	size_t count;
};

/* Where the value is not known, an occurrence does not count. The ranking is to be freed. */
struct fps_ranking fps_ranking_of(const struct fps_occurrence *all, size_t count, enum fps_grouping_key key);

void fps_ranking_free(struct fps_ranking *ranking);

#endif
