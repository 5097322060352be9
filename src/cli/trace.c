/* The command: reads everything, joins it, tells of it. */
#include "trace.h"

#include "accesslog.h"
#include "advice.h"
#include "join.h"
#include "report.h"
#include "verdict.h"
#include "when.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_NDJSON };

enum { MAX_ONLY = 16 };

struct files {
	const char **names;
	size_t count;
};

struct trace {
	struct files nginx, access, records, fpm;
	const char *only[MAX_ONLY];
	size_t only_count;
	bool unexplained;
	enum format format;
	struct fps_incidents incidents;
	struct fps_records told;
	struct fps_fpm_log fpm_log;
};

static const char usage[] =
	"Usage: fpmsentinel trace [OPTION]... [FILE]...\n"
	"Says of each failure in nginx's error log what happened, where, how sure that is and what to change.\n"
	"\n"
	"What is read, each as often as wished; .gz is unpacked, - is standard input:\n"
	"  -n, --nginx FILE      nginx's error log; so is a FILE without an option\n"
	"  -r, --records FILE    fpmsentinel's records, other lines between them being skipped\n"
	"  -a, --access FILE     nginx's access log, as JSON or `combined`: what the client got\n"
	"  -p, --fpm-log FILE    PHP-FPM's own log, as further evidence\n"
	"What is told:\n"
	"  -s, --since TIME      \"2026-11-25 06:55\", 06:55 (today), 2h (ago), @EPOCH; a Z at the end is UTC\n"
	"  -u, --until TIME\n"
	"  -o, --only CAUSE      incidents of that cause, of several if given several times\n"
	"  -x, --unexplained     incidents that nothing explains\n"
	"  -f, --format FORMAT   text, json or ndjson\n"
	"  -h, --help\n"
	"\n"
	"Times in nginx's log are taken for those of the time zone here; set TZ for logs from elsewhere.\n"
	"Exit status: 0 all is explained, 1 something is not, 2 wrong usage or something could not be read.\n";

static void add_file(struct files *files, const char *name)
{
	files->names = fps_text_resize(files->names, files->count + 1, sizeof(*files->names));
	files->names[files->count++] = name;
}

static bool complain(const char *what, const char *value)
{
	fprintf(stderr, "fpmsentinel trace: %s: %s\nTry 'fpmsentinel trace --help'.\n", what, value);
	return false;
}

static bool set_format(struct trace *trace, const char *name)
{
	static const char *const names[] = {"text", "json", "ndjson"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			trace->format = (enum format) i;
			return true;
		}
	}
	return complain("no such format", name);
}

static bool set_only(struct trace *trace, const char *cause)
{
	if (!fps_advice_knows(cause)) {
		return complain("no such cause", cause);
	}
	if (trace->only_count == MAX_ONLY) {
		return complain("too many causes", cause);
	}
	trace->only[trace->only_count++] = cause;
	return true;
}

static bool set_option(struct trace *trace, int option, const char *value)
{
	switch (option) {
		case 'n': add_file(&trace->nginx, value); return true;
		case 'r': add_file(&trace->records, value); return true;
		case 'a': add_file(&trace->access, value); return true;
		case 'p': add_file(&trace->fpm, value); return true;
		case 'o': return set_only(trace, value);
		case 'f': return set_format(trace, value);
		case 'x': trace->unexplained = true; return true;
		case 's':
			return fps_when_parse(value, (int64_t) time(NULL), &trace->incidents.since) || complain("no such time", value);
		case 'u':
			return fps_when_parse(value, (int64_t) time(NULL), &trace->incidents.until) || complain("no such time", value);
		default:
			fputs("Try 'fpmsentinel trace --help'.\n", stderr);
			return false;
	}
}

static bool parse_arguments(struct trace *trace, int argc, char **argv)
{
	static const struct option options[] = {
		{"nginx", required_argument, NULL, 'n'}, {"records", required_argument, NULL, 'r'},
		{"access", required_argument, NULL, 'a'}, {"fpm-log", required_argument, NULL, 'p'},
		{"since", required_argument, NULL, 's'}, {"until", required_argument, NULL, 'u'},
		{"only", required_argument, NULL, 'o'}, {"unexplained", no_argument, NULL, 'x'},
		{"format", required_argument, NULL, 'f'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	static char name[] = "fpmsentinel trace";
	int option;

	argv[0] = name; /* in getopt's own messages */
	while ((option = getopt_long(argc, argv, "n:r:a:p:s:u:o:xf:h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			exit(FPS_EXIT_EXPLAINED);
		}
		if (!set_option(trace, option, optarg)) {
			return false;
		}
	}
	for (int i = optind; i < argc; i++) {
		add_file(&trace->nginx, argv[i]);
	}
	return trace->nginx.count > 0 || complain("which log?", "no --nginx FILE was given");
}

/* Reads everything that can be read; false if something could not. */
static bool read_all(struct trace *trace)
{
	bool good = true;
	size_t i;

	for (i = 0; i < trace->nginx.count; i++) {
		good = fps_incidents_read(&trace->incidents, trace->nginx.names[i]) && good;
	}
	for (i = 0; i < trace->records.count; i++) {
		good = fps_records_read(&trace->told, trace->records.names[i]) && good;
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

static bool is_wanted(const struct trace *trace, const struct fps_incident *incident)
{
	if (trace->unexplained) {
		return !fps_verdict_is_explained(incident);
	}
	for (size_t i = 0; i < trace->only_count; i++) {
		if (strcmp(trace->only[i], incident->cause) == 0) {
			return true;
		}
	}
	return trace->only_count == 0;
}

static void write_all(const struct trace *trace, struct fps_incident *const *wanted, size_t count)
{
	const struct fps_style style = fps_report_style(stdout);

	if (trace->format == FORMAT_JSON) {
		fputs("[", stdout);
	}
	for (size_t i = 0; i < count; i++) {
		if (trace->format == FORMAT_TEXT) {
			fps_report_text(stdout, &style, wanted[i]);
			continue;
		}
		fputs(trace->format == FORMAT_NDJSON ? "" : i ? ",\n" : "\n", stdout);
		fps_tojson_write(stdout, wanted[i]);
		fputs(trace->format == FORMAT_NDJSON ? "\n" : "", stdout);
	}
	if (trace->format == FORMAT_JSON) {
		fputs("\n]\n", stdout);
	} else if (trace->format == FORMAT_TEXT) {
		fps_report_count(stdout, wanted, count);
	}
}

/* What else is to be known of the reading, where it is not in the way. */
static void note(const struct trace *trace, double shift)
{
	if (trace->incidents.garbage) {
		fprintf(stderr, "fpmsentinel: %llu entries are none of nginx's, and were skipped\n", (unsigned long long) trace->incidents.garbage);
	}
	if (trace->told.broken) {
		fprintf(stderr, "fpmsentinel: %llu broken records were skipped\n", (unsigned long long) trace->told.broken);
	}
	if (fabs(shift) > 0) {
		fprintf(stderr, "fpmsentinel: nginx's log is %.0f s %s the records: another clock or time zone, which has been allowed for\n",
			fabs(shift), shift > 0 ? "ahead of" : "behind");
	}
}

int fps_trace_main(int argc, char **argv)
{
	struct trace trace = {0};
	struct fps_incident **wanted;
	size_t count = 0;
	bool unexplained = false, good;

	if (!parse_arguments(&trace, argc, argv)) {
		return FPS_EXIT_TROUBLE;
	}
	good = read_all(&trace);
	const struct fps_evidence evidence = {&trace.told, &trace.fpm_log, fps_join_shift(&trace.incidents, &trace.told)};

	fps_join_all(&trace.incidents, &trace.told, evidence.shift);
	wanted = fps_text_allocate(trace.incidents.count, sizeof(*wanted));
	for (size_t i = 0; i < trace.incidents.count; i++) {
		struct fps_incident *incident = &trace.incidents.all[i];

		fps_verdict_reach(incident, &evidence);
		unexplained = unexplained || !fps_verdict_is_explained(incident);
		if (is_wanted(&trace, incident)) {
			wanted[count++] = incident;
		}
	}
	write_all(&trace, wanted, count);
	note(&trace, evidence.shift);
	if (fflush(stdout) != 0) {
		good = false;
		perror("fpmsentinel: standard output");
	}
	free(wanted);
	fps_incidents_free(&trace.incidents);
	fps_records_free(&trace.told);
	fps_fpmlog_free(&trace.fpm_log);
	free(trace.nginx.names);
	free(trace.records.names);
	free(trace.access.names);
	free(trace.fpm.names);
	if (!good) {
		return FPS_EXIT_TROUBLE;
	}
	return unexplained ? FPS_EXIT_UNEXPLAINED : FPS_EXIT_EXPLAINED;
}
