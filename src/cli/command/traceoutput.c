/* How `fpmsentinel trace` prints the incidents that the options select. */
#include "command/traceoutput.h"

#include "base/alloc.h"

#include <stdlib.h>

static void report(struct fps_trace *trace, const struct fps_explained *explained, size_t number)
{
	if (trace->groups) {
		FPS_ALLOC_APPEND(trace->selected, trace->selected_count) = fps_grouping_of_incident(explained, number);
	}
	if (trace->sums_up) {
		fps_incident_printer_count(&trace->printer, explained->verdict);
	} else {
		fps_incident_printer_print(&trace->printer, explained);
	}
}

/* Reaches the verdict on an incident; whether it may be selected. */
static bool judge(struct fps_trace *trace, size_t number, const struct fps_joined *joined, struct fps_verdict *verdict,
	struct fps_occurrence *occurrence)
{
	const struct fps_incident *incident = &trace->known.incidents.all[number];
	const struct fps_match *match = &joined->matches[number];
	bool is_explained;

	*verdict = fps_verdict_reach(incident, match, &joined->evidence);
	*occurrence = fps_grouping_of_incident(&(struct fps_explained) {incident, match, verdict}, number);
	is_explained = fps_verdict_is_explained(verdict);
	trace->some_unexplained = trace->some_unexplained || !is_explained;
	return !is_explained || !trace->options.unexplained;
}

void fps_traceoutput_print(struct fps_trace *trace, size_t number, const struct fps_joined *joined)
{
	struct fps_verdict verdict;
	struct fps_occurrence occurrence;
	bool is_selected = judge(trace, number, joined, &verdict, &occurrence);

	if (is_selected && fps_selection_matches(&trace->options.selection, &occurrence)) {
		report(trace, &(struct fps_explained) {occurrence.incident, occurrence.match, &verdict}, number);
	}
	fps_verdict_free(&verdict);
}

void fps_traceoutput_print_selected(struct fps_trace *trace, const struct fps_joined *joined)
{
	size_t count = trace->known.incidents.count, judged = 0;
	struct fps_occurrence *all = fps_alloc(count + 1, sizeof(*all)), occurrence;
	struct fps_verdict verdict;

	for (size_t i = 0; i < count; i++) {
		if (judge(trace, i, joined, &verdict, &occurrence)) {
			all[judged++] = occurrence;
		}
		fps_verdict_free(&verdict);
	}
	count = fps_selection_choose(&trace->options.selection, all, judged);
	for (size_t i = 0; i < count; i++) {
		judge(trace, all[i].number, joined, &verdict, &occurrence);
		report(trace, &(struct fps_explained) {all[i].incident, all[i].match, &verdict}, all[i].number);
		fps_verdict_free(&verdict);
	}
	free(all);
}
