/* Defects first, then one incident of each. */
#include "command/tracesummary.h"

#include "base/alloc.h"
#include "output/defect.h"

#include <stdlib.h>
#include <string.h>

/* More incidents than that are summed up, and no more defects are shown; lines below that, and what follows. */
enum { MOST = 20, MOST_LINES = 148, NARROW = 60 };

/* What is shown, and how. */
struct view {
	FILE *out;
	struct fps_style style;
	struct fps_trace *trace;
	const struct fps_joined *joined;
	enum fps_incident_detail detail;
};

/* They have been counted. */
static void show(const struct view *view, size_t number)
{
	const struct fps_incident *incident = &view->trace->known.incidents.all[number];
	const struct fps_match *match = &view->joined->matches[number];
	struct fps_verdict verdict = fps_verdict_reach(incident, match, &view->joined->evidence);

	fps_incident_text(view->out, &view->style, &(struct fps_explained) {incident, match, &verdict},
		view->trace->printer.advised, view->detail);
	fps_verdict_free(&verdict);
}

/* The name of a defect, and the command for all of it, on one line if that is wide enough. */
static void show_name(const struct view *view, const struct fps_defect *defect)
{
	char *count = fps_alloc_format(", one of %zu; all of them:", defect->count),
		 *command = fps_alloc_format(
			 "fpmsentinel list --defect %s%s", defect->name.text, view->trace->options.are_usual ? "" : " FILE...");
	bool fits = strlen(defect->name.text) + strlen(count) + 1 + strlen(command) <= view->style.width;

	fputs(fps_terminal_colour(&view->style, FPS_TERMINAL_BOLD), view->out);
	fps_terminal_print(view->out, defect->name.text);
	fputs(fps_terminal_colour(&view->style, FPS_TERMINAL_PLAIN), view->out);
	if (defect->count > 1) {
		fprintf(view->out, "%s%s", count, fits ? " " : "\n");
		fps_terminal_print(view->out, command);
	}
	putc('\n', view->out);
	free(count);
	free(command);
}

static void show_defects(const struct view *view, const struct fps_defects *defects)
{
	size_t count = view->trace->selected_count, shown = defects->count < MOST ? defects->count : MOST;
	const char *files = view->trace->options.are_usual ? "" : " FILE...";

	fprintf(view->out, "%zu incidents, %zu defect%s\n\n", count, defects->count, defects->count == 1 ? "" : "s");
	fps_defect_text(view->out, &view->style, defects, MOST, NULL);
	putc('\n', view->out);
	for (size_t i = 0; i < shown; i++) {
		show_name(view, &defects->all[i]);
		show(view, defects->all[i].example->number);
	}
	if (view->detail != FPS_INCIDENT_FULL) {
		fprintf(view->out, "All of one, with evidence: `fpmsentinel info DEFECT%s`\n", files);
	}
	if (count > shown) {
		fprintf(view->out, "%zu more, shown by `fpmsentinel trace --all`\n", count - shown);
	}
}

static size_t count_lines(const struct view *view, const struct fps_defects *defects)
{
	struct view measured = *view;
	char *text = NULL;
	size_t size, lines = 0;

	measured.out = open_memstream(&text, &size);
	measured.style.width = NARROW;
	if (measured.out) {
		show_defects(&measured, defects);
		fclose(measured.out);
	}
	for (const char *at = text; at && (at = strchr(at, '\n')) != NULL; at++) {
		lines++;
	}
	free(text);
	return lines;
}

/* As much of each as makes MOST_LINES on the narrowest terminal, so that each terminal and a pipe have the same. */
static void show_what_fits(struct view *view, const struct fps_defects *defects)
{
	while (view->detail < FPS_INCIDENT_CHANGE && count_lines(view, defects) > MOST_LINES) {
		view->detail++;
	}
	show_defects(view, defects);
}

void fps_tracesummary_print(struct fps_trace *trace, const struct fps_joined *joined)
{
	struct view view = {.out = trace->printer.out, .style = trace->printer.style, .trace = trace, .joined = joined};
	struct fps_defects defects = {NULL, 0};
	size_t count = trace->selected_count;

	if (!trace->sums_up || count > MOST) {
		defects = fps_defect_group(trace->selected, count, &trace->known.records);
	}
	if (!trace->sums_up) {
		trace->printer.defects = fps_defect_json(&defects, "incidents", NULL);
	} else if (count > MOST) {
		show_what_fits(&view, &defects);
	} else {
		for (size_t i = 0; i < count; i++) {
			show(&view, trace->selected[i].number);
		}
	}
	fps_defect_free(&defects);
}
