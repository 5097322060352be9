/* The command: all that is known of one failure, record or defect. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/nearest.h"
#include "base/pager.h"
#include "base/warn.h"
#include "command.h"
#include "command/joinedlogs.h"
#include "command/selection.h"
#include "command/suggestions.h"
#include "explain/defect.h"
#include "native/addr2line.h"
#include "native/annotate.h"
#include "output/defect.h"
#include "output/incident_printer.h"
#include "output/record_text.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIRECTORY "/usr/lib/debug"

enum { MAX_CANDIDATES = 10, INDENT = 11, SHOWN_VALUES = 5 };

struct options {
	struct fps_joinedlogs logs;
	struct fps_selection selection;
	struct fps_options_list wanted;
	const char *directory;
	bool json;
};

/* -1, an id or a defect, or else a file: what exists, or has a slash or a dot in its name. */
static bool set_argument(void *field, const char *value)
{
	struct options *options = field;
	bool is_file = strcmp(value, "-") == 0 || strpbrk(value, "/.") || access(value, F_OK) == 0;

	return is_file ? fps_findlogs_set(&options->logs.files, value) : fps_options_list(&options->wanted, value);
}

static const struct fps_option rows[] = {
	{'i', "id", "ID", NULL, "this id, where a file of that name exists; may be repeated", fps_options_list,
		offsetof(struct options, wanted)},
	FPS_SELECTION_ROWS(offsetof(struct options, selection), "without an argument: the newest N (default 1)",
		"without an argument: newest first"),
	FPS_SELECTION_STATUS_ROW(offsetof(struct options, selection)),
	{.help = "Output:"},
	{'j', "json", NULL, NULL, "as JSON, with `source` added to native frames", fps_options_flag,
		offsetof(struct options, json)},
	{'d', "debug-dir", "DIR", NULL,
		"where to look for debug information by build id, DIR/.build-id/xx/yyyy.debug; default: " DIRECTORY,
		fps_options_text, offsetof(struct options, directory)},
	FPS_PAGER_ROW,
	{.letter = '1', .argument = "ID", .set = set_argument},
	FPS_OPTIONS_END,
};

struct info {
	const struct options *options;
	const struct fps_joinedlogs *logs;
	struct fps_occurrence *chosen_ones; /* by time */
	struct fps_occurrence *grouped;     /* the same, by defect */
	struct fps_defects defects;         /* of these */
	size_t chosen, shown;
};

/* --- printing ----------------------------------------------------------------------------------------------------- */

/* Good as long as the JSON is. */
static struct fps_span line_of(struct json_object *json)
{
	const char *text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	return (struct fps_span) {text, strlen(text)};
}

static void record_as_text(const char *title, struct json_object *json, bool is_complete)
{
	struct fps_record record;

	if (fps_record_parse(line_of(json), &record) == FPS_RECORD_READ) {
		fputs(title, stdout);
		record.is_complete = is_complete;
		fps_record_text(stdout, json, &record);
		fps_record_free(&record);
	}
}

static void record_as_json(struct json_object *json, struct json_object *first)
{
	if (first) {
		json_object_object_add(fps_json_member_of(json, "fpmsentinel", "storm"), "record", json_object_get(first));
	}
	fps_json_print(stdout, json_object_get(json), true);
}

static struct json_object *annotated(const struct info *info, const struct fps_record *record)
{
	struct json_object *json = record ? fps_joinedlogs_json(info->logs, record) : NULL;

	if (json) {
		fps_annotate(json, info->options->directory);
	}
	return json;
}

/* False: what it was read from has gone. */
static bool print_record(const struct info *info, const struct fps_record *record)
{
	struct json_object *json = annotated(info, record),
					   *first = annotated(info, fps_recordindex_first_of_storm(&info->logs->known.records, record));

	if (json && info->options->json) {
		record_as_json(json, first);
	} else if (json) {
		record_as_text("", json, first != NULL);
		if (first) {
			record_as_text("\nThe first record of this storm\n\n", first, false);
		}
	} else {
		fps_warn("record %s is no longer in the file that it was read from", record->id);
	}
	json_object_put(first);
	json_object_put(json);
	return json != NULL;
}

static const struct fps_defect *defect_of(const struct info *info, const struct fps_occurrence *occurrence)
{
	const struct fps_defect *defect = NULL;
	struct fps_grouping_name name = fps_grouping_name_of(occurrence->cause, occurrence->fingerprint);

	return fps_defect_find(&info->defects, name.text, &defect) == FPS_DEFECT_FOUND ? defect : NULL;
}

static __attribute__((format(printf, 2, 3))) void print_field(const char *name, const char *format, ...)
{
	struct fps_style style = fps_terminal_style(stdout);
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = fps_alloc_vformat(format, arguments);
	va_end(arguments);
	fps_terminal_field(stdout, &style, INDENT, name, text);
	free(text);
}

static void print_title(const char *before, const char *title)
{
	struct fps_style style = fps_terminal_style(stdout);

	printf("%s%s%s%s\n", before, fps_terminal_colour(&style, FPS_TERMINAL_BOLD), title,
		fps_terminal_colour(&style, FPS_TERMINAL_PLAIN));
}

/* What belongs to a record or an incident besides itself. */
static void print_surroundings(const struct info *info, const struct fps_occurrence *occurrence)
{
	const struct fps_incident *incident = occurrence->record ? occurrence->incident : NULL;
	const struct fps_defect *defect = defect_of(info, occurrence);

	if (incident) {
		print_title("\n", "Web server");
		print_field(incident->web == FPS_WEB_APACHE ? "apache" : "nginx", "%s", incident->message);
	}
	if (incident && fps_grouping_status(occurrence)) {
		print_field("status", "%d", fps_grouping_status(occurrence));
	}
	if (defect) {
		print_title(occurrence->record ? "\n" : "", "Defect");
		print_field("name", "%s", defect->name.text);
		print_field("count", "%zu in these logs", defect->count);
	}
}

static void print_incident(const struct info *info, const struct fps_occurrence *occurrence)
{
	struct fps_style style = fps_terminal_style(stdout);
	const struct fps_explained explained = {
		occurrence->incident, occurrence->match, &info->logs->verdicts[occurrence->number]};

	if (info->options->json) {
		fps_incident_json(stdout, &explained, NULL);
		putchar('\n');
	} else {
		fps_incident_text(stdout, &style, &explained, NULL, FPS_INCIDENT_FULL);
	}
}

static void separate(struct info *info)
{
	fputs(info->shown++ && !info->options->json ? "\n" : "", stdout);
}

static bool print_occurrence(struct info *info, const struct fps_occurrence *occurrence)
{
	bool good = true;

	separate(info);
	if (occurrence->record == NULL) {
		print_incident(info, occurrence);
	} else {
		good = print_record(info, occurrence->record);
	}
	if (good && !info->options->json) {
		print_surroundings(info, occurrence);
	}
	return good;
}

/* "2000  /cart/:n", the most frequent values of each key. */
static void print_rankings(const struct fps_style *style, const struct fps_defect *defect)
{
	static const struct {
		enum fps_grouping_key key;
		const char *name;
	} shown[] = {{FPS_BY_URL, "urls"}, {FPS_BY_SCRIPT, "scripts"}, {FPS_BY_PLACE, "places"}, {FPS_BY_POOL, "pools"},
		{FPS_BY_HOST, "hosts"}, {FPS_BY_VERSION, "versions"}, {FPS_BY_ENVIRONMENT, "where"},
		{FPS_BY_ANNOTATION, "notes"}};

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		const struct fps_ranking *ranking = &defect->by[shown[i].key];

		for (size_t k = 0; k < ranking->count && k < SHOWN_VALUES; k++) {
			char *text = fps_alloc_format("%zu  %s", ranking->all[k].count, ranking->all[k].value);

			fps_terminal_field(stdout, style, INDENT, k ? "" : shown[i].name, text);
			free(text);
		}
		if (ranking->count > SHOWN_VALUES) {
			printf("%*sand %zu more\n", INDENT, "", ranking->count - SHOWN_VALUES);
		}
	}
}

static void print_defect_as_json(const struct fps_defects *defects)
{
	struct json_object *all = fps_defect_json(defects, "incidents", 0);

	fps_json_print(stdout, json_object_get(json_object_array_get_idx(all, 0)), true);
	json_object_put(all);
}

static bool print_defect(struct info *info, const struct fps_defect *defect)
{
	const struct fps_defects defects = {(struct fps_defect *) (uintptr_t) defect, 1};
	struct fps_style style = fps_terminal_style(stdout);

	separate(info);
	if (info->options->json) {
		print_defect_as_json(&defects);
		return true;
	}
	fps_defect_text(stdout, &style, &defects, 1, 0);
	print_rankings(&style, defect);
	print_title("\n", "Example");
	putchar('\n');
	if (defect->record) {
		return print_record(info, defect->record);
	}
	print_incident(info, defect->example);
	return true;
}

/* --- finding ------------------------------------------------------------------------------------------------------ */

/* What an argument may mean: one of the last three. */
struct target {
	const char *kind, *name, *cause;
	double time;
	const struct fps_record *record;
	const struct fps_occurrence *occurrence;
	const struct fps_defect *defect;
};

struct targets {
	const char *wanted;
	struct target all[MAX_CANDIDATES];
	size_t count; /* may be more than there is room for */
	bool is_exact;
	struct fps_nearest nearest;
};

/* By one of its keys. A whole key counts more than beginnings; of one name the later target counts. */
static void add_target(struct targets *targets, const char *key, struct target target)
{
	bool is_exact = strcmp(key, targets->wanted) == 0;

	if (strncmp(key, targets->wanted, strlen(targets->wanted)) != 0 || (targets->is_exact && !is_exact)) {
		return;
	}
	if (is_exact && !targets->is_exact) {
		targets->is_exact = true;
		targets->count = 0;
	}
	for (size_t i = 0; i < targets->count && i < MAX_CANDIDATES; i++) {
		if (strcmp(targets->all[i].name, target.name) == 0) {
			targets->all[i] = target;
			return;
		}
	}
	if (targets->count < MAX_CANDIDATES) {
		targets->all[targets->count] = target;
	}
	targets->count++;
}

static void add_defects(const struct info *info, struct targets *targets)
{
	for (size_t i = 0; i < info->defects.count; i++) {
		const struct fps_defect *defect = &info->defects.all[i];
		struct target target = {
			.kind = "defect", .name = defect->name.text, .cause = "", .time = defect->last, .defect = defect};
		char digits[17];

		snprintf(digits, sizeof(digits), "%016llx", (unsigned long long) defect->fingerprint);
		add_target(targets, defect->name.text, target);
		add_target(targets, digits, target);
		fps_nearest_try(&targets->nearest, defect->name.text);
		fps_nearest_try(&targets->nearest, defect->cause);
	}
}

static void add_requests(const struct info *info, struct targets *targets)
{
	for (size_t i = 0; i < info->logs->count; i++) {
		const struct fps_occurrence *occurrence = &info->logs->all[i];
		const char *id = occurrence->record && occurrence->record->request_id ? occurrence->record->request_id
			: occurrence->incident                                            ? occurrence->incident->request_id
																			  : "";

		if (*id) {
			add_target(targets, id,
				(struct target) {.kind = "request",
					.name = id,
					.cause = occurrence->cause,
					.time = occurrence->time,
					.occurrence = occurrence});
		}
	}
}

/* By time: a request's death comes after its warnings, which have the same id. */
static void add_records(const struct info *info, struct targets *targets)
{
	const struct fps_recordindex *records = &info->logs->known.records;

	for (size_t i = 0; i < records->count; i++) {
		const struct fps_record *record = records->by_time[i];

		add_target(targets, record->id,
			(struct target) {
				.kind = "record", .name = record->id, .cause = record->cause, .time = record->time, .record = record});
	}
}

static void list_candidates(const struct targets *targets)
{
	size_t listed = targets->count < MAX_CANDIDATES ? targets->count : MAX_CANDIDATES;

	fps_warn("%s is ambiguous; give more of it:", targets->wanted);
	for (size_t i = 0; i < listed; i++) {
		const struct target *target = &targets->all[i];
		time_t time = (time_t) target->time;
		char when[32] = "";
		struct tm tm;

		if (localtime_r(&time, &tm) != NULL) {
			strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
		}
		fprintf(stderr, "  %-7s  ", target->kind);
		fps_terminal_print(stderr, target->name);
		fprintf(stderr, "  %s  ", when);
		fps_terminal_print(stderr, target->cause);
		putc('\n', stderr);
	}
	if (listed < targets->count) {
		fprintf(stderr, "  and %zu more\n", targets->count - listed);
	}
}

static bool report_missing(const struct targets *targets)
{
	char *hint = fps_nearest_hint(&targets->nearest, "");

	fps_warn("no record, request or defect here has an id or a name that begins with %s%s; "
			 "'fpmsentinel list' and 'fpmsentinel report' show which there are",
		targets->wanted, hint);
	free(hint);
	return false;
}

static const struct fps_occurrence *occurrence_of(const struct info *info, const struct fps_record *record)
{
	for (size_t i = 0; i < info->logs->count; i++) {
		if (info->logs->all[i].record == record) {
			return &info->logs->all[i];
		}
	}
	return NULL;
}

/* A warning or a record of the master is no occurrence. */
static bool print_target(struct info *info, const struct target *target)
{
	const struct fps_occurrence *occurrence = target->record ? occurrence_of(info, target->record) : target->occurrence;

	if (target->defect) {
		return print_defect(info, target->defect);
	}
	if (occurrence) {
		return print_occurrence(info, occurrence);
	}
	separate(info);
	return print_record(info, target->record);
}

static bool print_named(struct info *info, const char *wanted)
{
	struct targets targets = {.wanted = wanted, .nearest = FPS_NEAREST(wanted)};

	add_defects(info, &targets);
	add_requests(info, &targets);
	add_records(info, &targets);
	if (targets.count > 1) {
		list_candidates(&targets);
	}
	return targets.count == 1 ? print_target(info, &targets.all[0])
		: targets.count > 1   ? false
							  : report_missing(&targets);
}

/* "-1" is the newest. */
static bool print_counted(struct info *info, const char *wanted)
{
	size_t back = strtoul(wanted + 1, NULL, 10);

	if (back == 0 || back > info->chosen) {
		fps_warn("%s: there %s %zu incident%s and records to choose from, the newest of which is -1", wanted,
			info->chosen == 1 ? "is" : "are", info->chosen, info->chosen == 1 ? "" : "s");
		return false;
	}
	return print_occurrence(info, &info->chosen_ones[info->chosen - back]);
}

/* --- the command -------------------------------------------------------------------------------------------------- */

static bool print_newest(struct info *info)
{
	const struct fps_selection *selection = &info->options->selection;
	size_t most = selection->limit ? (size_t) selection->limit : info->chosen;
	bool found = true;

	most = most < info->chosen ? most : info->chosen;
	for (size_t i = 0; i < most; i++) {
		size_t at = info->chosen - (selection->reverse ? i + 1 : most - i);

		found = print_occurrence(info, &info->chosen_ones[at]) && found;
	}
	return found;
}

static bool print_all(struct info *info)
{
	const struct fps_options_list *wanted = &info->options->wanted;
	bool found = wanted->count > 0 || info->chosen > 0;

	if (!found && info->logs->reader.tally.count > 0) {
		fps_warn("nothing matches, of %zu incidents and records that were read", info->logs->count);
	}
	for (size_t i = 0; i < wanted->count; i++) {
		bool is_number = wanted->all[i][0] == '-';

		found = (is_number ? print_counted : print_named)(info, wanted->all[i]) && found;
	}
	return wanted->count ? found : print_newest(info) && found;
}

/* Those that the filters let pass, and the defects of these. */
static void prepare(struct info *info, struct fps_selection selection)
{
	size_t count = info->logs->count;

	selection.limit = 0;
	selection.reverse = false;
	info->chosen_ones = fps_alloc(count + 1, sizeof(*info->chosen_ones));
	memcpy(info->chosen_ones, info->logs->all, count * sizeof(*info->chosen_ones));
	info->chosen = fps_selection_choose(&selection, info->chosen_ones, count);
	info->grouped = fps_alloc(info->chosen + 1, sizeof(*info->grouped));
	memcpy(info->grouped, info->chosen_ones, info->chosen * sizeof(*info->grouped));
	info->defects = fps_defect_group(info->grouped, info->chosen, &info->logs->known.records);
}

static int run(void *parsed)
{
	struct options *options = parsed;
	struct info info = {.options = options, .logs = &options->logs};
	bool good = fps_joinedlogs_read(&options->logs), found;

	prepare(&info, options->selection);
	fps_pager_begin();
	found = print_all(&info);
	fps_defect_free(&info.defects);
	free(info.grouped);
	free(info.chosen_ones);
	fps_joinedlogs_free(&options->logs);
	fps_selection_free(&options->selection);
	free(options->wanted.all);
	return fflush(stdout) != 0 || !good ? FPS_EXIT_TROUBLE : found ? FPS_EXIT_EXPLAINED : FPS_EXIT_UNEXPLAINED;
}

static void print_ability(FILE *out)
{
	fprintf(out, "%s\n", fps_addr2line_ability());
}

const struct fps_command fps_command_info = {
	.name = "info",
	.old_name = "show",
	.summary = "show all that is known of a failure, a record or a defect",
	.usage = "[OPTION]... [-1 | ID | DEFECT]... [FILE]...",
	.about =
		"Shows records in full, with all stacks and source lines for the native one, and defects, with an example. "
		"-1 is the newest failure, and the default; -2 the one before. ID is the beginning of an event.id or a "
		"request's id, DEFECT that of a defect's name or fingerprint, as the other commands print them. What exists "
		"as a file, or has a slash or a dot in it, is a FILE. Without a FILE it reads the logs in their usual "
		"places, like `fpmsentinel trace`.",
	.options = rows,
	.notes =
		{"After DIR it looks in the module's own file, if its build id matches, then asks DEBUGINFOD_URLS, if set.",
			"Exit status: 0 all is found, 1 something is not found or ambiguous, 2 usage error or unreadable input."},
	.print_more = print_ability,
	.suggest = fps_suggestions_offer,
	.size = sizeof(struct options),
	.defaults = &(const struct options) {.selection = {.limit = 1}},
	.run = run,
};
