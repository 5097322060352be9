/* Findings as text. */
#include "base/alloc.h"
#include "base/terminal.h"
#include "output/finding_text.h"
#include "output/findings.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INDENT = FPS_FINDING_INDENT, MOST_LINES = 40, SHOWN_UNSEEN = 3 };

/* The first one that fits on MOST_LINES lines is used, or the last one. */
static const struct fps_finding_layout layouts[] = {
	{.open = true, .reasons = true},
	{.reasons = true},
	{.reasons = true, .long_lines = true},
	{.long_lines = true},
};

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
static void write_plan(FILE *out, const struct fps_doctor *doctor, bool in_full)
{
	bool nginx = doctor->tried.nginx == FPS_CONFIGTEST_TAKEN, fpm = doctor->tried.fpm == FPS_CONFIGTEST_TAKEN;
	char *pages = find_pages();

	fputs("\nThe fixes fit together", out);
	if (nginx || fpm) {
		fprintf(out, ", and %s%s%s accept%s them", nginx ? "nginx -t" : "", nginx && fpm ? " and " : "",
			fpm ? "php-fpm -t" : "", nginx && fpm ? "" : "s");
	}
	fputs(": follow all of them, or apply --diff.\n", out);
	fprintf(out, "%sEach rule has a page, RULE.md in %s.\n", in_full ? "" : "-v shows all reasons and places. ", pages);
	fputs("Causes of lost requests have theirs in fpmsentinel explain CAUSE.\n", out);
	free(pages);
}

static void write_unseen(FILE *out, const struct fps_style *style, const struct fps_server *server, bool in_full)
{
	size_t shown = in_full || server->unseen_count <= SHOWN_UNSEEN ? server->unseen_count : SHOWN_UNSEEN;

	for (size_t i = 0; i < shown; i++) {
		fputs("not looked at: ", out);
		fps_terminal_wrap(out, style, INDENT, server->unseen[i]);
	}
	if (shown < server->unseen_count) {
		fprintf(out, "not looked at: %zu more, which -v lists\n", server->unseen_count - shown);
	}
}

static void write_all(
	FILE *out, const struct fps_style *style, const struct fps_finding_layout *layout, const struct fps_doctor *doctor)
{
	const struct fps_findings *findings = &doctor->findings;

	write_summary(out, findings);
	for (size_t i = 0; i < findings->count; i++) {
		const struct fps_rule *rule = findings->all[i].rule, *above = i ? findings->all[i - 1].rule : NULL;

		if (!layout->open && (above == NULL || above->severity != rule->severity)) {
			putc('\n', out);
		}
		fps_finding_text(out, style, layout, &findings->all[i], rule != above);
	}
	if (findings->count) {
		write_plan(out, doctor, layout->whole);
	}
	write_unseen(out, style, doctor->server, layout->whole);
}

/* The whole text in that layout; the caller frees it. */
static char *compose(
	const struct fps_style *style, const struct fps_finding_layout *layout, const struct fps_doctor *doctor)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out) {
		write_all(out, style, layout, doctor);
		fclose(out);
	}
	return text ? text : fps_alloc_format("%s", "");
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	while ((text = strchr(text, '\n')) != NULL) {
		text++;
		count++;
	}
	return count;
}

void fps_findings_text(FILE *out, const struct fps_style *style, const struct fps_doctor *doctor, bool in_full)
{
	const struct fps_finding_layout full = {.open = true, .whole = true}, *layout = in_full ? &full : layouts;
	char *text = compose(style, layout, doctor);

	for (size_t i = 1; !in_full && i < sizeof layouts / sizeof layouts[0] && count_lines(text) > MOST_LINES; i++) {
		free(text);
		text = compose(style, &layouts[i], doctor);
	}
	fputs(text, out);
	free(text);
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
