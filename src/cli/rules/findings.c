/* What the rules find. */
#include "rules/findings.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *fps_findings_severity(enum fps_severity severity)
{
	static const char *const names[] = {"hint", "warning", "error"};

	return names[severity];
}

static bool same_text(const char *one, const char *other)
{
	return one == other || (one && other && strcmp(one, other) == 0);
}

static bool same_place(const struct fps_place *one, const struct fps_place *other)
{
	return same_text(one->file, other->file) && one->line == other->line;
}

static void free_finding(struct fps_finding *finding)
{
	fps_place_free(&finding->places[0]);
	fps_place_free(&finding->places[1]);
	for (size_t i = 0; i < finding->more_count; i++) {
		fps_place_free(&finding->more[i]);
	}
	free(finding->more);
	free(finding->fix);
	free(finding->fix_in);
}

/* The text of a setting of FPM's without its pool: a hundred pools may have the same. */
static const char *without_pool(const char *text)
{
	const char *end = text && *text == '[' ? strstr(text, "] ") : NULL;

	return end ? end + 2 : text;
}

/* Another place of a finding that is there already. */
static void merge(struct fps_finding *into, struct fps_finding *finding)
{
	bool known = same_place(&into->places[0], &finding->places[0]);

	for (size_t i = 0; i < into->more_count; i++) {
		known = known || same_place(&into->more[i], &finding->places[0]);
	}
	if (!known) {
		FPS_ALLOC_APPEND(into->more, into->more_count) = finding->places[0];
		finding->places[0] = fps_place_none();
	}
	free_finding(finding);
}

/* Whether two findings differ in their first place only. */
static bool is_alike(const struct fps_finding *one, const struct fps_finding *other)
{
	return one->rule == other->rule && same_place(&one->places[1], &other->places[1])
		&& same_text(without_pool(one->places[0].text), without_pool(other->places[0].text))
		&& same_text(one->places[1].text, other->places[1].text) && same_text(one->fix, other->fix);
}

void fps_findings_found(
	struct fps_findings *findings, struct fps_place one, struct fps_place other, char *fix_in, const char *fix, ...)
{
	struct fps_finding finding = {.rule = findings->rule, .places = {one, other}, .fix_in = fix_in};
	va_list arguments;

	va_start(arguments, fix);
	finding.fix = fps_alloc_vformat(fix, arguments);
	va_end(arguments);
	for (size_t i = 0; i < findings->count; i++) {
		if (is_alike(&findings->all[i], &finding)) {
			merge(&findings->all[i], &finding);
			return;
		}
	}
	FPS_ALLOC_APPEND(findings->all, findings->count) = finding;
}

static int by_severity(const void *a, const void *b)
{
	const struct fps_finding *one = a, *other = b;

	if (one->rule->severity != other->rule->severity) {
		return one->rule->severity < other->rule->severity ? 1 : -1;
	}
	/* the rules' own order within a severity */
	return (one->rule > other->rule) - (one->rule < other->rule);
}

void fps_findings_sort(struct fps_findings *findings)
{
	if (findings->count) {
		qsort(findings->all, findings->count, sizeof(*findings->all), by_severity);
	}
}

void fps_findings_free(struct fps_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		free_finding(&findings->all[i]);
	}
	free(findings->all);
}
