/*
 * A run of `fpmsentinel trace`: its options and its state, and how it prints the incidents that the options select.
 */
#ifndef FPS_TRACEOUTPUT_H
#define FPS_TRACEOUTPUT_H

#include "command/configoptions.h"
#include "command/selection.h"
#include "explain/explain.h"
#include "explain/grouping.h"
#include "log/logreader.h"
#include "output/incident_printer.h"

struct fps_trace_options {
	struct fps_files files;
	bool are_usual; /* nobody has named any */
	struct fps_selection selection;
	bool unexplained, follow;
	bool every;  /* incident is printed, however many there are */
	bool config; /* this machine's, if `of` names none */
	struct fps_configoptions_options of;
};

struct fps_trace {
	struct fps_trace_options options;
	struct fps_logreader reader;
	struct fps_known known;
	struct fps_printer printer;
	struct fps_configoptions configuration;
	struct fps_incident_settings advised;
	struct fps_occurrence *selected; /* incidents that are grouped, or summed up, when all are known */
	size_t selected_count;
	bool groups, sums_up; /* whether they are */
	bool some_unexplained;
};

/* Reaches the verdict on the incident of that number, and prints it if the options select it. */
void fps_traceoutput_print(struct fps_trace *trace, size_t number, const struct fps_joined *joined);

/* Prints all selected incidents, in the order that the options ask for. */
void fps_traceoutput_print_selected(struct fps_trace *trace, const struct fps_joined *joined);

#endif
