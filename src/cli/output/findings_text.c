/* Findings as text. */
#include "base/alloc.h"
#include "base/terminal.h"
#include "output/findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef FPS_PAGES
#define FPS_PAGES "docs/rules"
#endif

enum { INDENT = 10, SHOWN_PLACES = 3 };

static const char *const colours[] = {"", FPS_TERMINAL_YELLOW, FPS_TERMINAL_RED};

static void write_place(FILE *out, const char *name, const struct fps_place *place, bool text)
{
	if (place->file == NULL) {
		return;
	}
	fps_terminal_label(out, INDENT, name);
	fps_terminal_print(out, place->file);
	if (place->line) {
		fprintf(out, ":%u", place->line);
	}
	if (text) {
		fputs("  ", out);
		fps_terminal_print(out, place->text);
	}
	putc('\n', out);
}

static void write_fix(FILE *out, const struct fps_finding *finding)
{
	struct fps_span text = fps_span_of(finding->fix), line;

	for (const char *name = "fix"; fps_span_next(&text, "\n", &line); name = "") {
		fps_terminal_label(out, INDENT, name);
		fps_terminal_print_span(out, line);
		putc('\n', out);
	}
	if (finding->fix_in) {
		fps_terminal_label(out, INDENT, "in");
		fps_terminal_print(out, finding->fix_in);
		putc('\n', out);
	}
}

static void write_title(FILE *out, const struct fps_style *style, const struct fps_rule *rule)
{
	fprintf(out, "\n%s%s%s  %s%s%s: %s\n",
		*colours[rule->severity] ? fps_terminal_colour(style, colours[rule->severity]) : "",
		fps_findings_severity(rule->severity), fps_terminal_colour(style, FPS_TERMINAL_PLAIN),
		fps_terminal_colour(style, FPS_TERMINAL_BOLD), rule->id, fps_terminal_colour(style, FPS_TERMINAL_PLAIN),
		rule->title);
	fps_terminal_field(out, style, INDENT, "why", rule->why);
}

/* Where it is, and what to do there. */
static void write_places(FILE *out, const struct fps_finding *finding)
{
	write_place(out, "where", &finding->places[0], true);
	write_place(out, "against", &finding->places[1], true);
	write_fix(out, finding);
	for (size_t i = 0; i < finding->more_count && i < SHOWN_PLACES; i++) {
		write_place(out, i ? "" : "also", &finding->more[i], false);
	}
	if (finding->more_count > SHOWN_PLACES) {
		fps_terminal_label(out, INDENT, "");
		fprintf(out, "and %zu more places, which --format json lists\n", finding->more_count - SHOWN_PLACES);
	}
}

static void write_summary(FILE *out, const struct fps_findings *findings)
{
	size_t counts[3] = {0};

	for (size_t i = 0; i < findings->count; i++) {
		counts[findings->all[i].rule->severity]++;
	}
	fprintf(out, "%zu finding%s: %zu error%s, %zu warning%s, %zu hint%s\n", findings->count,
		findings->count == 1 ? "" : "s", counts[FPS_ERROR], counts[FPS_ERROR] == 1 ? "" : "s", counts[FPS_WARNING],
		counts[FPS_WARNING] == 1 ? "" : "s", counts[FPS_HINT], counts[FPS_HINT] == 1 ? "" : "s");
}

/* That it is one, who takes it, and where there is more. */
static void write_plan(FILE *out, const struct fps_doctor *doctor)
{
	bool nginx = doctor->tried.nginx == FPS_CONFIGTEST_TAKEN, fpm = doctor->tried.fpm == FPS_CONFIGTEST_TAKEN;
	/* NOLINTNEXTLINE(bugprone-branch-clone): a tool that is not installed has its pages there */
	const char *pages = access(FPS_PAGES, R_OK) == 0 ? FPS_PAGES : "docs/rules";

	fprintf(out, "\nThe fixes fit together: follow all of them, or apply --diff. Each rule has a page, %s/RULE.md.\n",
		pages);
	if (nginx || fpm) {
		fprintf(out, "%s%s%s accept%s a copy of the configuration with the fixes in it.\n", nginx ? "nginx -t" : "",
			nginx && fpm ? " and " : "", fpm ? "php-fpm -t" : "", nginx && fpm ? "" : "s");
	}
}

/* What several findings of a rule have in common is said once. */
void fps_findings_text(FILE *out, const struct fps_style *style, const struct fps_doctor *doctor)
{
	const struct fps_findings *findings = &doctor->findings;
	const struct fps_server *server = doctor->server;
	const struct fps_rule *rule = NULL;

	write_summary(out, findings);
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->all[i].rule != rule) {
			rule = findings->all[i].rule;
			write_title(out, style, rule);
		}
		write_places(out, &findings->all[i]);
	}
	if (findings->count) {
		write_plan(out, doctor);
	}
	for (size_t i = 0; i < server->unseen_count; i++) {
		fputs("not looked at: ", out);
		fps_terminal_wrap(out, style, INDENT, server->unseen[i]);
	}
}

void fps_findings_text_idle(FILE *out, const struct fps_style *style, const struct fps_doctor *doctor)
{
	fputs("\nWhat guides have people raise, and does nothing for this error (docs/rules/no-effect.md):\n", out);
	for (size_t i = 0; i < fps_rules_idle_count; i++) {
		const struct fps_place *place = &doctor->idle[i];
		char *text =
			fps_alloc_format("%s: %s", place->file ? place->text : fps_rules_idle[i].name, fps_rules_idle[i].does);

		fps_terminal_field(out, style, INDENT, "info", text);
		free(text);
	}
}
