/* Values of a key, counted. */
#include "explain/ranking.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* One value of one occurrence. */
struct pair {
	char *value;
	const struct fps_occurrence *of;
};

struct pairs {
	struct pair *all;
	size_t count;
};

/* An occurrence has several annotations, a line each. */
static void add_values(struct pairs *pairs, const struct fps_occurrence *occurrence, enum fps_grouping_key key)
{
	char *value = fps_grouping_value(occurrence, key);
	struct fps_span rest = fps_span_of(value), line;

	if (key != FPS_BY_ANNOTATION) {
		if (value) {
			FPS_ALLOC_APPEND(pairs->all, pairs->count) = (struct pair) {value, occurrence};
		}
		return;
	}
	while (fps_span_next(&rest, "\n", &line)) {
		FPS_ALLOC_APPEND(pairs->all, pairs->count) = (struct pair) {fps_alloc_copy(line, 0), occurrence};
	}
	free(value);
}

static int by_value(const void *a, const void *b)
{
	const struct pair *one = a, *other = b;
	int result = strcmp(one->value, other->value);

	return result ? result : fps_grouping_compare(one->of, other->of);
}

static int by_count(const void *a, const void *b)
{
	const struct fps_ranked *one = a, *other = b;

	return one->count != other->count ? (one->count < other->count) - (one->count > other->count)
									  : strcmp(one->value, other->value);
}

static void add(struct fps_ranked *ranked, const struct fps_occurrence *occurrence)
{
	const struct fps_record *record = occurrence->record;

	ranked->first = ranked->count ? ranked->first : occurrence->time;
	ranked->last = occurrence->time;
	ranked->example = occurrence;
	ranked->count++;
	ranked->deaths += occurrence->is_death;
	if (record && record->peak > ranked->peak) {
		ranked->peak = record->peak;
		ranked->limit = record->memory_limit;
	}
}

struct fps_ranking fps_ranking_of(const struct fps_occurrence *all, size_t count, enum fps_grouping_key key)
{
	struct fps_ranking ranking = {NULL, 0};
	struct pairs pairs = {NULL, 0};

	for (size_t i = 0; i < count; i++) {
		add_values(&pairs, &all[i], key);
	}
	if (pairs.count) {
		qsort(pairs.all, pairs.count, sizeof(*pairs.all), by_value);
	}
	for (size_t i = 0; i < pairs.count; i++) {
		if (i == 0 || strcmp(ranking.all[ranking.count - 1].value, pairs.all[i].value) != 0) {
			FPS_ALLOC_APPEND(ranking.all, ranking.count) = (struct fps_ranked) {.value = pairs.all[i].value};
		} else {
			free(pairs.all[i].value);
			pairs.all[i].value = NULL;
		}
		add(&ranking.all[ranking.count - 1], pairs.all[i].of);
	}
	free(pairs.all);
	if (ranking.count) {
		qsort(ranking.all, ranking.count, sizeof(*ranking.all), by_count);
	}
	return ranking;
}

void fps_ranking_free(struct fps_ranking *ranking)
{
	for (size_t i = 0; i < ranking->count; i++) {
		free(ranking->all[i].value);
	}
	free(ranking->all);
	*ranking = (struct fps_ranking) {NULL, 0};
}
