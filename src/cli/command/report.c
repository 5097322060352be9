/* Records counted by cause, pool, script and defect. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/terminal.h"
#include "command.h"
#include "log/accesslog.h"
#include "log/findlogs.h"
#include "log/recordindex.h"
#include "output/incident_printer.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
	struct fps_files records, access;
	int64_t since, until, top;
	enum fps_format format;
};

static const char *const formats[] = {"text", "json", NULL};

static const struct fps_option rows[] = {
	{'a', "access", "FILE", NULL, "nginx's access log, as in `fpmsentinel trace`: worker deaths per 10,000 requests",
		fps_findlogs_set, offsetof(struct options, access)},
	{'s', "since", "TIME", NULL, "as in `fpmsentinel trace`", fps_options_time, offsetof(struct options, since)},
	{'u', "until", "TIME", NULL, "as in `fpmsentinel trace`", fps_options_time, offsetof(struct options, until)},
	{'t', "top", "N", NULL, "show at most N entries per group (default 10)", fps_options_number,
		offsetof(struct options, top)},
	{'f', "format", NULL, formats, "readable text, or JSON with everything", NULL, offsetof(struct options, format)},
	{.argument = "FILE", .set = fps_findlogs_set, .offset = offsetof(struct options, records)},
	FPS_OPTIONS_END,
};

/*
 * Something that is counted, and of what it is counted for: the highest memory peak and the limit at that, -1 if there
 * was none.
 */
struct count {
	const char *key; /* of one of the records */
	const struct fps_record *example;
	size_t records;
	int64_t peak, limit;
};

struct counts {
	const char *title;
	struct count *all;
	size_t used;
};

/* Where in the application a defect shows: its first frame with a file. */
static const char *place(const struct fps_record *record, char *text, size_t size)
{
	const char *line = record->stack ? record->stack : "";

	while (*line) {
		size_t len = strcspn(line, "\n");
		struct fps_record_frame frame = fps_record_frame((struct fps_span) {line, len});

		if (frame.where.len > 0 && *line != *FPS_STACK_MARK) {
			snprintf(text, size, "%.*s  %.*s", FPS_SPAN_ARGS(frame.function), FPS_SPAN_ARGS(frame.where));
			return text;
		}
		line += len;
		line += *line == '\n';
	}
	if (record->first[0] && !record->is_complete) {
		snprintf(text, size, "no stack: it is in record %s, which is not among those that were read", record->first);
		return text;
	}
	return record->native ? record->native : "no stack";
}

/* The records must be in the order of the key. */
static void add(struct counts *counts, const char *key, const struct fps_record *record)
{
	struct count *count = counts->used ? &counts->all[counts->used - 1] : NULL;

	if (key == NULL) {
		return;
	}
	if (count == NULL || strcmp(count->key, key) != 0) {
		counts->all = fps_alloc_resize(counts->all, counts->used + 1, sizeof(*count));
		count = &counts->all[counts->used++];
		*count = (struct count) {.key = key, .example = record};
	}
	if (count->example->first[0] && !count->example->is_complete && !record->first[0]) {
		count->example = record; /* it has a stack of its own */
	}
	count->records++;
	if (record->peak > count->peak) {
		count->peak = record->peak;
		count->limit = record->memory_limit;
	}
}

static const char *key_of(const struct fps_record *record, size_t kind)
{
	const char *const keys[] = {record->cause, record->pool, record->script, record->fingerprint};

	return keys[kind];
}

static size_t sorted_by;

static int by_key(const void *a, const void *b)
{
	const struct fps_record *one = *(struct fps_record *const *) a, *other = *(struct fps_record *const *) b;
	const char *first = key_of(one, sorted_by), *second = key_of(other, sorted_by);
	int result = strcmp(first ? first : "", second ? second : "");

	return result ? result : (one->time > other->time) - (one->time < other->time);
}

static int by_records(const void *a, const void *b)
{
	const struct count *one = a, *other = b;

	return one->records != other->records ? (one->records < other->records) - (one->records > other->records)
										  : strcmp(one->key, other->key);
}

static void write_text(const struct counts *counts, bool defects, size_t top)
{
	char text[300];

	printf("\n%s\n", counts->title);
	for (size_t i = 0; i < counts->used && i < top; i++) {
		const struct count *count = &counts->all[i];

		printf("  %6zu  ", count->records);
		fps_terminal_print(stdout, count->key);
		if (defects) {
			fputs("  ", stdout);
			fps_terminal_print(stdout, count->example->cause);
			fputs("  ", stdout);
			fps_terminal_print(stdout, place(count->example, text, sizeof(text)));
		}
		if (count->peak > 0 && !defects) {
			printf("  (memory peak up to %.1f MB", (double) count->peak / (1 << 20));
			if (count->limit > 0) {
				printf(" of %.0f MB", (double) count->limit / (1 << 20));
			}
			putchar(')');
		}
		putchar('\n');
	}
	if (counts->used > top) {
		printf("          and %zu more\n", counts->used - top);
	}
}

static struct json_object *to_json(const struct counts *counts, bool defects)
{
	struct json_object *array = json_object_new_array();
	char text[300];

	for (size_t i = 0; i < counts->used; i++) {
		const struct count *count = &counts->all[i];
		struct json_object *object = json_object_new_object();

		FPS_JSON_SET(object, {"key", count->key, 0}, {"records", NULL, (int64_t) count->records});
		if (count->peak > 0) {
			FPS_JSON_SET(object, {"memory_peak", NULL, count->peak}, {"memory_limit", NULL, count->limit});
		}
		if (defects) {
			FPS_JSON_SET(object, {"cause", count->example->cause, 0},
				{"place", place(count->example, text, sizeof(text)), 0}, {"example", count->example->id, 0});
		}
		json_object_array_add(array, object);
	}
	return array;
}

/* Deaths in the time that the access log covers, and its requests. */
static void write_rate(const struct fps_requests *requests, struct fps_record *const *record, size_t count,
	struct json_object *object, bool json)
{
	size_t deaths = 0;
	double rate;

	for (size_t i = 0; i < count; i++) {
		deaths += record[i]->action == FPS_ACTION_DEATH
			&& (requests->last == 0
				|| (record[i]->time >= (double) requests->first - 1 && record[i]->time < (double) requests->last + 2));
	}
	rate = requests->count ? 1e4 * (double) deaths / (double) requests->count : 0;
	if (json) {
		json_object_object_add(object, "requests", json_object_new_int64((int64_t) requests->count));
		json_object_object_add(object, "deaths", json_object_new_int64((int64_t) deaths));
		if (requests->count) {
			json_object_object_add(object, "deaths_per_10000_requests", json_object_new_double(rate));
		}
		return;
	}
	printf("%zu death%s of a worker in %llu requests", deaths, deaths == 1 ? "" : "s",
		(unsigned long long) requests->count);
	if (requests->count) {
		printf(": %.2f in 10,000", rate);
	}
	putchar('\n');
}

static size_t choose(const struct fps_recordindex *records, const struct options *options, struct fps_record **chosen)
{
	size_t count = 0;

	for (size_t i = 0; i < records->count; i++) {
		struct fps_record *record = records->by_time[i];
		bool counts = record->action == FPS_ACTION_DEATH || record->action == FPS_ACTION_KILLED
			|| record->action == FPS_ACTION_ABORTED;

		if (counts && record->time >= (double) options->since
			&& (options->until == 0 || record->time <= (double) options->until)) {
			chosen[count++] = record;
		}
	}
	return count;
}

/* Short ones, and those of which the full record is not known. */
static void write_storms(struct fps_record *const *record, size_t count, struct json_object *object, bool json)
{
	size_t brief = 0, alone = 0;

	for (size_t i = 0; i < count; i++) {
		brief += record[i]->first[0] != '\0';
		alone += record[i]->first[0] != '\0' && !record[i]->is_complete;
	}
	if (brief > 0 && json) {
		json_object_object_add(object, "short_records", json_object_new_int64((int64_t) brief));
		json_object_object_add(object, "without_first", json_object_new_int64((int64_t) alone));
	} else if (brief > 0) {
		printf("%zu of them short, in storms", brief);
		if (alone > 0) {
			printf("; of %zu the full record is not among those that were read, and with it script and stacks", alone);
		}
		putchar('\n');
	}
}

static void report(
	const struct fps_recordindex *records, const struct fps_requests *requests, const struct options *options)
{
	static const char *const titles[] = {"By cause", "By pool", "By script", "By defect"};
	static const char *const names[] = {"causes", "pools", "scripts", "defects"};
	struct fps_record **record = fps_alloc(records->count, sizeof(*record));
	struct json_object *object = json_object_new_object();
	size_t count = choose(records, options, record);
	bool json = options->format == FPS_FORMAT_JSON;

	json_object_object_add(object, "records", json_object_new_int64((int64_t) count));
	if (!json) {
		printf("%zu record%s\n", count, count == 1 ? "" : "s");
	}
	write_storms(record, count, object, json);
	if (options->access.count) {
		write_rate(requests, record, count, object, json);
	}
	for (size_t kind = 0; kind < sizeof(titles) / sizeof(titles[0]); kind++) {
		struct counts counts = {.title = titles[kind]};

		sorted_by = kind;
		qsort(record, count, sizeof(*record), by_key);
		for (size_t i = 0; i < count; i++) {
			add(&counts, key_of(record[i], kind), record[i]);
		}
		if (counts.used) {
			qsort(counts.all, counts.used, sizeof(*counts.all), by_records);
		}
		json_object_object_add(object, names[kind], to_json(&counts, kind == 3));
		if (!json && counts.used) {
			write_text(&counts, kind == 3, (size_t) options->top);
		}
		free(counts.all);
	}
	if (json) {
		fps_terminal_print_json(
			stdout, json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
		putchar('\n');
	}
	json_object_put(object);
	free(record);
}

static int run(void *parsed)
{
	struct options *options = parsed;
	struct fps_recordindex records = {.count = 0};
	struct fps_requests requests = {.since = options->since, .until = options->until};
	bool good = true;

	if (options->records.count == 0) {
		fps_findlogs_add_usual(&options->records, FPS_RECORDINDEX_LOG, FPS_ENTRY_RECORD, true);
	}
	if (options->records.count == 0) { /* reading it says that it is not there */
		fps_findlogs_add(&options->records, FPS_RECORDINDEX_LOG, FPS_ENTRY_RECORD);
	}
	fps_findlogs_settle(&options->records);
	fps_findlogs_settle(&options->access);
	for (size_t i = 0; i < options->records.count; i++) {
		good = fps_recordindex_read(&records, options->records.all[i].name, options->records.all[i].usual) && good;
	}
	for (size_t i = 0; i < options->access.count; i++) {
		good = fps_accesslog_count(&requests, options->access.all[i].name) && good;
	}
	fps_recordindex_sort(&records);
	report(&records, &requests, options);
	fps_recordindex_free(&records);
	fps_findlogs_free(&options->records);
	fps_findlogs_free(&options->access);
	return good && fflush(stdout) == 0 ? FPS_EXIT_EXPLAINED : FPS_EXIT_TROUBLE;
}

const struct fps_command fps_command_report = {
	.name = "report",
	.summary = "count records by cause, pool, script and defect",
	.usage = "[OPTION]... [FILE]...",
	.about = "Counts records by cause, pool, script and defect. - is standard input; the default FILE "
			 "is " FPS_RECORDINDEX_LOG ".",
	.options = rows,
	.notes = {"Exit status: 0, or 2 on usage errors or unreadable input."},
	.size = sizeof(struct options),
	.defaults = &(const struct options) {.top = 10},
	.run = run,
};
