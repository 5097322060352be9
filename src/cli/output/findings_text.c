/* Findings as text. */
#include "base/alloc.h"
#include "base/terminal.h"
#include "output/findings.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	if (rule->severity > FPS_HINT) { /* a hint's is in its page */
		fps_terminal_field(out, style, INDENT, "why", rule->why);
	}
}

/* The first places where the same is to be done, and how many there are. */
static void write_more(FILE *out, const struct fps_style *style, const struct fps_finding *finding)
{
	size_t shown = finding->more_count < SHOWN_PLACES ? finding->more_count : SHOWN_PLACES;
	char *text = fps_alloc_format("%s", "");

	for (size_t i = 0; i < shown; i++) {
		fps_alloc_append(&text, finding->more[i].line ? "%s%s:%u" : "%s%s", i ? ", " : "", finding->more[i].file,
			finding->more[i].line);
	}
	if (finding->more_count > shown) {
		fps_alloc_append(&text, " and %zu more places, which --format json lists", finding->more_count - shown);
	}
	if (shown) {
		fps_terminal_field(out, style, INDENT, "also", text);
	}
	free(text);
}

/* Where it is, and what to do there. */
static void write_places(FILE *out, const struct fps_style *style, const struct fps_finding *finding)
{
	write_place(out, "where", &finding->places[0], true);
	write_place(out, "against", &finding->places[1], true);
	write_fix(out, finding);
	write_more(out, style, finding);
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

/* The folder of the rules' pages, as an installation or a checkout has it beside bin/. The caller frees it. */
static char *find_pages(void)
{
	static const char *const beside[] = {"share/doc/fpmsentinel/rules", "docs/rules"};
	char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);

	for (int up = 0; len > 0 && up < 2; up++) {
		program[len] = '\0';
		*strrchr(program, '/') = '\0';
		len = (ssize_t) strlen(program);
	}
	for (size_t i = 0; len > 0 && i < sizeof beside / sizeof beside[0]; i++) {
		char *path = fps_alloc_format("%s/%s", program, beside[i]);

		if (access(path, R_OK) == 0) {
			return path;
		}
		free(path);
	}
	return fps_alloc_format("docs/rules of fpmsentinel's sources");
}

/* That it is one, who takes it, and where there is more. */
static void write_plan(FILE *out, const struct fps_doctor *doctor)
{
	bool nginx = doctor->tried.nginx == FPS_CONFIGTEST_TAKEN, fpm = doctor->tried.fpm == FPS_CONFIGTEST_TAKEN;
	char *pages = find_pages();

	fprintf(out,
		"\nThe fixes fit together: follow all of them, or apply --diff. Each rule has a page, RULE.md in %s.\n", pages);
	free(pages);
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
		write_places(out, style, &findings->all[i]);
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
	char *pages = find_pages();

	fprintf(out, "\nWhat guides have people raise, and does nothing for this error (no-effect.md in %s):\n", pages);
	free(pages);
	for (size_t i = 0; i < fps_rules_idle_count; i++) {
		const struct fps_place *place = &doctor->idle[i];
		char *text =
			fps_alloc_format("%s: %s", place->file ? place->text : fps_rules_idle[i].name, fps_rules_idle[i].does);

		fps_terminal_field(out, style, INDENT, "info", text);
		free(text);
	}
}
