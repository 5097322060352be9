/* Occurrences, sorted by what identifies their defect. */
#include "explain/defect.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_identity(const struct fps_occurrence *one, const struct fps_occurrence *other)
{
	int result = strcmp(one->cause, other->cause);

	return result ? result : (one->fingerprint > other->fingerprint) - (one->fingerprint < other->fingerprint);
}

static int by_identity(const void *a, const void *b)
{
	int result = compare_identity(a, b);

	return result ? result : fps_occurrence_compare(a, b);
}

static int by_count(const void *a, const void *b)
{
	const struct fps_defect *one = a, *other = b;

	if (one->count != other->count) {
		return one->count > other->count ? -1 : 1;
	}
	return by_identity(one->all, other->all);
}

/* How much an occurrence says about the defect. */
static int worth(const struct fps_occurrence *occurrence)
{
	const struct fps_record *record = occurrence->record;

	return record == NULL ? 0 : record->first[0] == '\0' ? 3 : record->is_complete ? 2 : 1;
}

static const struct fps_occurrence *example_of(const struct fps_occurrence *all, size_t count)
{
	const struct fps_occurrence *example = all;

	for (size_t i = 1; i < count; i++) {
		if (worth(&all[i]) >= worth(example)) {
			example = &all[i];
		}
	}
	return example;
}

static const struct fps_record *full_record(const struct fps_occurrence *example, const struct fps_recordindex *records)
{
	if (example->record == NULL || example->record->first[0] == '\0') {
		return example->record;
	}
	return records ? fps_recordindex_first_of_storm(records, example->record) : NULL;
}

static struct fps_defect defect_of(
	const struct fps_occurrence *all, size_t count, const struct fps_recordindex *records)
{
	const struct fps_occurrence *example = example_of(all, count);
	struct fps_defect defect = {
		.name = fps_occurrence_name_of(all->cause, all->fingerprint),
		.fingerprint = all->fingerprint,
		.cause = all->cause,
		.first = all->time,
		.last = all[count - 1].time,
		.count = count,
		.all = all,
		.example = example,
		.record = full_record(example, records),
		.place = fps_occurrence_place(example),
		.advice = fps_advice_of(all->cause, example->subcase, example->record, NULL),
	};

	for (size_t i = 0; i < count; i++) {
		defect.deaths += all[i].is_death;
	}
	for (enum fps_occurrence_key key = FPS_BY_POOL; key < FPS_BY_KEYS; key++) {
		defect.by[key] = fps_ranking_of(all, count, key);
	}
	return defect;
}

struct fps_defects fps_defect_group(
	struct fps_occurrence *occurrences, size_t count, const struct fps_recordindex *records)
{
	struct fps_defects defects = {NULL, 0};

	if (count == 0) {
		return defects;
	}
	qsort(occurrences, count, sizeof(*occurrences), by_identity);
	for (size_t from = 0, end; from < count; from = end) {
		for (end = from + 1; end < count && compare_identity(&occurrences[from], &occurrences[end]) == 0; end++) {
		}
		FPS_ALLOC_APPEND(defects.all, defects.count) = defect_of(&occurrences[from], end - from, records);
	}
	qsort(defects.all, defects.count, sizeof(*defects.all), by_count);
	return defects;
}

static bool begins(const struct fps_defect *defect, const char *prefix)
{
	char digits[17], *whole;
	bool result;

	snprintf(digits, sizeof(digits), "%016llx", (unsigned long long) defect->fingerprint);
	whole = fps_alloc_format("%s-%s", defect->cause, digits);
	result = fps_span_begins(fps_span_of(digits), prefix) || fps_span_begins(fps_span_of(whole), prefix)
		|| strcmp(defect->name.text, prefix) == 0;
	free(whole);
	return result;
}

enum fps_defect_found fps_defect_find(
	const struct fps_defects *defects, const char *prefix, const struct fps_defect **found)
{
	*found = NULL;
	for (size_t i = 0; *prefix && i < defects->count; i++) {
		if (!begins(&defects->all[i], prefix)) {
			continue;
		}
		if (*found) {
			return FPS_DEFECT_AMBIGUOUS;
		}
		*found = &defects->all[i];
	}
	return *found ? FPS_DEFECT_FOUND : FPS_DEFECT_NONE;
}

void fps_defect_free(struct fps_defects *defects)
{
	for (size_t i = 0; i < defects->count; i++) {
		free(defects->all[i].place);
		for (enum fps_occurrence_key key = 0; key < FPS_BY_KEYS; key++) {
			fps_ranking_free(&defects->all[i].by[key]);
		}
	}
	free(defects->all);
	*defects = (struct fps_defects) {NULL, 0};
}
