/* The command: the page of a cause, or what a line of a log means by itself. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/nearest.h"
#include "base/pager.h"
#include "base/terminal.h"
#include "base/warn.h"
#include "command.h"
#include "command/explainline.h"
#include "output/causepages.h"
#include "output/incident_printer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 28 };

struct options {
	struct fps_options_list words;
	enum fps_format format;
};

static const char *const formats[] = {"text", "json", NULL};

static const struct fps_option rows[] = {
	{'f', "format", NULL, formats, "readable text, or JSON", NULL, offsetof(struct options, format)},
	FPS_PAGER_ROW,
	{.argument = "CAUSE", .set = fps_options_list, .offset = offsetof(struct options, words)},
	FPS_OPTIONS_END,
};

/* The names of the pages. */
static void suggest(FILE *out, const char *argument, const char *current, int count, char *const *words)
{
	const struct fps_causepage *page;

	(void) words;
	for (size_t i = 0; strcmp(argument, "CAUSE") == 0 && count < 2 && (page = fps_causepages_at(i)) != NULL; i++) {
		fps_options_offer(out, current, page->name, page->words ? page->words : "the server that recipes run on");
	}
}

static void print_list(FILE *out, const struct fps_style *style, bool as_json)
{
	const struct fps_causepage *page;

	if (as_json) {
		fps_json_print(out, fps_causepages_json(), true);
		return;
	}
	for (size_t i = 0; (page = fps_causepages_at(i)) != NULL; i++) {
		fps_terminal_field(out, style, NAME, page->name, page->words);
	}
	fputs("\n'fpmsentinel explain CAUSE' explains one of them.\n", out);
}

/* The word is none: those that begin so, or the nearest one and all there are. */
static int refuse(const char *word)
{
	const struct fps_style style = fps_terminal_style(stderr);
	struct fps_nearest nearest = FPS_NEAREST(word);
	const struct fps_causepage *page;
	char *names = NULL, *all = NULL, *hint;

	for (size_t i = 0; (page = fps_causepages_at(i)) != NULL; i++) {
		char **list = fps_causepages_begins(page, word) ? &names : &all;

		fps_nearest_try(&nearest, page->name);
		fps_alloc_append(list, "%s%s", *list ? ", " : "", page->name);
	}
	hint = fps_nearest_hint(&nearest, "");
	fps_warn("%s cause: %s%s; use one of", names ? "ambiguous" : "unknown", word, names ? "" : hint);
	fputs("  ", stderr);
	fps_terminal_wrap(stderr, &style, 2, names ? names : all);
	free(hint);
	free(names);
	free(all);
	return FPS_EXIT_TROUBLE;
}

/* A line in quotes is one argument, and one without is many. The caller frees it. */
static char *join(const struct fps_options_list *words)
{
	char *text = NULL;

	for (size_t i = 0; i < words->count; i++) {
		fps_alloc_append(&text, "%s%s", i ? " " : "", words->all[i]);
	}
	return text;
}

static int explain(const char *text, bool as_json)
{
	const struct fps_style style = fps_terminal_style(stdout);
	const struct fps_causepage *page = fps_causepages_find(text);
	int status;

	if (page && as_json) {
		fps_json_print(stdout, fps_causepages_json_of(page), true);
		return FPS_EXIT_EXPLAINED;
	}
	if (page) {
		fps_causepages_print(stdout, &style, page);
		return FPS_EXIT_EXPLAINED;
	}
	status = fps_explainline_text(text, as_json);
	if (status >= 0) {
		return status;
	}
	if (strpbrk(text, " \t\n") == NULL) {
		return refuse(text);
	}
	fps_warn("no line of a log that fpmsentinel knows; 'fpmsentinel explain' lists the causes");
	return FPS_EXIT_TROUBLE;
}

static int run(void *parsed)
{
	struct options *options = parsed;
	const struct fps_style style = fps_terminal_style(stdout);
	bool as_json = options->format == FPS_FORMAT_JSON;
	int status = FPS_EXIT_EXPLAINED;
	char *text = join(&options->words);

	fps_pager_begin();
	if (text == NULL) {
		print_list(stdout, &style, as_json);
	} else {
		status = strcmp(text, "-") == 0 ? fps_explainline_input(as_json) : explain(text, as_json);
	}
	free(text);
	free(options->words.all);
	return fflush(stdout) == 0 ? status : FPS_EXIT_TROUBLE;
}

const struct fps_command fps_command_explain = {
	.name = "explain",
	.summary = "explain a cause, or what a line of a log means",
	.usage = "[OPTION]... [CAUSE | 'LINE OF A LOG' | -]",
	.about = "Explains a cause: what it is, what nginx, Apache, the client and PHP-FPM's log show, how it is "
			 "recognised, what to do, what does not help, and how to reproduce it on a test server. Without an "
			 "argument it lists the causes.",
	.options = rows,
	.suggest = suggest,
	.notes = {"A CAUSE may be abbreviated, or be the name of a defect. A line of a log, in quotes or on standard input "
			  "(-), is explained as far as it says anything by itself; fpmsentinel trace reads whole logs.",
		"Exit status: 0 explained, 1 the line alone leaves the cause open, 2 unknown cause, usage error or unreadable "
		"input."},
	.size = sizeof(struct options),
	.run = run,
};
