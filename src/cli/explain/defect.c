/* Occurrences, sorted by what identifies their defect. */
#include "explain/defect.h"

#include "base/alloc.h"
#include "base/search.h"
#include "explain/deploy.h"

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

	return result ? result : fps_grouping_compare(a, b);
}

static int by_count(const void *a, const void *b)
{
	const struct fps_defect *one = a, *other = b;

	if (one->count != other->count) {
		return one->count > other->count ? -1 : 1;
	}
	return by_identity(one->all, other->all);
}

static int compare_with_defect(const void *key, const void *element)
{
	return compare_identity(key, (*(struct fps_defect *const *) element)->all);
}

static int by_defect(const void *a, const void *b)
{
	return compare_with_defect((*(struct fps_defect *const *) a)->all, b);
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
		.name = fps_grouping_name_of(all->cause, all->fingerprint),
		.fingerprint = all->fingerprint,
		.cause = all->cause,
		.first = all->time,
		.last = all[count - 1].time,
		.count = count,
		.all = all,
		.example = example,
		.record = full_record(example, records),
		.place = fps_grouping_place(example),
		.advice = fps_advice_of(all->cause, example->subcase, example->record, NULL),
	};

	for (size_t i = 0; i < count; i++) {
		defect.deaths += all[i].is_death;
	}
	for (enum fps_grouping_key key = FPS_BY_POOL; key < FPS_BY_KEYS; key++) {
		defect.by[key] = fps_ranking_of(all, count, key);
	}
	return defect;
}

/* --- versions ----------------------------------------------------------------------------------------------------- */

/* The defect that a record is an occurrence of; NULL: none. */
static struct fps_defect *defect_of_record(struct fps_defect **sorted, size_t count, const struct fps_record *record)
{
	const struct fps_occurrence occurrence = fps_grouping_of_record(record, 0);
	size_t low = fps_search_first(&occurrence, sorted, count, sizeof(*sorted), compare_with_defect);

	return low < count && compare_with_defect(&occurrence, &sorted[low]) == 0 ? sorted[low] : NULL;
}

/* Of the record's service, if the defect began there, the oldest version that has the defect. */
static void note_version(const struct fps_deploy **oldest, bool *seen, const struct fps_deploy *deploy)
{
	if (!*seen || (*oldest && deploy && strcmp(deploy->service, (*oldest)->service) == 0 && deploy < *oldest)) {
		*oldest = deploy;
	}
	*seen = true;
}

/* By all records, also those that are not among the occurrences. */
static void find_versions(struct fps_defects *defects, const struct fps_recordindex *records)
{
	struct fps_deploys deploys = fps_deploy_list(records);
	struct fps_defect **sorted = fps_alloc(defects->count, sizeof(*sorted));
	const struct fps_deploy **oldest = fps_alloc(defects->count, sizeof(*oldest));
	bool *seen = fps_alloc(defects->count, sizeof(*seen));

	for (size_t i = 0; i < defects->count; i++) {
		sorted[i] = &defects->all[i];
	}
	qsort(sorted, defects->count, sizeof(*sorted), by_defect);
	for (size_t i = 0; deploys.count > 0 && i < records->count; i++) {
		const struct fps_record *record = records->by_time[i];
		const struct fps_defect *defect = defect_of_record(sorted, defects->count, record);

		if (defect) {
			size_t number = (size_t) (defect - defects->all);

			note_version(&oldest[number], &seen[number], fps_deploy_of(&deploys, record));
		}
	}
	for (size_t i = 0; i < defects->count; i++) {
		if (oldest[i] && !fps_deploy_is_oldest(&deploys, oldest[i])) {
			defects->all[i].new_since = fps_deploy_name(oldest[i]);
		}
	}
	fps_deploy_free(&deploys);
	free(sorted);
	free(oldest);
	free(seen);
}

/* --- grouping and finding -------------------------------------------------------------------------------------------
 */

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
	if (records) {
		find_versions(&defects, records);
	}
	return defects;
}

/* The name may go on with the other half of the fingerprint. */
static bool begins(const struct fps_defect *defect, const char *prefix)
{
	char digits[17];
	char *whole;
	bool result;

	snprintf(digits, sizeof(digits), "%016llx", (unsigned long long) defect->fingerprint);
	whole = fps_alloc_format("%s%s", defect->name.text, digits + 8);
	result = fps_span_begins(fps_span_of(digits), prefix) || fps_span_begins(fps_span_of(whole), prefix);
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

double fps_defect_rate(const struct fps_defect *defect, const struct fps_requests *requests)
{
	size_t count = 0;

	if (requests == NULL || requests->count == 0) {
		return -1;
	}
	for (size_t i = 0; i < defect->count; i++) {
		count += fps_requestcount_covers(requests, defect->all[i].time);
	}
	return 1e4 * (double) count / (double) requests->count;
}

void fps_defect_free(struct fps_defects *defects)
{
	for (size_t i = 0; i < defects->count; i++) {
		free(defects->all[i].place);
		free(defects->all[i].new_since);
		for (enum fps_grouping_key key = 0; key < FPS_BY_KEYS; key++) {
			fps_ranking_free(&defects->all[i].by[key]);
		}
	}
	free(defects->all);
	*defects = (struct fps_defects) {NULL, 0};
}
