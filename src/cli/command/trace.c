/* The command: reads everything, joins it, prints it. */
#include "command/trace.h"

#include "base/page.h"
#include "base/warn.h"
#include "command.h"
#include "command/follow.h"
#include "explain/advice.h"
#include "explain/outcome.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NGINX_LOG "/var/log/nginx/error.log"

static const char *const formats[] = {"text", "json", "ndjson", NULL};

static const struct fps_option options[] = {
	{.help = "Input (options may be repeated, in any order; .gz is decompressed, - is standard input):"},
	{'n', "nginx", "FILE", NULL, "nginx's error log; so is a FILE without an option", fps_files_set,
		offsetof(struct fps_trace, options.nginx)},
	{'r', "records", "FILE", NULL, "fpmsentinel's records; other lines are skipped", fps_files_set,
		offsetof(struct fps_trace, options.records)},
	{'a', "access", "FILE", NULL, "nginx's access log, as JSON or `combined`: what the client got", fps_files_set,
		offsetof(struct fps_trace, options.access)},
	{'p', "fpm-log", "FILE", NULL, "PHP-FPM's own log, as further evidence", fps_files_set,
		offsetof(struct fps_trace, options.fpm)},
	{.help = "Default: " NGINX_LOG ", with records from " FPS_RECORDS_LOG " if it exists."},
	{.help = "Selection and output:"},
	{'s', "since", "TIME", NULL, "\"2026-11-25 06:55\", 06:55 (today), 2h (ago), @EPOCH; a Z at the end is UTC",
		fps_options_time, offsetof(struct fps_trace, known.incidents.since)},
	{'u', "until", "TIME", NULL, "the end of that time, in the same formats", fps_options_time,
		offsetof(struct fps_trace, known.incidents.until)},
	{'o', "only", "CAUSE", fps_advice_causes, "only incidents of this cause; may be repeated", fps_options_list,
		offsetof(struct fps_trace, options.only)},
	{'x', "unexplained", NULL, NULL, "only incidents that nothing explains", fps_options_flag,
		offsetof(struct fps_trace, options.unexplained)},
	{'f', "format", NULL, formats, "ndjson has one object per line", NULL, offsetof(struct fps_trace, printer.format)},
	{'F', "follow", NULL, NULL,
		"start at the end of the log, or at --since, and keep reading until interrupted, across log rotation; "
		"text or ndjson",
		fps_options_flag, offsetof(struct fps_trace, options.follow)},
	{.argument = "FILE", .set = fps_files_set, .offset = offsetof(struct fps_trace, options.nginx)},
	FPS_OPTIONS_END,
};

/* What this machine has, where nothing else is asked for: other logs have other records. */
static void set_defaults(struct fps_trace *trace)
{
	if (trace->options.nginx.count > 0) {
		return;
	}
	fps_files_add_usual(&trace->options.nginx, NGINX_LOG);
	if (trace->options.records.count == 0 && (trace->options.follow || access(FPS_RECORDS_LOG, F_OK) == 0)) {
		/* what is followed may come later */
		fps_files_add_usual(&trace->options.records, FPS_RECORDS_LOG);
	}
}

/* Reads everything that can be read; false if something could not. */
static bool read_all(struct fps_trace *trace)
{
	bool good = true;
	size_t i;

	for (i = 0; i < trace->options.nginx.count; i++) {
		good = fps_incidents_read(&trace->known.incidents, trace->options.nginx.names[i], trace->options.nginx.usual)
			&& good;
	}
	for (i = 0; i < trace->options.records.count; i++) {
		good = fps_records_read(&trace->known.records, trace->options.records.names[i], trace->options.records.usual)
			&& good;
	}
	for (i = 0; i < trace->options.fpm.count; i++) {
		good = fps_fpmlog_read(&trace->known.fpm_log, trace->options.fpm.names[i]) && good;
	}
	fps_explain_sort(&trace->known);
	for (i = 0; i < trace->options.access.count; i++) {
		good = fps_outcome_read(&trace->known.incidents, trace->options.access.names[i]) && good;
	}
	return good;
}

static bool is_selected(const struct fps_trace_options *options, const struct fps_incident *incident)
{
	if (options->unexplained) {
		return !fps_verdict_is_explained(incident);
	}
	for (size_t i = 0; i < options->only.count; i++) {
		if (strcmp(options->only.all[i], incident->cause) == 0) {
			return true;
		}
	}
	return options->only.count == 0;
}

void fps_trace_print(struct fps_trace *trace, struct fps_incident *incident, const struct fps_evidence *evidence)
{
	fps_verdict_reach(incident, evidence);
	trace->some_unexplained = trace->some_unexplained || !fps_verdict_is_explained(incident);
	if (is_selected(&trace->options, incident)) {
		fps_incident_print(&trace->printer, incident);
	}
}

static void print_all(struct fps_trace *trace)
{
	const struct fps_evidence evidence = fps_explain_join(&trace->known);

	for (size_t i = 0; i < trace->known.incidents.count; i++) {
		fps_trace_print(trace, &trace->known.incidents.all[i], &evidence);
	}
	if (fabs(evidence.shift) > 0) {
		fps_warn("nginx's log is %.0f s %s the records: another clock or time zone, which has been allowed for",
			fabs(evidence.shift), evidence.shift > 0 ? "ahead of" : "behind");
	}
}

/* What stands behind all incidents. */
static bool finish(struct fps_trace *trace)
{
	fps_incident_finish(&trace->printer);
	if (fflush(stdout) == 0) {
		return true;
	}
	/* who reads what is followed may go at any time */
	if (!trace->options.follow || errno != EPIPE) {
		fps_warn("standard output: %m");
	}
	return trace->options.follow && errno == EPIPE;
}

static void release(struct fps_trace *trace)
{
	fps_explain_free(&trace->known);
	fps_files_free(&trace->options.nginx);
	fps_files_free(&trace->options.records);
	fps_files_free(&trace->options.access);
	fps_files_free(&trace->options.fpm);
	free(trace->options.only.all);
}

static int run(void *parsed)
{
	struct fps_trace *trace = parsed;
	bool good;

	trace->printer.out = stdout;
	trace->printer.style = fps_page_style(stdout);
	if (trace->options.follow && trace->printer.format == FPS_FORMAT_JSON) {
		return fps_command_misuse(&fps_command_trace, "--follow has no end: take --format=ndjson in place of json");
	}
	if (trace->options.follow && trace->known.incidents.until) {
		return fps_command_misuse(&fps_command_trace, "--follow has no end: leave out --until");
	}
	set_defaults(trace);
	fps_files_settle(&trace->options.nginx);
	fps_files_settle(&trace->options.records);
	fps_files_settle(&trace->options.access);
	fps_files_settle(&trace->options.fpm);
	if (trace->options.follow) {
		good = fps_follow(trace);
	} else {
		good = read_all(trace);
		print_all(trace);
	}
	good = finish(trace) && good;
	release(trace);
	if (!good) {
		return FPS_EXIT_TROUBLE;
	}
	return trace->some_unexplained ? FPS_EXIT_UNEXPLAINED : FPS_EXIT_EXPLAINED;
}

const struct fps_command fps_command_trace = {
	.name = "trace",
	.summary = "explain each PHP-FPM failure in nginx's error log",
	.usage = "[OPTION]... [FILE]...",
	.about = "Explains each PHP-FPM failure in nginx's error log: what happened, where, how sure that is and what to "
			 "change.",
	.options = options,
	.notes = {"Times in nginx's log are read in the local time zone; set TZ for logs from elsewhere.",
		"Exit status: 0 all is explained, 1 something is not, 2 wrong usage or something could not be read."},
	.size = sizeof(struct fps_trace),
	.run = run,
};
