/*
 * `fpmsentinel trace`: each failure in nginx's error log with its cause.
 */
#ifndef FPS_TRACE_H
#define FPS_TRACE_H

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
void fps_trace_print(struct fps_trace *trace, size_t number, const struct fps_joined *joined);

#endif
