/* Findings of the rules. */
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

static bool same_span(struct fps_span one, struct fps_span other)
{
	return one.len == other.len && memcmp(one.at, other.at, one.len) == 0;
}

static bool same_place(const struct fps_place *one, const struct fps_place *other)
{
	return same_text(one->file, other->file) && one->line == other->line;
}

static void free_line(struct fps_wholeline *line)
{
	free(line->text);
	free(line->in);
	*line = (struct fps_wholeline) {NULL, NULL};
}

void fps_findings_free_one(struct fps_finding *finding)
{
	fps_settingplace_free(&finding->at);
	fps_settingplace_free(&finding->places[0]);
	fps_settingplace_free(&finding->places[1]);
	for (size_t i = 0; i < finding->more_count; i++) {
		fps_settingplace_free(&finding->more[i]);
		free_line(&finding->more_lines[i]);
	}
	free(finding->more);
	free(finding->more_lines);
	free(finding->fix);
	free(finding->fix_in);
	free_line(&finding->line);
}

const char *fps_findings_without_site(const char *text)
{
	const char *end = text && *text == '[' ? strstr(text, "] ") : NULL;

	return end ? end + 2 : text && strncmp(text, "fastcgi_pass ", 13) == 0 ? "fastcgi_pass" : text;
}

struct fps_span fps_findings_manner(const struct fps_finding *finding)
{
	const char *comma = finding->fix_in ? strrchr(finding->fix_in, ',') : NULL;

	return comma && comma[1] == ' ' && comma[2] != '[' ? (struct fps_span) {comma, strcspn(comma, ";")}
													   : fps_span_of("");
}

const struct fps_place *fps_findings_place(const struct fps_finding *finding)
{
	return finding->sets ? &finding->at : &finding->places[0];
}

static bool has_place(const struct fps_finding *finding, const struct fps_place *at)
{
	bool known = same_place(fps_findings_place(finding), at);

	for (size_t i = 0; i < finding->more_count; i++) {
		known = known || same_place(&finding->more[i], at);
	}
	return known;
}

/* Adds a further place to an existing finding. */
static void merge(struct fps_finding *into, struct fps_finding *finding)
{
	struct fps_place *at = finding->sets ? &finding->at : &finding->places[0];

	if (!has_place(into, at)) {
		FPS_ALLOC_APPEND(into->more, into->more_count) = *at;
		FPS_ALLOC_APPEND(into->more_lines, into->line_count) = finding->line;
		*at = fps_settingplace_none();
		finding->line = (struct fps_wholeline) {NULL, NULL};
	}
	fps_findings_free_one(finding);
}

/* Whether two findings differ in their places only; what stands there may differ, too. */
static bool is_alike(const struct fps_finding *one, const struct fps_finding *other)
{
	return one->rule == other->rule && same_text(one->fix, other->fix) && !one->line.text == !other->line.text
		&& same_span(fps_findings_manner(one), fps_findings_manner(other));
}

void fps_findings_merge(struct fps_findings *findings)
{
	size_t kept = 0;

	for (size_t i = 0; i < findings->count; i++) {
		size_t into = 0;

		while (into < kept && !is_alike(&findings->all[into], &findings->all[i])) {
			into++;
		}
		if (into < kept) {
			merge(&findings->all[into], &findings->all[i]);
		} else {
			findings->all[kept++] = findings->all[i];
		}
	}
	findings->count = kept;
}

void fps_findings_likewise(struct fps_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->all[i].more_count && findings->all[i].fix_in) {
			fps_alloc_append(&findings->all[i].fix_in, "; likewise for the others");
		}
	}
}

void fps_findings_add(struct fps_findings *findings, const struct fps_finding *finding)
{
	FPS_ALLOC_APPEND(findings->all, findings->count) = *finding;
}

void fps_findings_found(
	struct fps_findings *findings, struct fps_place one, struct fps_place other, char *fix_in, const char *fix, ...)
{
	struct fps_finding finding = {.rule = findings->rule, .places = {one, other}, .fix_in = fix_in};
	va_list arguments;

	va_start(arguments, fix);
	finding.fix = fps_alloc_vformat(fix, arguments);
	va_end(arguments);
	fps_findings_add(findings, &finding);
}

void fps_findings_set(struct fps_findings *findings, struct fps_place one, struct fps_place other,
	struct fps_effective target, const char *fix, ...)
{
	struct fps_finding finding = {.rule = findings->rule,
		.places = {one, other},
		.fix_in = fps_settingplace_in(target),
		.sets = true,
		.target = target,
		.at = fps_settingplace_at(target)};
	va_list arguments;

	va_start(arguments, fix);
	finding.fix = fps_alloc_vformat(fix, arguments);
	va_end(arguments);
	fps_findings_add(findings, &finding);
}

void fps_findings_beside(struct fps_findings *findings, struct fps_place one, char *fix_in,
	const struct fps_directive *beside, const char *fix)
{
	struct fps_finding finding = {.rule = findings->rule,
		.places = {one, fps_settingplace_none()},
		.fix = fps_alloc_format("%s", fix),
		.fix_in = fix_in,
		.adds = true,
		.target = {.kind = FPS_EFFECTIVE_NGINX, .beside = beside}};

	fps_findings_add(findings, &finding);
}

void fps_findings_word(struct fps_findings *findings, struct fps_place one, struct fps_place other,
	const struct fps_directive *directive, const char *fix, ...)
{
	struct fps_finding finding = {.rule = findings->rule,
		.places = {one, other},
		.fix_in = fps_settingplace_in_words(directive),
		.words = true,
		.target = {.kind = FPS_EFFECTIVE_NGINX, .is_apache = true, .directive = directive}};
	va_list arguments;

	va_start(arguments, fix);
	finding.fix = fps_alloc_vformat(fix, arguments);
	va_end(arguments);
	fps_findings_add(findings, &finding);
}

void fps_findings_withdraw(struct fps_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct fps_finding *finding = &findings->all[i];

		if (finding->sets || finding->adds || finding->words) {
			free(finding->fix);
			free(finding->fix_in);
			free_line(&finding->line);
			for (size_t n = 0; n < finding->line_count; n++) {
				free_line(&finding->more_lines[n]);
			}
			finding->fix = finding->fix_in = NULL;
		}
	}
}

static int by_severity(const void *a, const void *b)
{
	const struct fps_finding *one = a, *other = b;

	if (one->rule->severity != other->rule->severity) {
		return one->rule->severity < other->rule->severity ? 1 : -1;
	}
	/* the rules' own order within a severity, and the configuration's order within a rule */
	return one->rule != other->rule ? (one->rule > other->rule) - (one->rule < other->rule)
									: (one->number > other->number) - (one->number < other->number);
}

void fps_findings_sort(struct fps_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		findings->all[i].number = i;
	}
	if (findings->count) {
		qsort(findings->all, findings->count, sizeof(*findings->all), by_severity);
	}
}

void fps_findings_free(struct fps_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		fps_findings_free_one(&findings->all[i]);
	}
	free(findings->all);
}
