/* The filters. */
#include "command/selection.h"

#include "base/alloc.h"
#include "base/nearest.h"
#include "base/warn.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAMED = 12 /* values that a message lists */ };

bool fps_selection_set_status(void *field, const char *value)
{
	bool is_class = value[0] >= '1' && value[0] <= '5' && strcmp(value + (value[0] != '\0'), "xx") == 0;
	bool is_number = strlen(value) == 3 && strspn(value, "0123456789") == 3 && value[0] >= '1' && value[0] <= '5';

	return (is_class || is_number) && fps_options_list(field, value);
}

/* --- one value of a filter ---------------------------------------------------------------------------------------- */

static bool has_value(const struct fps_occurrence *occurrence, enum fps_grouping_key key, const char *wanted)
{
	char *value = fps_grouping_value(occurrence, key);
	bool is_same = value && strcmp(value, wanted) == 0;

	free(value);
	return is_same;
}

static bool has_pool(const struct fps_occurrence *occurrence, const char *wanted)
{
	return has_value(occurrence, FPS_BY_POOL, wanted);
}

static bool has_cause(const struct fps_occurrence *occurrence, const char *wanted)
{
	return strcmp(occurrence->verdict, wanted) == 0 || strcmp(occurrence->cause, wanted) == 0;
}

static bool has_host(const struct fps_occurrence *occurrence, const char *wanted)
{
	const char *domain = occurrence->record ? occurrence->record->domain : NULL;

	return (domain && strcmp(domain, wanted) == 0)
		|| (occurrence->incident && strcmp(occurrence->incident->host, wanted) == 0)
		|| has_value(occurrence, FPS_BY_HOST, wanted);
}

static bool has_url(const struct fps_occurrence *occurrence, const char *wanted)
{
	const char *uri = fps_grouping_asked(occurrence).uri;
	char *path = fps_alloc_copy((struct fps_span) {uri, fps_incidents_path_len(uri)}, 0);
	bool matches = *path && fnmatch(wanted, path, 0) == 0;

	free(path);
	return matches || has_value(occurrence, FPS_BY_URL, wanted); /* as report prints it */
}

static bool has_script(const struct fps_occurrence *occurrence, const char *wanted)
{
	char *script = fps_grouping_value(occurrence, FPS_BY_SCRIPT), *slash = script ? strrchr(script, '/') : NULL;
	bool matches = script && fnmatch(wanted, strchr(wanted, '/') || slash == NULL ? script : slash + 1, 0) == 0;

	free(script);
	return matches;
}

static bool has_status(const struct fps_occurrence *occurrence, const char *wanted)
{
	int status = fps_grouping_status(occurrence);
	char text[16];

	snprintf(text, sizeof(text), "%d", status);
	return status && strncmp(text, wanted, strcspn(wanted, "x")) == 0;
}

static bool has_defect(const struct fps_occurrence *occurrence, const char *wanted)
{
	struct fps_grouping_name name = fps_grouping_name_of(occurrence->cause, occurrence->fingerprint);
	char digits[17];

	snprintf(digits, sizeof(digits), "%016llx", (unsigned long long) occurrence->fingerprint);
	return strncmp(name.text, wanted, strlen(wanted)) == 0 || strncmp(digits, wanted, strlen(wanted)) == 0;
}

/* --- all filters -------------------------------------------------------------------------------------------------- */

/* Those that have values. `of`, if set: a value that nothing has is reported, with the values of that key. */
static const struct filter {
	size_t offset;
	bool (*has)(const struct fps_occurrence *occurrence, const char *wanted);
	const char *of;
	enum fps_grouping_key key;
} filters[] = {
	{offsetof(struct fps_selection, pools), has_pool, "pool", FPS_BY_POOL},
	{offsetof(struct fps_selection, hosts), has_host, "host", FPS_BY_HOST},
	{offsetof(struct fps_selection, defects), has_defect, "defect", FPS_BY_DEFECT},
	{offsetof(struct fps_selection, causes), has_cause, NULL, 0},
	{offsetof(struct fps_selection, statuses), has_status, NULL, 0},
	{offsetof(struct fps_selection, urls), has_url, NULL, 0},
	{offsetof(struct fps_selection, scripts), has_script, NULL, 0},
};

enum { FILTERS = sizeof(filters) / sizeof(filters[0]) };

static const struct fps_options_list *values_of(const struct fps_selection *selection, const struct filter *filter)
{
	return (const struct fps_options_list *) ((const char *) selection + filter->offset);
}

static bool has_any(
	const struct fps_occurrence *occurrence, const struct filter *filter, const struct fps_options_list *values)
{
	for (size_t i = 0; i < values->count; i++) {
		if (filter->has(occurrence, values->all[i])) {
			return true;
		}
	}
	return values->count == 0;
}

bool fps_selection_matches(const struct fps_selection *selection, const struct fps_occurrence *occurrence)
{
	bool matches = occurrence->time >= (double) selection->since
		&& (selection->until == 0 || occurrence->time <= (double) selection->until)
		&& (!selection->deaths || occurrence->is_death);

	for (size_t i = 0; matches && i < FILTERS; i++) {
		matches = has_any(occurrence, &filters[i], values_of(selection, &filters[i]));
	}
	return matches;
}

/* --- values that nothing has -------------------------------------------------------------------------------------- */

struct names {
	char *all[MAX_NAMED];
	size_t count;
	bool are_more;
};

/* Takes over the name. */
static void add_name(struct names *names, char *name)
{
	bool is_known = name == NULL;

	for (size_t i = 0; !is_known && i < names->count; i++) {
		is_known = strcmp(names->all[i], name) == 0;
	}
	if (is_known || names->count == MAX_NAMED) {
		names->are_more = names->are_more || !is_known;
		free(name);
	} else {
		names->all[names->count++] = name;
	}
}

static void report_unknown(
	const struct filter *filter, const char *value, const struct fps_occurrence *all, size_t count)
{
	struct fps_nearest nearest = FPS_NEAREST(value);
	struct names names = {.count = 0};
	char *text = NULL, *hint;

	for (size_t i = 0; i < count; i++) {
		add_name(&names, fps_grouping_value(&all[i], filter->key));
	}
	for (size_t i = 0; i < names.count; i++) {
		fps_nearest_try(&nearest, names.all[i]);
		fps_alloc_append(&text, "%s%s", i ? ", " : "", names.all[i]);
	}
	hint = fps_nearest_hint(&nearest, "");
	fps_warn("no %s %s in these logs%s%s%s%s", filter->of, value, hint, text ? "; there are: " : "", text ? text : "",
		names.are_more ? " and others" : "");
	for (size_t i = 0; i < names.count; i++) {
		free(names.all[i]);
	}
	free(hint);
	free(text);
}

static bool is_known(const struct filter *filter, const char *value, const struct fps_occurrence *all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (filter->has(&all[i], value)) {
			return true;
		}
	}
	return false;
}

static void check_values(const struct fps_selection *selection, const struct fps_occurrence *all, size_t count)
{
	for (size_t i = 0; i < FILTERS; i++) {
		const struct fps_options_list *values = values_of(selection, &filters[i]);

		for (size_t k = 0; filters[i].of && k < values->count; k++) {
			if (!is_known(&filters[i], values->all[k], all, count)) {
				report_unknown(&filters[i], values->all[k], all, count);
			}
		}
	}
}

/* --- all occurrences ---------------------------------------------------------------------------------------------- */

size_t fps_selection_choose(const struct fps_selection *selection, struct fps_occurrence *all, size_t count)
{
	size_t kept = 0, most = selection->limit ? (size_t) selection->limit : count;

	check_values(selection, all, count);
	for (size_t i = 0; i < count; i++) {
		if (fps_selection_matches(selection, &all[i])) {
			all[kept++] = all[i];
		}
	}
	if (kept > most) {
		memmove(all, all + kept - most, most * sizeof(*all));
		kept = most;
	}
	for (size_t i = 0; selection->reverse && i < kept / 2; i++) {
		struct fps_occurrence one = all[i];

		all[i] = all[kept - 1 - i];
		all[kept - 1 - i] = one;
	}
	return kept;
}

void fps_selection_free(struct fps_selection *selection)
{
	for (size_t i = 0; i < FILTERS; i++) {
		free(((struct fps_options_list *) ((char *) selection + filters[i].offset))->all);
	}
}
