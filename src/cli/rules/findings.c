/* What the rules find, in words. */
#include "rules/findings.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 10, SHOWN_PLACES = 5 };

static const char *const severities[] = {"hint", "warning", "error"};
static const char *const colours[] = {"", "\033[33m", "\033[31m"};

void fps_place_free(struct fps_place *place)
{
	free(place->file);
	free(place->text);
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
		into->more = fps_text_resize(into->more, into->more_count + 1, sizeof(*into->more));
		into->more[into->more_count++] = finding->places[0];
		finding->places[0] = (struct fps_place) {NULL, 0, NULL};
	}
	free_finding(finding);
}

void fps_findings_add(struct fps_findings *findings, struct fps_finding finding)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct fps_finding *other = &findings->all[i];

		if (other->rule == finding.rule && same_text(without_pool(other->places[0].text), without_pool(finding.places[0].text)) && same_place(&other->places[1], &finding.places[1]) &&
			same_text(other->places[1].text, finding.places[1].text) && same_text(other->fix, finding.fix)) {
			merge(other, &finding);
			return;
		}
	}
	findings->all = fps_text_resize(findings->all, findings->count + 1, sizeof(finding));
	findings->all[findings->count++] = finding;
}

void fps_findings_unseen(struct fps_findings *findings, char *what)
{
	findings->unseen = fps_text_resize(findings->unseen, findings->unseen_count + 1, sizeof(what));
	findings->unseen[findings->unseen_count++] = what;
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
	for (size_t i = 0; i < findings->unseen_count; i++) {
		free(findings->unseen[i]);
	}
	free(findings->all);
	free(findings->unseen);
}

static void label(FILE *out, const char *name)
{
	fprintf(out, "  %-*s", INDENT - 2, name);
}

static void write_place(FILE *out, const char *name, const struct fps_place *place, bool text)
{
	if (place->file == NULL) {
		return;
	}
	label(out, name);
	fps_text_print(out, place->file);
	if (place->line) {
		fprintf(out, ":%u", place->line);
	}
	if (text) {
		fputs("  ", out);
		fps_text_print(out, place->text);
	}
	putc('\n', out);
}

static void write_fix(FILE *out, const struct fps_finding *finding)
{
	struct fps_span text = {finding->fix, strlen(finding->fix)};
	const char *name = "fix";

	while (text.len) {
		struct fps_span line = text;

		if (!fps_text_take(&text, "\n", &line)) {
			text.len = 0;
		}
		char *copy = fps_text_copy(line, 0);

		label(out, name);
		fps_text_print(out, copy);
		putc('\n', out);
		free(copy);
		name = "";
	}
	if (finding->fix_in) {
		label(out, "in");
		fps_text_print(out, finding->fix_in);
		fputs(finding->more_count ? "; likewise for the others" : "", out);
		putc('\n', out);
	}
}

static void write_finding(FILE *out, const struct fps_style *style, const struct fps_finding *finding)
{
	const struct fps_rule *rule = finding->rule;

	fprintf(out, "%s%s%s  %s%s%s: %s\n", style->colour ? colours[rule->severity] : "", severities[rule->severity], style->colour ? "\033[0m" : "",
		style->colour ? "\033[1m" : "", rule->id, style->colour ? "\033[0m" : "", rule->title);
	write_place(out, "where", &finding->places[0], true);
	for (size_t i = 0; i < finding->more_count && i < SHOWN_PLACES; i++) {
		write_place(out, "", &finding->more[i], false);
	}
	if (finding->more_count > SHOWN_PLACES) {
		label(out, "");
		fprintf(out, "and in %zu more places\n", finding->more_count - SHOWN_PLACES);
	}
	write_place(out, "against", &finding->places[1], true);
	label(out, "why");
	fps_report_wrap(out, style, INDENT, rule->why);
	write_fix(out, finding);
	label(out, "more");
	fprintf(out, "docs/rules/%s.md\n\n", rule->id);
}

void fps_findings_text(FILE *out, const struct fps_style *style, const struct fps_findings *findings)
{
	size_t counts[3] = {0};

	for (size_t i = 0; i < findings->count; i++) {
		counts[findings->all[i].rule->severity]++;
		write_finding(out, style, &findings->all[i]);
	}
	for (size_t i = 0; i < findings->unseen_count; i++) {
		fputs("not looked at: ", out);
		fps_report_wrap(out, style, INDENT, findings->unseen[i]);
	}
	fprintf(out, "%zu finding%s: %zu error%s, %zu warning%s, %zu hint%s\n", findings->count, findings->count == 1 ? "" : "s",
		counts[FPS_ERROR], counts[FPS_ERROR] == 1 ? "" : "s", counts[FPS_WARNING], counts[FPS_WARNING] == 1 ? "" : "s",
		counts[FPS_HINT], counts[FPS_HINT] == 1 ? "" : "s");
}

static void add_text(struct json_object *object, const char *name, const char *text)
{
	if (text) {
		json_object_object_add(object, name, json_object_new_string(text));
	}
}

struct json_object *fps_findings_place_json(const struct fps_place *place)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "file", place->file);
	if (place->line) {
		json_object_object_add(object, "line", json_object_new_int64(place->line));
	}
	add_text(object, "text", place->text);
	return object;
}

struct json_object *fps_findings_json(const struct fps_findings *findings)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct fps_finding *finding = &findings->all[i];
		struct json_object *object = json_object_new_object(), *places = json_object_new_array();

		add_text(object, "rule", finding->rule->id);
		add_text(object, "severity", severities[finding->rule->severity]);
		add_text(object, "title", finding->rule->title);
		for (size_t n = 0; n < 2 && finding->places[n].file; n++) {
			json_object_array_add(places, fps_findings_place_json(&finding->places[n]));
		}
		json_object_object_add(object, "places", places);
		places = json_object_new_array();
		for (size_t n = 0; n < finding->more_count; n++) {
			json_object_array_add(places, fps_findings_place_json(&finding->more[n]));
		}
		json_object_object_add(object, "also", places);
		add_text(object, "why", finding->rule->why);
		add_text(object, "fix", finding->fix);
		add_text(object, "fix_in", finding->fix_in);
		json_object_array_add(array, object);
	}
	return array;
}
