/* The command: reads everything, joins it, prints it. */
#include "command/trace.h"

#include "base/page.h"
#include "base/warn.h"
#include "base/when.h"
#include "command.h"
#include "command/follow.h"
#include "explain/advice.h"
#include "explain/outcome.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NGINX_LOG "/var/log/nginx/error.log"

static const char usage[] =
	"Usage: fpmsentinel trace [OPTION]... [FILE]...\n"
	"Explains each PHP-FPM failure in nginx's error log: what happened, where, how sure that is and what to change.\n"
	"\n"
	"Input (options may be repeated, in any order; .gz is decompressed, - is standard input):\n"
	"  -n, --nginx FILE      nginx's error log; so is a FILE without an option\n"
	"  -r, --records FILE    fpmsentinel's records; other lines are skipped\n"
	"  -a, --access FILE     nginx's access log, as JSON or `combined`: what the client got\n"
	"  -p, --fpm-log FILE    PHP-FPM's own log, as further evidence\n"
	"Default: " NGINX_LOG ", with records from\n"
	FPS_RECORDS_LOG " if it exists.\n"
	"Selection and output:\n"
	"  -s, --since TIME      \"2026-11-25 06:55\", 06:55 (today), 2h (ago), @EPOCH; a Z at the end is UTC\n"
	"  -u, --until TIME\n"
	"  -o, --only CAUSE      only incidents of this cause; may be repeated\n"
	"  -x, --unexplained     only incidents that nothing explains\n"
	"  -f, --format FORMAT   text, json or ndjson (one object per line)\n"
	"  -F, --follow          start at the end of the log, or at --since, and keep reading until interrupted; text\n"
	"                        or ndjson. Log rotation is followed\n"
	"  -h, --help\n"
	"\n"
	"Times in nginx's log are read in the local time zone; set TZ for logs from elsewhere.\n"
	"Exit status: 0 all is explained, 1 something is not, 2 wrong usage or something could not be read.\n";

static bool complain(const char *what, const char *value)
{
	fps_warn("fpmsentinel trace: %s: %s", what, value);
	fputs("Try 'fpmsentinel trace --help'.\n", stderr);
	return false;
}

static bool set_format(struct fps_trace *trace, const char *name)
{
	static const char *const names[] = {"text", "json", "ndjson"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			trace->printer.format = (enum fps_format) i;
			return true;
		}
	}
	return complain("no such format", name);
}

static bool set_only(struct fps_trace *trace, const char *cause)
{
	if (!fps_advice_knows(cause)) {
		return complain("no such cause", cause);
	}
	if (trace->options.only_count == sizeof(trace->options.only) / sizeof(trace->options.only[0])) {
		return complain("too many causes", cause);
	}
	trace->options.only[trace->options.only_count++] = cause;
	return true;
}

static bool set_option(struct fps_trace *trace, int option, const char *value)
{
	switch (option) {
		case 'n': fps_files_add(&trace->options.nginx, value); return true;
		case 'r': fps_files_add(&trace->options.records, value); return true;
		case 'a': fps_files_add(&trace->options.access, value); return true;
		case 'p': fps_files_add(&trace->options.fpm, value); return true;
		case 'o': return set_only(trace, value);
		case 'f': return set_format(trace, value);
		case 'x': trace->options.unexplained = true; return true;
		case 'F': trace->options.follow = true; return true;
		case 's':
			return fps_when_parse(value, (int64_t) time(NULL), &trace->known.incidents.since) || complain("no such time", value);
		case 'u':
			return fps_when_parse(value, (int64_t) time(NULL), &trace->known.incidents.until) || complain("no such time", value);
		default:
			fputs("Try 'fpmsentinel trace --help'.\n", stderr);
			return false;
	}
}

/* What this machine has, where nothing else is asked for: other logs have other records. */
static void set_defaults(struct fps_trace *trace)
{
	if (trace->options.nginx.count > 0) {
		return;
	}
	fps_files_add_usual(&trace->options.nginx, NGINX_LOG);
	if (trace->options.records.count == 0 && (trace->options.follow || access(FPS_RECORDS_LOG, F_OK) == 0)) { /* what is followed may come later */
		fps_files_add_usual(&trace->options.records, FPS_RECORDS_LOG);
	}
}

static bool parse_arguments(struct fps_trace *trace, int argc, char **argv)
{
	static const struct option options[] = {
		{"nginx", required_argument, NULL, 'n'}, {"records", required_argument, NULL, 'r'},
		{"access", required_argument, NULL, 'a'}, {"fpm-log", required_argument, NULL, 'p'},
		{"since", required_argument, NULL, 's'}, {"until", required_argument, NULL, 'u'},
		{"only", required_argument, NULL, 'o'}, {"unexplained", no_argument, NULL, 'x'},
		{"format", required_argument, NULL, 'f'}, {"follow", no_argument, NULL, 'F'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	static char name[] = "fpmsentinel trace";
	int option;

	argv[0] = name; /* in getopt's own messages */
	while ((option = getopt_long(argc, argv, "n:r:a:p:s:u:o:xf:Fh", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			exit(FPS_EXIT_EXPLAINED);
		}
		if (!set_option(trace, option, optarg)) {
			return false;
		}
	}
	for (int i = optind; i < argc; i++) {
		fps_files_add(&trace->options.nginx, argv[i]);
	}
	if (trace->options.follow && trace->printer.format == FPS_FORMAT_JSON) {
		return complain("--follow has no end", "take --format=ndjson in place of json");
	}
	if (trace->options.follow && trace->known.incidents.until) {
		return complain("--follow has no end", "leave out --until");
	}
	set_defaults(trace);
	return true;
}

/* Reads everything that can be read; false if something could not. */
static bool read_all(struct fps_trace *trace)
{
	bool good = true;
	size_t i;

	for (i = 0; i < trace->options.nginx.count; i++) {
		good = fps_incidents_read(&trace->known.incidents, trace->options.nginx.names[i], trace->options.nginx.usual) && good;
	}
	for (i = 0; i < trace->options.records.count; i++) {
		good = fps_records_read(&trace->known.records, trace->options.records.names[i], trace->options.records.usual) && good;
	}
	for (i = 0; i < trace->options.fpm.count; i++) {
		good = fps_fpmlog_read(&trace->known.fpm_log, trace->options.fpm.names[i]) && good;
	}
	fps_explain_sort(&trace->known);
	for (i = 0; i < trace->options.access.count; i++) {
		good = fps_outcome_read(&trace->known.answers, trace->options.access.names[i]) && good;
	}
	return good;
}

static bool is_selected(const struct fps_trace_options *options, const struct fps_verdict *verdict)
{
	if (options->unexplained) {
		return !fps_verdict_is_explained(verdict);
	}
	for (size_t i = 0; i < options->only_count; i++) {
		if (strcmp(options->only[i], verdict->cause) == 0) {
			return true;
		}
	}
	return options->only_count == 0;
}

void fps_trace_print(struct fps_trace *trace, size_t number, const struct fps_joined *joined)
{
	const struct fps_incident *incident = &trace->known.incidents.all[number];
	struct fps_verdict verdict = fps_verdict_reach(incident, &joined->matches[number], &joined->evidence);

	trace->some_unexplained = trace->some_unexplained || !fps_verdict_is_explained(&verdict);
	if (is_selected(&trace->options, &verdict)) {
		fps_incident_print(&trace->printer, &(struct fps_explained) {incident, &joined->matches[number], &verdict});
	}
	fps_verdict_free(&verdict);
}

static void warn_of_clock(const char *log, double shift)
{
	fps_warn("fpmsentinel: nginx's log is %.0f s %s %s: another clock or time zone, which has been allowed for", fabs(shift),
		shift > 0 ? "ahead of" : "behind", log);
}

static void print_all(struct fps_trace *trace)
{
	struct fps_joined joined = fps_explain_join(&trace->known);

	for (size_t i = 0; i < trace->known.incidents.count; i++) {
		fps_trace_print(trace, i, &joined);
	}
	if (fabs(joined.evidence.shift) > 0) {
		warn_of_clock("the records", joined.evidence.shift);
	}
	for (size_t i = 0; i < trace->known.fpm_log.log_count; i++) {
		if (fabs(joined.evidence.clocks[i].shift) > 0) {
			warn_of_clock(*trace->known.fpm_log.logs[i].name ? trace->known.fpm_log.logs[i].name : "FPM's log", joined.evidence.clocks[i].shift);
		}
	}
	fps_explain_release(&joined);
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
		perror("fpmsentinel: standard output");
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
}

static int run(int argc, char **argv)
{
	struct fps_trace trace = {.printer = {.out = stdout, .style = fps_page_style(stdout)}};
	bool good;

	if (!parse_arguments(&trace, argc, argv)) {
		return FPS_EXIT_TROUBLE;
	}
	fps_files_settle(&trace.options.nginx);
	fps_files_settle(&trace.options.records);
	fps_files_settle(&trace.options.access);
	fps_files_settle(&trace.options.fpm);
	if (trace.options.follow) {
		good = fps_follow(&trace);
	} else {
		good = read_all(&trace);
		print_all(&trace);
	}
	good = finish(&trace) && good;
	release(&trace);
	if (!good) {
		return FPS_EXIT_TROUBLE;
	}
	return trace.some_unexplained ? FPS_EXIT_UNEXPLAINED : FPS_EXIT_EXPLAINED;
}

const struct fps_command fps_command_trace = {"trace", "explain each PHP-FPM failure in nginx's error log", run};
