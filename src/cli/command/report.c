/* Records ranked by defect, cause, pool and other keys. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/pager.h"
#include "base/terminal.h"
#include "base/warn.h"
#include "command.h"
#include "command/selection.h"
#include "command/suggestions.h"
#include "explain/deploy.h"
#include "log/findlogs.h"
#include "log/recordindex.h"
#include "log/requestcount.h"
#include "output/defect.h"
#include "output/incident_printer.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 9 };

struct options {
	struct fps_files records, access;
	struct fps_options_list by;
	struct fps_selection selection;
	enum fps_format format;
	bool json, since_deploy;
};

static const char *const formats[] = {"text", "json", NULL};

/* In the order of enum fps_grouping_key. */
static const char *const keys[FPS_BY_KEYS + 1] = {"defect", "cause", "pool", "host", "service", "version",
	"environment", "url", "script", "place", "annotation", "hour", NULL};

static const enum fps_grouping_key usual[] = {
	FPS_BY_DEFECT, FPS_BY_CAUSE, FPS_BY_POOL, FPS_BY_HOST, FPS_BY_VERSION, FPS_BY_URL, FPS_BY_SCRIPT};

static const struct fps_option rows[] = {
	{'b', "by", "KEY", keys,
		"rank by defect, cause, pool, host, service, version, environment, url, script, place, annotation or hour; may "
		"be repeated. Default: defect, cause, pool, url, script, and host and version where there are several",
		fps_options_list, offsetof(struct options, by)},
	{'a', "access", "FILE", NULL,
		"nginx's access log, as in `fpmsentinel trace`: deaths and defects per 10,000 requests", fps_findlogs_set,
		offsetof(struct options, access)},
	{'d', "since-deploy", NULL, NULL, "only records of the newest service.version of each service", fps_options_flag,
		offsetof(struct options, since_deploy)},
	{'f', "format", NULL, formats, "readable text, or JSON with everything", NULL, offsetof(struct options, format)},
	{'j', "json", NULL, NULL, "the same as --format json", fps_options_flag, offsetof(struct options, json)},
	FPS_PAGER_ROW,
	FPS_SELECTION_ROWS(offsetof(struct options, selection), "at most N entries per group (default 10; 0: all)",
		"the least frequent first"),
	{'t', "top", "N", NULL, NULL, fps_options_number, offsetof(struct options, selection.limit)},
	{.argument = "FILE", .set = fps_findlogs_set, .offset = offsetof(struct options, records)},
	FPS_OPTIONS_END,
};

/* What is reported. */
struct report {
	const struct options *options;
	const struct fps_recordindex *records;
	const struct fps_requests *requests; /* NULL: no access log was given */
	struct fps_style style;
	struct fps_deploys deploys;
	struct fps_occurrence *all; /* of the time and the deployment that were asked for */
	size_t count, left_out, deaths, covered_deaths, brief, alone;
	double first, last;
};

/* --- what counts -------------------------------------------------------------------------------------------------- */

static bool is_deployed(const struct report *report, const struct fps_record *record)
{
	bool is_asked = report->options->since_deploy;
	const struct fps_deploy *deploy = is_asked ? fps_deploy_of(&report->deploys, record) : NULL;

	return !is_asked || (deploy && fps_deploy_is_newest(&report->deploys, deploy));
}

/* Short ones, those of which the full record is not known, and deaths in the time that the access log covers. */
static void count(struct report *report, const struct fps_record *record)
{
	bool is_death = record->action == FPS_ACTION_DEATH;

	report->first = report->count ? report->first : record->time;
	report->last = record->time;
	report->deaths += is_death;
	report->covered_deaths += is_death && report->requests && fps_requestcount_covers(report->requests, record->time);
	report->brief += record->first[0] != '\0';
	report->alone += record->first[0] != '\0' && !record->is_complete;
}

static void choose(struct report *report)
{
	struct fps_selection selection = report->options->selection;
	size_t all = 0;

	report->all = fps_alloc(report->records->count + 1, sizeof(*report->all));
	for (size_t i = 0; i < report->records->count; i++) {
		const struct fps_record *record = report->records->by_time[i];

		if (fps_grouping_is_failure(record) && is_deployed(report, record)) {
			report->all[all++] = fps_grouping_of_record(record, i);
		}
	}
	selection.limit = 0; /* it is that of each group */
	selection.reverse = false;
	report->left_out = all;
	all = fps_selection_choose(&selection, report->all, all);
	report->left_out -= all;
	for (size_t i = 0; i < all; i++) {
		count(report, report->all[i].record);
		report->count++;
	}
}

static size_t most_of(const struct report *report)
{
	int64_t limit = report->options->selection.limit;

	return limit > 0 ? (size_t) limit : SIZE_MAX;
}

/* With --reverse, the least frequent come first. */
static void turn(const struct report *report, void *all, size_t count, size_t size)
{
	char *first = all, *last = first + count * size;

	while (report->options->selection.reverse && count > 1 && first < (last -= size)) {
		for (size_t i = 0; i < size; i++) {
			char byte = first[i];

			first[i] = last[i];
			last[i] = byte;
		}
		first += size;
	}
}

static struct fps_ranking rank(const struct report *report, enum fps_grouping_key key)
{
	struct fps_ranking ranking = fps_ranking_of(report->all, report->count, key);

	turn(report, ranking.all, ranking.count, sizeof(*ranking.all));
	return ranking;
}

/* --- as text ------------------------------------------------------------------------------------------------------ */

static void write_deploys(const struct report *report)
{
	for (size_t i = 0; report->options->since_deploy && i < report->deploys.count; i++) {
		const struct fps_deploy *deploy = &report->deploys.all[i];

		if (fps_deploy_is_newest(&report->deploys, deploy)) {
			char *name = fps_deploy_name(deploy);

			fps_terminal_say("only %s, first seen %s", name, fps_defect_text_seen(deploy->first, deploy->first).text);
			free(name);
		}
	}
}

static void write_head(const struct report *report)
{
	const struct fps_requests *requests = report->requests;
	const struct fps_selection *selection = &report->options->selection;
	bool is_part =
		selection->pools.count || selection->hosts.count || selection->urls.count || selection->scripts.count;

	printf("%zu record%s%s%s\n", report->count, report->count == 1 ? "" : "s", report->count ? ", " : "",
		report->count ? fps_defect_text_seen(report->first, report->last).text : "");
	write_deploys(report);
	if (report->left_out > 0) {
		printf("%zu other%s left out by the options\n", report->left_out, report->left_out == 1 ? "" : "s");
	}
	if (report->brief > 0) {
		printf("%zu of them short, in storms", report->brief);
		if (report->alone > 0) {
			printf("; of %zu the full record is not among those that were read, and with it script and stacks",
				report->alone);
		}
		putchar('\n');
	}
	if (requests) {
		printf("%zu death%s of a worker in %llu requests%s", report->covered_deaths,
			report->covered_deaths == 1 ? "" : "s", (unsigned long long) requests->count,
			is_part ? " of the whole access log" : "");
		if (requests->count) {
			printf(": %.2f in 10,000", 1e4 * (double) report->covered_deaths / (double) requests->count);
		}
		putchar('\n');
	}
}

/* A value, and in parentheses how many of its records are deaths, and the highest memory peak. */
static void write_ranked(const struct report *report, const struct fps_ranked *ranked)
{
	char *text = fps_alloc_format("%s  (", ranked->value);

	fps_defect_text_deaths(&text, ranked->deaths, ranked->count);
	if (ranked->peak > 0) {
		fps_alloc_append(&text, "; memory peak up to %.1f MB", (double) ranked->peak / (1 << 20));
	}
	if (ranked->peak > 0 && ranked->limit > 0) {
		fps_alloc_append(&text, " of %.0f MB", (double) ranked->limit / (1 << 20));
	}
	fps_alloc_append(&text, ")");
	printf("%*zu  ", INDENT - 2, ranked->count);
	if (INDENT + strlen(text) <= report->style.width) {
		fps_terminal_print(stdout, text);
		putchar('\n');
	} else {
		fps_terminal_wrap(stdout, &report->style, INDENT, text);
	}
	free(text);
}

static void write_ranking(const struct report *report, const struct fps_ranking *ranking)
{
	size_t top = most_of(report);

	for (size_t i = 0; i < ranking->count && i < top; i++) {
		write_ranked(report, &ranking->all[i]);
	}
	if (ranking->count > top) {
		printf("%*sand %zu more\n", INDENT, "", ranking->count - top);
	}
}

static void write_group(const struct report *report, const struct fps_defects *defects, enum fps_grouping_key key)
{
	struct fps_ranking ranking = {NULL, 0};
	bool is_chosen = report->options->by.count > 0, is_minor = key == FPS_BY_HOST || key == FPS_BY_VERSION;

	if (key != FPS_BY_DEFECT) {
		ranking = rank(report, key);
	}
	if (key == FPS_BY_DEFECT && defects->count) {
		puts("\nBy defect");
		fps_defect_text(stdout, &report->style, defects, most_of(report), report->requests);
	} else if (ranking.count > (is_minor && !is_chosen ? 1 : 0)) {
		printf("\nBy %s\n", key == FPS_BY_URL ? "URL" : keys[key]);
		write_ranking(report, &ranking);
	} else if (is_chosen) {
		printf("\nBy %s\n%*snone of the records has it\n", keys[key], INDENT, "");
	}
	fps_ranking_free(&ranking);
}

static enum fps_grouping_key key_of(const char *name)
{
	enum fps_grouping_key key = FPS_BY_DEFECT;

	while (strcmp(keys[key], name) != 0) {
		key++;
	}
	return key;
}

static void write_text(const struct report *report, const struct fps_defects *defects)
{
	const struct fps_options_list *by = &report->options->by;

	write_head(report);
	for (size_t i = 0; report->count && i < (by->count ? by->count : sizeof(usual) / sizeof(usual[0])); i++) {
		write_group(report, defects, by->count ? key_of(by->all[i]) : usual[i]);
	}
}

/* --- as JSON ------------------------------------------------------------------------------------------------------ */

static void add_number(struct json_object *object, const char *name, uint64_t number)
{
	json_object_object_add(object, name, json_object_new_int64((int64_t) number));
}

static struct json_object *deploys_json(const struct fps_deploys *deploys)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < deploys->count; i++) {
		const struct fps_deploy *deploy = &deploys->all[i];
		struct json_object *object = json_object_new_object();

		FPS_JSON_SET(object, {"service", deploy->service, 0}, {"version", deploy->version, 0});
		fps_defect_json_time(object, "first_seen", deploy->first);
		json_object_object_add(object, "newest", json_object_new_boolean(fps_deploy_is_newest(deploys, deploy)));
		json_object_array_add(array, object);
	}
	return array;
}

static void add_head(const struct report *report, struct json_object *object)
{
	add_number(object, "records", report->count);
	if (report->count) {
		fps_defect_json_time(object, "first_seen", report->first);
		fps_defect_json_time(object, "last_seen", report->last);
	}
	if (report->brief > 0) {
		add_number(object, "short_records", report->brief);
		add_number(object, "without_first", report->alone);
	}
	if (report->requests) {
		add_number(object, "requests", report->requests->count);
		add_number(object, "deaths", report->covered_deaths);
	}
	if (report->requests && report->requests->count) {
		json_object_object_add(object, "deaths_per_10000_requests",
			json_object_new_double(1e4 * (double) report->covered_deaths / (double) report->requests->count));
	}
	if (report->deploys.count) {
		json_object_object_add(object, "deploys", deploys_json(&report->deploys));
	}
}

static void write_json(const struct report *report, const struct fps_defects *defects)
{
	struct json_object *object = json_object_new_object();

	add_head(report, object);
	json_object_object_add(object, "defects", fps_defect_json(defects, "records", report->requests));
	for (enum fps_grouping_key key = FPS_BY_CAUSE; key < FPS_BY_KEYS; key++) {
		struct fps_ranking ranking = rank(report, key);

		json_object_object_add(object, fps_defect_json_member(key), fps_defect_json_ranking(&ranking, "records", true));
		fps_ranking_free(&ranking);
	}
	fps_json_print(stdout, object, true);
}

/* --- the command -------------------------------------------------------------------------------------------------- */

/* False: nothing is known of any deployment. */
static bool write_report(struct report *report)
{
	struct fps_defects defects;

	report->deploys = fps_deploy_list(report->records);
	if (report->options->since_deploy && report->deploys.count == 0) {
		fps_warn("no record has a service.version; set fpmsentinel.service_version in the pool's file");
		return false;
	}
	choose(report);
	defects = fps_defect_group(report->all, report->count, report->records);
	turn(report, defects.all, defects.count, sizeof(*defects.all));
	fps_pager_begin();
	if (report->options->json || report->options->format == FPS_FORMAT_JSON) {
		write_json(report, &defects);
	} else {
		write_text(report, &defects);
	}
	fps_defect_free(&defects);
	fps_deploy_free(&report->deploys);
	free(report->all);
	return true;
}

static void settle(struct options *options)
{
	if (options->records.count == 0) {
		fps_findlogs_add_all_usual(&options->records, FPS_ENTRY_RECORD);
	}
	if (options->records.count == 0) { /* reading it says that it is not there */
		fps_findlogs_add(&options->records, FPS_RECORDINDEX_LOG, FPS_ENTRY_RECORD);
	}
	fps_findlogs_settle(&options->records);
	fps_findlogs_settle(&options->access);
}

static int run(void *parsed)
{
	struct options *options = parsed;
	struct fps_recordindex records = {.count = 0};
	struct fps_requests requests = {.since = options->selection.since, .until = options->selection.until};
	struct report report = {.options = options, .records = &records, .style = fps_terminal_style(stdout)};
	bool good = true;

	settle(options);
	for (size_t i = 0; i < options->records.count; i++) {
		good = fps_recordindex_read(&records, options->records.all[i].name, options->records.all[i].usual) && good;
	}
	for (size_t i = 0; i < options->access.count; i++) {
		good = fps_requestcount_add(&requests, options->access.all[i].name) && good;
	}
	fps_recordindex_sort(&records);
	if (records.count == 0 && good) {
		fps_warn(
			"there is no record in what was read; `fpmsentinel trace` explains logs of the web server and of PHP-FPM");
	}
	report.requests = options->access.count ? &requests : NULL;
	good = write_report(&report) && good;
	fps_recordindex_free(&records);
	fps_findlogs_free(&options->records);
	fps_findlogs_free(&options->access);
	fps_selection_free(&options->selection);
	free(options->by.all);
	return good && fflush(stdout) == 0 ? FPS_EXIT_EXPLAINED : FPS_EXIT_TROUBLE;
}

const struct fps_command fps_command_report = {
	.name = "report",
	.summary = "rank records by defect, cause, pool, URL and other keys",
	.usage = "[OPTION]... [FILE]...",
	.about = "Ranks records by defect, cause, pool, URL and other keys. - is standard input; without a FILE "
			 "it reads " FPS_RECORDINDEX_LOG " and /var/log/fpmsentinel/*.jsonl, including rotated files.",
	.options = rows,
	.notes = {"Exit status: 0, or 2 on usage errors or unreadable input."},
	.suggest = fps_suggestions_offer,
	.size = sizeof(struct options),
	.defaults = &(const struct options) {.selection = {.limit = 10}},
	.run = run,
};
