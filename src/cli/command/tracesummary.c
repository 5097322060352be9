/* Defects first, then one incident of each. */
#include "command/tracesummary.h"

#include "base/alloc.h"
#include "output/defect.h"

#include <stdlib.h>
#include <string.h>

/* More incidents than that are summed up, and no more defects are shown. */
enum { MOST = 20 };

/* They have been counted. */
static void show(struct fps_trace *trace, size_t number, const struct fps_joined *joined)
{
	const struct fps_incident *incident = &trace->known.incidents.all[number];
	const struct fps_match *match = &joined->matches[number];
	struct fps_verdict verdict = fps_verdict_reach(incident, match, &joined->evidence);

	fps_incident_text(trace->printer.out, &trace->printer.style, &(struct fps_explained) {incident, match, &verdict},
		trace->printer.advised);
	fps_verdict_free(&verdict);
}

/* The name of a defect, and the command for all of it, on one line if that is wide enough. */
static void show_name(struct fps_trace *trace, const struct fps_defect *defect)
{
	const struct fps_style *style = &trace->printer.style;
	FILE *out = trace->printer.out;
	char *count = fps_alloc_format(", one of %zu; all of them:", defect->count),
		 *command = fps_alloc_format(
			 "fpmsentinel list --defect %s%s", defect->name.text, trace->options.are_usual ? "" : " FILE...");
	bool fits = strlen(defect->name.text) + strlen(count) + 1 + strlen(command) <= style->width;

	fputs(fps_terminal_colour(style, FPS_TERMINAL_BOLD), out);
	fps_terminal_print(out, defect->name.text);
	fputs(fps_terminal_colour(style, FPS_TERMINAL_PLAIN), out);
	if (defect->count > 1) {
		fprintf(out, "%s%s", count, fits ? " " : "\n");
		fps_terminal_print(out, command);
	}
	putc('\n', out);
	free(count);
	free(command);
}

static void show_defects(
	struct fps_trace *trace, const struct fps_defects *defects, size_t count, const struct fps_joined *joined)
{
	FILE *out = trace->printer.out;
	size_t shown = defects->count < MOST ? defects->count : MOST;

	fprintf(out, "%zu incidents, %zu defect%s\n\n", count, defects->count, defects->count == 1 ? "" : "s");
	fps_defect_text(out, &trace->printer.style, defects, MOST, NULL);
	putc('\n', out);
	for (size_t i = 0; i < shown; i++) {
		show_name(trace, &defects->all[i]);
		show(trace, defects->all[i].example->number, joined);
	}
	if (count > shown) {
		fprintf(out, "%zu more, shown by `fpmsentinel trace --all`\n", count - shown);
	}
}

void fps_tracesummary_print(struct fps_trace *trace, const struct fps_joined *joined)
{
	struct fps_defects defects = {NULL, 0};
	size_t count = trace->selected_count;

	if (!trace->sums_up || count > MOST) {
		defects = fps_defect_group(trace->selected, count, &trace->known.records);
	}
	if (!trace->sums_up) {
		trace->printer.defects = fps_defect_json(&defects, "incidents", NULL);
	} else if (count > MOST) {
		show_defects(trace, &defects, count, joined);
	} else {
		for (size_t i = 0; i < count; i++) {
			show(trace, trace->selected[i].number, joined);
		}
	}
	fps_defect_free(&defects);
}
