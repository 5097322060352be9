/* Findings as text. */
#include "base/alloc.h"
#include "base/page.h"
#include "output/findings.h"

#include <stdio.h>
#include <stdlib.h>

enum { INDENT = 10, SHOWN_PLACES = 5 };

static const char *const colours[] = {"", FPS_PAGE_YELLOW, FPS_PAGE_RED};

static void write_place(FILE *out, const char *name, const struct fps_place *place, bool text)
{
	if (place->file == NULL) {
		return;
	}
	fps_page_label(out, INDENT, name);
	fps_page_print(out, place->file);
	if (place->line) {
		fprintf(out, ":%u", place->line);
	}
	if (text) {
		fputs("  ", out);
		fps_page_print(out, place->text);
	}
	putc('\n', out);
}

static void write_fix(FILE *out, const struct fps_finding *finding)
{
	struct fps_span text = fps_span_of(finding->fix), line;

	for (const char *name = "fix"; fps_span_next(&text, "\n", &line); name = "") {
		fps_page_label(out, INDENT, name);
		fps_page_print_span(out, line);
		putc('\n', out);
	}
	if (finding->fix_in) {
		fps_page_label(out, INDENT, "in");
		fps_page_print(out, finding->fix_in);
		fputs(finding->more_count ? "; likewise for the others\n" : "\n", out);
	}
}

static void write_finding(FILE *out, const struct fps_style *style, const struct fps_finding *finding)
{
	const struct fps_rule *rule = finding->rule;

	fprintf(out, "%s%s%s  %s%s%s: %s\n",
		*colours[rule->severity] ? fps_page_colour(style, colours[rule->severity]) : "",
		fps_findings_severity(rule->severity), fps_page_colour(style, FPS_PAGE_PLAIN),
		fps_page_colour(style, FPS_PAGE_BOLD), rule->id, fps_page_colour(style, FPS_PAGE_PLAIN), rule->title);
	write_place(out, "where", &finding->places[0], true);
	for (size_t i = 0; i < finding->more_count && i < SHOWN_PLACES; i++) {
		write_place(out, "", &finding->more[i], false);
	}
	if (finding->more_count > SHOWN_PLACES) {
		fps_page_label(out, INDENT, "");
		fprintf(out, "and in %zu more places\n", finding->more_count - SHOWN_PLACES);
	}
	write_place(out, "against", &finding->places[1], true);
	fps_page_field(out, style, INDENT, "why", rule->why);
	write_fix(out, finding);
	fps_page_label(out, INDENT, "more");
	fprintf(out, "docs/rules/%s.md\n\n", rule->id);
}

void fps_findings_text(
	FILE *out, const struct fps_style *style, const struct fps_findings *findings, const struct fps_server *server)
{
	size_t counts[3] = {0};

	for (size_t i = 0; i < findings->count; i++) {
		counts[findings->all[i].rule->severity]++;
		write_finding(out, style, &findings->all[i]);
	}
	for (size_t i = 0; i < server->unseen_count; i++) {
		fputs("not looked at: ", out);
		fps_page_wrap(out, style, INDENT, server->unseen[i]);
	}
	fprintf(out, "%zu finding%s: %zu error%s, %zu warning%s, %zu hint%s\n", findings->count,
		findings->count == 1 ? "" : "s", counts[FPS_ERROR], counts[FPS_ERROR] == 1 ? "" : "s", counts[FPS_WARNING],
		counts[FPS_WARNING] == 1 ? "" : "s", counts[FPS_HINT], counts[FPS_HINT] == 1 ? "" : "s");
}

void fps_findings_text_idle(FILE *out, const struct fps_style *style, const struct fps_server *server)
{
	fputs("\nWhat guides have people raise, and does nothing for this error (docs/rules/no-effect.md):\n", out);
	for (size_t i = 0; i < fps_rules_idle_count; i++) {
		struct fps_place place = fps_rules_idle_place(server, &fps_rules_idle[i]);
		char *text =
			fps_alloc_format("%s: %s", place.file ? place.text : fps_rules_idle[i].name, fps_rules_idle[i].does);

		fps_page_field(out, style, INDENT, "info", text);
		free(text);
		fps_place_free(&place);
	}
}
