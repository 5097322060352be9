/* The command: reads everything, joins it, tells of it. */
#include "command/trace.h"

#include "log/accesslog.h"
#include "explain/advice.h"
#include "command/follow.h"
#include "base/when.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
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
	fps_text_warn("fpmsentinel trace: %s: %s", what, value);
	fputs("Try 'fpmsentinel trace --help'.\n", stderr);
	return false;
}

static bool set_format(struct fps_trace *trace, const char *name)
{
	static const char *const names[] = {"text", "json", "ndjson"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			trace->format = (enum fps_format) i;
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
	if (trace->only_count == sizeof(trace->only) / sizeof(trace->only[0])) {
		return complain("too many causes", cause);
	}
	trace->only[trace->only_count++] = cause;
	return true;
}

static bool set_option(struct fps_trace *trace, int option, const char *value)
{
	switch (option) {
		case 'n': fps_files_add(&trace->nginx, value); return true;
		case 'r': fps_files_add(&trace->records, value); return true;
		case 'a': fps_files_add(&trace->access, value); return true;
		case 'p': fps_files_add(&trace->fpm, value); return true;
		case 'o': return set_only(trace, value);
		case 'f': return set_format(trace, value);
		case 'x': trace->unexplained = true; return true;
		case 'F': trace->follow = true; return true;
		case 's':
			return fps_when_parse(value, (int64_t) time(NULL), &trace->incidents.since) || complain("no such time", value);
		case 'u':
			return fps_when_parse(value, (int64_t) time(NULL), &trace->incidents.until) || complain("no such time", value);
		default:
			fputs("Try 'fpmsentinel trace --help'.\n", stderr);
			return false;
	}
}

/* What this machine has, where nothing else is asked for: other logs have other records. */
static void set_defaults(struct fps_trace *trace)
{
	if (trace->nginx.count > 0) {
		return;
	}
	fps_files_add_usual(&trace->nginx, NGINX_LOG);
	if (trace->records.count == 0 && (trace->follow || access(FPS_RECORDS_LOG, F_OK) == 0)) { /* what is followed may come later */
		fps_files_add_usual(&trace->records, FPS_RECORDS_LOG);
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
		fps_files_add(&trace->nginx, argv[i]);
	}
	if (trace->follow && trace->format == FPS_FORMAT_JSON) {
		return complain("--follow has no end", "take --format=ndjson in place of json");
	}
	if (trace->follow && trace->incidents.until) {
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

	for (i = 0; i < trace->nginx.count; i++) {
		good = fps_incidents_read(&trace->incidents, trace->nginx.names[i], trace->nginx.usual) && good;
	}
	for (i = 0; i < trace->records.count; i++) {
		good = fps_records_read(&trace->told, trace->records.names[i], trace->records.usual) && good;
	}
	for (i = 0; i < trace->fpm.count; i++) {
		good = fps_fpmlog_read(&trace->fpm_log, trace->fpm.names[i]) && good;
	}
	fps_incidents_sort(&trace->incidents);
	fps_records_sort(&trace->told);
	fps_fpmlog_sort(&trace->fpm_log);
	for (i = 0; i < trace->access.count; i++) {
		good = fps_accesslog_read(&trace->incidents, trace->access.names[i]) && good;
	}
	return good;
}

static void tell_all(struct fps_trace *trace)
{
	const struct fps_evidence evidence = fps_trace_join(trace);

	for (size_t i = 0; i < trace->incidents.count; i++) {
		fps_trace_tell(trace, &trace->incidents.all[i], &evidence);
	}
	if (fabs(evidence.shift) > 0) {
		fps_text_warn("fpmsentinel: nginx's log is %.0f s %s the records: another clock or time zone, which has been allowed for",
			fabs(evidence.shift), evidence.shift > 0 ? "ahead of" : "behind");
	}
}

/* What stands behind all incidents. */
static bool finish(struct fps_trace *trace)
{
	if (trace->format == FPS_FORMAT_JSON) {
		fputs(trace->counts.incidents ? "\n]\n" : "[\n]\n", stdout);
	} else if (trace->format == FPS_FORMAT_TEXT) {
		fps_report_count(stdout, &trace->counts);
	}
	if (fflush(stdout) == 0) {
		return true;
	}
	/* who reads what is followed may go at any time */
	if (!trace->follow || errno != EPIPE) {
		perror("fpmsentinel: standard output");
	}
	return trace->follow && errno == EPIPE;
}

static void release(struct fps_trace *trace)
{
	fps_incidents_free(&trace->incidents);
	fps_records_free(&trace->told);
	fps_fpmlog_free(&trace->fpm_log);
	fps_report_forget(&trace->counts);
	fps_files_free(&trace->nginx);
	fps_files_free(&trace->records);
	fps_files_free(&trace->access);
	fps_files_free(&trace->fpm);
}

int fps_trace_main(int argc, char **argv)
{
	struct fps_trace trace = {.style = fps_report_style(stdout)};
	bool good;

	if (!parse_arguments(&trace, argc, argv)) {
		return FPS_EXIT_TROUBLE;
	}
	fps_files_settle(&trace.nginx);
	fps_files_settle(&trace.records);
	fps_files_settle(&trace.access);
	fps_files_settle(&trace.fpm);
	if (trace.follow) {
		good = fps_follow(&trace);
	} else {
		good = read_all(&trace);
		tell_all(&trace);
	}
	good = finish(&trace) && good;
	release(&trace);
	if (!good) {
		return FPS_EXIT_TROUBLE;
	}
	return trace.some_unexplained ? FPS_EXIT_UNEXPLAINED : FPS_EXIT_EXPLAINED;
}
