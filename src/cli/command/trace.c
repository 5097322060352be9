/* The command: reads everything, joins it, prints it. */
#include "command/trace.h"

#include "base/page.h"
#include "base/trusted.h"
#include "base/warn.h"
#include "base/when.h"
#include "command.h"
#include "command/follow.h"
#include "explain/advice.h"
#include "log/accessformat.h"
#include "output/tally.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ACCESS_FORMAT = 256 };

static const char usage[] =
	"Usage: fpmsentinel trace [OPTION]... [FILE]...\n"
	"Explains each PHP-FPM failure in the web server's error log: what happened, where, how sure that is and what to\n"
	"change.\n"
	"\n"
	"Input: any log, in any order, plain or compressed, a folder, or - for standard input. What a line is, and who "
	"wrote\n"
	"it, is recognised: error and access logs of nginx and Apache, PHP-FPM's log and slow log, fpmsentinel's records,\n"
	"the kernel's log and the journal, from files, compose, Kubernetes, syslog or an export, one by one or mixed.\n"
	"Default: these logs in their usual places, with what rotation has made of them.\n"
	"These say what a FILE is, where that matters; they may be repeated:\n"
	"  -n, --nginx FILE      nginx's error log\n"
	"  -r, --records FILE    fpmsentinel's records\n"
	"  -a, --access FILE     an access log: what the client got\n"
	"  -p, --fpm-log FILE    PHP-FPM's own log\n"
	"  --access-format FORMAT  as log_format of nginx or LogFormat of Apache has it, where an access log is neither\n"
	"                        common, combined, with a virtual host before it, nor JSON; may be repeated\n"
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
	"What was read, and what was not used or not understood, is reported on standard error at the end.\n"
	"Times without a zone are read in the local time zone; set TZ for logs from elsewhere.\n"
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
		case 'n': fps_files_add(&trace->options.files, value, FPS_ENTRY_NGINX); return true;
		case 'r': fps_files_add(&trace->options.files, value, FPS_ENTRY_RECORD); return true;
		case 'a': fps_files_add(&trace->options.files, value, FPS_ENTRY_ACCESS); return true;
		case 'p': fps_files_add(&trace->options.files, value, FPS_ENTRY_FPM); return true;
		case ACCESS_FORMAT:
			return fps_accessformat_add(value) || complain("no status or no request in this format", value);
		case 'o': return set_only(trace, value);
		case 'f': return set_format(trace, value);
		case 'x': trace->options.unexplained = true; return true;
		case 'F': trace->options.follow = true; return true;
		case 's':
			return fps_when_parse(value, (int64_t) time(NULL), &trace->known.incidents.since)
				|| complain("no such time", value);
		case 'u':
			return fps_when_parse(value, (int64_t) time(NULL), &trace->known.incidents.until)
				|| complain("no such time", value);
		default: fputs("Try 'fpmsentinel trace --help'.\n", stderr); return false;
	}
}

/* What this machine has, where nothing else is asked for: other logs have other records. */
static void set_defaults(struct fps_trace *trace)
{
	if (trace->options.files.count > 0) {
		return;
	}
	trace->options.are_usual = true;
	if (trace->options.follow) { /* what is followed may come later */
		fps_files_add_followed(&trace->options.files);
	} else {
		fps_files_add_all_usual(&trace->options.files);
	}
}

static bool parse_arguments(struct fps_trace *trace, int argc, char **argv)
{
	static const struct option options[] = {
		{"nginx", required_argument, NULL, 'n'},
		{"records", required_argument, NULL, 'r'},
		{"access", required_argument, NULL, 'a'},
		{"fpm-log", required_argument, NULL, 'p'},
		{"since", required_argument, NULL, 's'},
		{"until", required_argument, NULL, 'u'},
		{"only", required_argument, NULL, 'o'},
		{"unexplained", no_argument, NULL, 'x'},
		{"format", required_argument, NULL, 'f'},
		{"follow", no_argument, NULL, 'F'},
		{"access-format", required_argument, NULL, ACCESS_FORMAT},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
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
		fps_files_add(&trace->options.files, argv[i], FPS_ENTRY_KINDS);
	}
	if (trace->options.follow && trace->printer.format == FPS_FORMAT_JSON) {
		return complain("--follow has no end", "take --format=ndjson in place of json");
	}
	if (trace->options.follow && trace->known.incidents.until) {
		return complain("--follow has no end", "leave out --until");
	}
	if (trace->options.follow && trace->options.files.folder) {
		return complain("a folder can't be followed; name the logs in it", trace->options.files.folder);
	}
	set_defaults(trace);
	return true;
}

/* Reads everything that can be read; false if something could not. */
static bool read_all(struct fps_trace *trace)
{
	const struct fps_files *files = &trace->options.files;
	bool good = true;

	for (size_t i = 0; i < files->count; i++) {
		good = fps_reader_read(&trace->reader, &files->all[i]) && good;
	}
	fps_explain_sort(&trace->known);
	fps_explain_expect(&trace->known);
	good = fps_reader_read_access(&trace->reader, files) && good;
	if (files->count == 0) {
		fps_warn("fpmsentinel trace: no logs in the usual places: name them");
	}
	return good && files->count > 0;
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
	fps_warn("fpmsentinel: nginx's log is %.0f s %s %s: another clock or time zone, which has been allowed for",
		fabs(shift), shift > 0 ? "ahead of" : "behind", log);
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
			warn_of_clock(*trace->known.fpm_log.logs[i].name ? trace->known.fpm_log.logs[i].name : "FPM's log",
				joined.evidence.clocks[i].shift);
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
	fps_reader_free(&trace->reader);
	fps_files_free(&trace->options.files);
}

/* Failures that were seen and are none of PHP-FPM's are not "all is explained". */
static int exit_status(const struct fps_trace *trace, bool good)
{
	if (!good) {
		return FPS_EXIT_TROUBLE;
	}
	return trace->some_unexplained || trace->reader.tally.uses[FPS_USE_FOREIGN] ? FPS_EXIT_UNEXPLAINED
																				: FPS_EXIT_EXPLAINED;
}

static int run(int argc, char **argv)
{
	struct fps_trace trace = {.printer = {.out = stdout, .style = fps_page_style(stdout)}};
	int status;
	bool good;

	trace.reader.take = fps_explain_take;
	trace.reader.to = &trace.known;
	trace.printer.tally = &trace.reader.tally;
	if (!parse_arguments(&trace, argc, argv)) {
		return FPS_EXIT_TROUBLE;
	}
	fps_files_settle(&trace.options.files);
	if (trace.options.follow) {
		good = fps_follow(&trace);
	} else {
		good = read_all(&trace);
		print_all(&trace);
	}
	good = finish(&trace) && good;
	fps_trusted_complain();
	if (!trace.options.follow) {
		fps_tally_print(&trace.reader.tally);
	}
	status = exit_status(&trace, good);
	release(&trace);
	return status;
}

const struct fps_command fps_command_trace = {
	"trace", "explain each PHP-FPM failure in the web server's error log", run};
