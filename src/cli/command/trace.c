/* The command: reads everything, joins it, prints it. */
#include "base/alloc.h"
#include "base/pager.h"
#include "base/terminal.h"
#include "base/warn.h"
#include "command.h"
#include "command/follow.h"
#include "command/suggestions.h"
#include "command/traceoutput.h"
#include "command/tracesummary.h"
#include "log/accessformat.h"
#include "log/frameworkpaths.h"
#include "output/inputsummary.h"

#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool set_access_format(void *unused, const char *format)
{
	(void) unused;
	return fps_accessformat_add(format);
}

static const char *const formats[] = {"text", "json", "ndjson", NULL};

static const struct fps_option options[] = {
	{.help =
			"Input: any logs, in any order, plain or compressed, a folder, or - for standard input. Each line is "
			"recognised by its content: error and access logs of nginx and Apache, PHP-FPM's log, slow log and access "
			"log, records, the kernel's log and the journal; from files, compose, Kubernetes, syslog or an export; one "
			"by one or mixed."},
	{.help = "Default: these logs in their usual places, including rotated files."},
	{.help = "Options that say what a FILE is; they may be repeated:"},
	{'n', "nginx", "FILE", NULL, "nginx's error log", fps_findlogs_set_nginx,
		offsetof(struct fps_trace, options.files)},
	{'r', "records", "FILE", NULL, "fpmsentinel's records; other lines are skipped", fps_findlogs_set_records,
		offsetof(struct fps_trace, options.files)},
	{'a', "access", "FILE", NULL, "an access log: what the client got", fps_findlogs_set_access,
		offsetof(struct fps_trace, options.files)},
	{'p', "fpm-log", "FILE", NULL, "PHP-FPM's own log, as further evidence", fps_findlogs_set_fpm,
		offsetof(struct fps_trace, options.files)},
	{'A', "access-format", "FORMAT", NULL,
		"nginx's log_format or Apache's LogFormat of an access log that is neither common, combined, with a virtual "
		"host before it, nor JSON; may be repeated",
		set_access_format, 0},
	FPS_SELECTION_ROWS(offsetof(struct fps_trace, options.selection), "only the newest N", "newest first"),
	FPS_SELECTION_STATUS_ROW(offsetof(struct fps_trace, options.selection)),
	{'O', "own", "FOLDER", NULL,
		"code of your own: in a stack the first frame below FOLDER is marked, and shown however deep it is; may be "
		"repeated. Without it, that is the first frame in a plugin, theme or custom module, or else outside of vendor/ "
		"and of a framework's core",
		fps_frameworkpaths_add_own, 0},
	{'x', "unexplained", NULL, NULL, "only incidents without an explanation", fps_options_flag,
		offsetof(struct fps_trace, options.unexplained)},
	{.help = "Output:"},
	{'e', "all", NULL, NULL,
		"every incident, also where there are more than 20, of which otherwise the defects are shown, and one incident "
		"of each",
		fps_options_flag, offsetof(struct fps_trace, options.every)},
	{'f', "format", NULL, formats, "ndjson has one object per line", NULL, offsetof(struct fps_trace, printer.format)},
	{'F', "follow", NULL, NULL,
		"start at the end of the log, or at --since, and keep reading until interrupted, across log rotation; "
		"text or ndjson",
		fps_options_flag, offsetof(struct fps_trace, options.follow)},
	FPS_PAGER_ROW,
	{.help = "Configuration, whose values are then a part of the advice, in doctor's words:"},
	{'d', "config", NULL, NULL, "this machine's, for the logs that its web server writes", fps_options_flag,
		offsetof(struct fps_trace, options.config)},
	FPS_CONFIGOPTIONS_ROWS('N', 'H', 'U', offsetof(struct fps_trace, options.of)),
	{.argument = "FILE", .set = fps_findlogs_set, .offset = offsetof(struct fps_trace, options.files)},
	FPS_OPTIONS_END,
};

/* What this machine has, where nothing else is asked for: other logs have other records. */
static void set_defaults(struct fps_trace *trace)
{
	if (trace->options.files.count > 0 || trace->options.files.folder) {
		return;
	}
	trace->options.are_usual = true;
	if (trace->options.follow) { /* what is followed may come later */
		fps_findlogs_add_followed(&trace->options.files);
	} else {
		fps_findlogs_add_all_usual(&trace->options.files, FPS_ENTRY_KINDS);
	}
}

/* What is of another time is not even kept. */
static void take_times(struct fps_trace *trace)
{
	struct fps_selection *selection = &trace->options.selection;

	trace->known.incidents.since = selection->since;
	trace->known.incidents.until = selection->until;
	selection->since = selection->until = 0;
}

/* What was written before the last rotation is somewhere else. */
static void warn_of_rotated(const struct fps_trace *trace)
{
	const struct fps_inputcounts *tally = &trace->reader.tally;

	for (size_t i = 0; i < tally->count; i++) {
		const char *name = tally->files[i].name;
		char *left_out = tally->files[i].was_named && tally->files[i].lines == 0
			? fps_findlogs_left_out(&trace->options.files, name)
			: NULL;

		if (left_out != NULL) {
			fps_warn("%s is empty since it was rotated: give %s as well", name, left_out);
			free(left_out);
		}
	}
}

static void prepare(struct fps_trace *trace)
{
	fps_explain_sort(&trace->known);
	fps_explain_expect(&trace->known);
}

/* Access logs, which may be as large as all else together, come last: then they are read once. */
static bool read_logs(struct fps_trace *trace, bool are_access, const bool *is_access)
{
	const struct fps_files *files = &trace->options.files;
	bool once = are_access && trace->known.incidents.count, good = true;

	for (size_t i = 0; i < files->count; i++) {
		if (is_access[i] == are_access) {
			good = (once ? fps_logreader_read_answers : fps_logreader_read)(&trace->reader, &files->all[i]) && good;
		}
	}
	return good;
}

/* Reads everything that can be read; false if something could not. */
static bool read_all(struct fps_trace *trace)
{
	const struct fps_files *files = &trace->options.files;
	bool *is_access = fps_alloc(files->count + 1, sizeof(*is_access)), good;

	for (size_t i = 0; i < files->count; i++) {
		is_access[i] = fps_logreader_is_access(&files->all[i]);
	}
	good = read_logs(trace, false, is_access);
	prepare(trace);
	size_t known = trace->known.incidents.count;

	good = read_logs(trace, true, is_access) && good;
	prepare(trace);
	if (trace->known.incidents.count != known) { /* lines before these have not been asked for */
		fps_logreader_forget_answers(&trace->reader);
		fps_clientresponse_forget(&trace->known.answers, 0);
	}
	good = (trace->known.incidents.count == 0 || fps_logreader_read_access(&trace->reader, files)) && good;
	free(is_access);
	warn_of_rotated(trace);
	if (files->count == 0 && files->folder) {
		fps_warn("%s: no regular file in this folder", files->folder);
	} else if (files->count == 0) {
		fps_warn("no logs in the usual places: name them");
	}
	return good && files->count > 0;
}

static void warn_of_clock(const char *log, const char *file, double shift)
{
	fps_warn("nginx's log is %.0f s %s %s%s%s: another clock or time zone, which has been allowed for", fabs(shift),
		shift > 0 ? "ahead of" : "behind", log, *file ? " in " : "", file);
}

/* Deaths after the answer, as of what runs behind fastcgi_finish_request(), leave nothing but their record. */
static void warn_of_unmatched(const struct fps_explain_alone *alone)
{
	char finished[80] = "";

	if (alone->finished) {
		snprintf(finished, sizeof(finished), "; in %zu the answer had been sent", alone->finished);
	}
	if (alone->deaths) {
		fps_warn("%zu record%s of deaths without an entry in the web server's logs%s", alone->deaths,
			alone->deaths == 1 ? "" : "s", finished);
	}
	if (alone->ended) {
		fps_warn(
			"%zu record%s of requests that PHP ended after their answer, without an entry in the web server's logs",
			alone->ended, alone->ended == 1 ? "" : "s");
	}
}

/* A worker that ended while it was idle, or after its answer; or the web server's log does not reach to there. */
static void warn_of_other_ends(size_t count, const char *example)
{
	if (count > 0) {
		fps_warn("%zu end%s of workers without an entry in the web server's logs, such as: %s", count,
			count == 1 ? "" : "s", example);
	}
}

/* What has no incident, because the web server logged nothing: the counts, also for JSON. */
static void look_at_the_rest(struct fps_trace *trace, const struct fps_joined *joined)
{
	const struct fps_explain_alone alone = fps_explain_alone(&trace->known, joined);
	const char *example = NULL;
	size_t ends = fps_explain_other_ends(&trace->known, joined, &example);
	const struct {
		const char *name;
		size_t count;
	} counts[] = {{"deaths", alone.deaths}, {"deaths_after_answer", alone.finished},
		{"requests_ended_after_answer", alone.ended}, {"worker_ends", ends}};

	warn_of_unmatched(&alone);
	warn_of_other_ends(ends, example);
	if (trace->printer.format != FPS_FORMAT_JSON) {
		return;
	}
	trace->printer.without_entry = json_object_new_object();
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		json_object_object_add(
			trace->printer.without_entry, counts[i].name, json_object_new_int64((int64_t) counts[i].count));
	}
}

static void print_all(struct fps_trace *trace)
{
	struct fps_joined joined = fps_explain_join(&trace->known);

	trace->sums_up = trace->printer.format == FPS_FORMAT_TEXT && !trace->options.every;
	trace->groups = trace->sums_up || trace->printer.format == FPS_FORMAT_JSON;
	fps_pager_begin();
	fps_traceoutput_print_selected(trace, &joined);
	if (trace->groups) {
		fps_tracesummary_print(trace, &joined);
	}
	if (fabs(joined.evidence.shift) > 0) {
		warn_of_clock("the records", "", joined.evidence.shift);
	}
	for (size_t i = 0; i < trace->known.fpm_log.log_count; i++) {
		if (fabs(joined.evidence.clocks[i].shift) > 0) {
			warn_of_clock("FPM's log", trace->known.fpm_log.logs[i].name, joined.evidence.clocks[i].shift);
		}
	}
	look_at_the_rest(trace, &joined);
	fps_explain_release(&joined);
}

static bool names_configuration(const struct fps_configoptions_options *of)
{
	return of->nginx || of->apache || of->fpm || of->php;
}

/*
 * What doctor finds. Files that are named say nothing of this machine's memory, unless an FPM here runs with them.
 * False: it has said what cannot be read.
 */
static bool look_at_configuration(struct fps_trace *trace)
{
	const struct fps_configoptions_options *of = &trace->options.of;
	struct fps_configoptions *configuration = &trace->configuration;
	struct fps_server *server = &configuration->server;
	bool is_named = names_configuration(of);

	if (!trace->options.config && !is_named && !of->unit && !of->front.balancer && !of->front.client) {
		return true;
	}
	if (!fps_configoptions_read(configuration, of)) {
		return false;
	}
	if (!is_named) {
		fps_configoptions_read_usual(configuration);
		fps_recordindex_sort(&configuration->records);
	}
	fps_serverconfig_pair(server);
	trace->advised.is_here = !is_named;
	trace->advised.is_other = is_named && server->machine.running.pid == 0;
	fps_incident_settings_prepare(&trace->advised, server);
	fps_configoptions_look(configuration, is_named ? &trace->known.records : &configuration->records);
	trace->advised.doctor = &configuration->doctor;
	trace->printer.advised = &trace->advised;
	return configuration->whole;
}

/* What follows the last incident. */
static bool finish(struct fps_trace *trace)
{
	fps_incident_printer_finish(&trace->printer);
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
	fps_incident_settings_free(&trace->advised);
	fps_configoptions_free(&trace->configuration);
	fps_explain_free(&trace->known);
	fps_logreader_free(&trace->reader);
	fps_findlogs_free(&trace->options.files);
	fps_selection_free(&trace->options.selection);
	free(trace->selected);
}

/* Without an error log of a web server it is not known what failed: not even an empty one was read. */
static bool lacks_error_log(const struct fps_inputcounts *tally)
{
	uint64_t others = 0;

	for (enum fps_entry_kind kind = 0; kind < FPS_ENTRY_UNKNOWN; kind++) {
		others += tally->entries[kind];
	}
	for (size_t i = 0; i < tally->count; i++) {
		if (tally->files[i].lines == 0) {
			return false;
		}
	}
	return others > 0 && tally->entries[FPS_ENTRY_NGINX] + tally->entries[FPS_ENTRY_APACHE] == 0;
}

/* Failures of other upstreams do not count as "all is explained", and neither do entries that could not be read. */
static int exit_status(const struct fps_trace *trace, bool good)
{
	const struct fps_inputcounts *tally = &trace->reader.tally;
	bool lacks = !trace->options.follow && lacks_error_log(tally),
		 some_open = trace->some_unexplained || tally->uses[FPS_USE_FOREIGN] || tally->uses[FPS_USE_REFUSED]
		|| trace->known.incidents.broken || lacks;

	if (trace->known.incidents.parts && trace->known.incidents.read == 0) {
		fps_warn(
			"%llu entr%s of Apache's about failures of PHP-FPM, without the one that ends such a failure (AH01075, "
			"AH01079): give the whole log",
			(unsigned long long) trace->known.incidents.parts, trace->known.incidents.parts == 1 ? "y" : "ies");
		some_open = true;
	}
	if (lacks) {
		fps_warn("no entry of a web server's error log: without one it is not known which requests failed");
	}

	return !good ? FPS_EXIT_TROUBLE : some_open ? FPS_EXIT_UNEXPLAINED : FPS_EXIT_EXPLAINED;
}

static int run(void *parsed)
{
	struct fps_trace *trace = parsed;
	int status;
	bool good;

	trace->printer.out = stdout;
	trace->printer.style = fps_terminal_style(stdout);
	trace->printer.tally = &trace->reader.tally;
	trace->reader.take = fps_explain_take;
	trace->reader.is_wanted = fps_explain_wants;
	trace->reader.to = &trace->known;
	if (trace->options.follow && trace->printer.format == FPS_FORMAT_JSON) {
		return fps_command_misuse(&fps_command_trace, "--follow has no end: take --format=ndjson in place of json");
	}
	if (trace->options.follow
		&& (trace->options.selection.until || trace->options.selection.limit || trace->options.selection.reverse)) {
		return fps_command_misuse(&fps_command_trace, "--follow has no end: leave out --until, --limit and --reverse");
	}
	if (trace->options.follow && trace->options.files.folder) {
		return fps_command_misuse(&fps_command_trace, "a folder can't be followed: name the logs in it");
	}
	if (names_configuration(&trace->options.of)
		&& !((trace->options.of.nginx || trace->options.of.apache) && trace->options.of.fpm && trace->options.of.php)) {
		return fps_command_misuse(&fps_command_trace,
			"name all of --nginx-conf or --apache-conf, --fpm-conf and --php: the others would be this machine's");
	}
	take_times(trace);
	set_defaults(trace);
	fps_findlogs_settle(&trace->options.files);
	trace->reader.tally.skipped = trace->options.files.skipped;
	trace->reader.tally.example = trace->options.files.example;
	if (trace->options.follow) {
		good = look_at_configuration(trace) && fps_follow(trace);
	} else {
		good = read_all(trace);
		good = look_at_configuration(trace) && good;
		print_all(trace);
	}
	if (trace->advised.strange) {
		fps_warn("%zu incident%s not advised by this machine's configuration: nginx here does not write that log; name "
				 "the configuration with --nginx-conf or --apache-conf, --fpm-conf and --php",
			trace->advised.strange, trace->advised.strange == 1 ? "" : "s");
	}
	good = finish(trace) && good;
	if (!trace->options.follow) {
		fps_inputsummary_print(&trace->reader.tally);
	}
	status = exit_status(trace, good);
	release(trace);
	return status;
}

const struct fps_command fps_command_trace = {
	.name = "trace",
	.summary = "explain each PHP-FPM failure in the web server's error log",
	.usage = "[OPTION]... [FILE]...",
	.about = "Explains each PHP-FPM failure in the web server's error log: what happened, where, how sure that is and "
			 "what to change.",
	.options = options,
	.notes = {"What was read, and what was not used or not understood, is reported on standard error at the end. Times "
			  "without a zone are read in the local time zone; set TZ for logs from elsewhere.",
		"Exit status: 0 all is explained, 1 something is not, 2 usage error or unreadable input."},
	.suggest = fps_suggestions_offer,
	.size = sizeof(struct fps_trace),
	.run = run,
};
