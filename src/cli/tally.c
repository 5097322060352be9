/* Records counted by cause, pool, script and defect. */
#include "tally.h"

#include "accesslog.h"
#include "files.h"
#include "trace.h"
#include "when.h"

#include <getopt.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] =
	"Usage: fpmsentinel report [OPTION]... [FILE]...\n"
	"Counts records by cause, pool, script and defect. - is standard input; the default FILE is\n"
	FPS_RECORDS_LOG ".\n"
	"\n"
	"  -a, --access FILE    nginx's access log, as in `fpmsentinel trace`: worker deaths in 10,000 requests\n"
	"  -s, --since TIME     as in `fpmsentinel trace`\n"
	"  -u, --until TIME\n"
	"  -t, --top N          show at most N entries per group (default 10)\n"
	"  -f, --format FORMAT  text, or json: all of it, for other programs\n"
	"  -h, --help\n"
	"\n"
	"Exit status: 0, or 2 on usage errors or unreadable input.\n";

struct wishes {
	struct fps_files records, access;
	int64_t since, until, top;
	bool json, help;
};

/* Something that is counted, and of what it is counted for: the highest memory peak and the limit at that, -1 if there was none. */
struct count {
	const char *key; /* of one of the records */
	const struct fps_told *example;
	size_t records;
	int64_t peak, limit;
};

struct counts {
	const char *title;
	struct count *all;
	size_t used;
};

/* Where in the application a defect shows: its first frame with a file. */
static const char *place(const struct fps_told *told, char *text, size_t size)
{
	const char *line = told->stack ? told->stack : "";

	while (*line) {
		size_t len = strcspn(line, "\n");
		struct fps_told_frame frame = fps_told_frame((struct fps_span) {line, len});

		if (frame.where.len > 0 && *line != *FPS_STACK_MARK) {
			snprintf(text, size, "%.*s  %.*s", FPS_SPAN_ARGS(frame.function), FPS_SPAN_ARGS(frame.where));
			return text;
		}
		line += len;
		line += *line == '\n';
	}
	if (told->first[0] && !told->is_complete) {
		snprintf(text, size, "no stack: it is in record %s, which is not among those that were read", told->first);
		return text;
	}
	return told->native ? told->native : "no stack";
}

/* The records must be in the order of the key. */
static void add(struct counts *counts, const char *key, const struct fps_told *told)
{
	struct count *count = counts->used ? &counts->all[counts->used - 1] : NULL;

	if (key == NULL) {
		return;
	}
	if (count == NULL || strcmp(count->key, key) != 0) {
		counts->all = fps_text_resize(counts->all, counts->used + 1, sizeof(*count));
		count = &counts->all[counts->used++];
		*count = (struct count) {.key = key, .example = told};
	}
	if (count->example->first[0] && !count->example->is_complete && !told->first[0]) {
		count->example = told; /* it has a stack of its own */
	}
	count->records++;
	if (told->peak > count->peak) {
		count->peak = told->peak;
		count->limit = told->memory_limit;
	}
}

static const char *key_of(const struct fps_told *told, size_t kind)
{
	const char *const keys[] = {told->cause, told->pool, told->script, told->fingerprint};

	return keys[kind];
}

static size_t sorted_by;

static int by_key(const void *a, const void *b)
{
	const struct fps_told *one = *(struct fps_told *const *) a, *other = *(struct fps_told *const *) b;
	const char *first = key_of(one, sorted_by), *second = key_of(other, sorted_by);
	int result = strcmp(first ? first : "", second ? second : "");

	return result ? result : (one->time > other->time) - (one->time < other->time);
}

static int by_records(const void *a, const void *b)
{
	const struct count *one = a, *other = b;

	return one->records != other->records ? (one->records < other->records) - (one->records > other->records) : strcmp(one->key, other->key);
}

static void write_text(const struct counts *counts, bool defects, size_t top)
{
	char text[300];

	printf("\n%s\n", counts->title);
	for (size_t i = 0; i < counts->used && i < top; i++) {
		const struct count *count = &counts->all[i];

		printf("  %6zu  ", count->records);
		fps_text_print(stdout, count->key);
		if (defects) {
			fputs("  ", stdout);
			fps_text_print(stdout, count->example->cause);
			fputs("  ", stdout);
			fps_text_print(stdout, place(count->example, text, sizeof(text)));
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

		json_object_object_add(object, "key", json_object_new_string(count->key));
		json_object_object_add(object, "records", json_object_new_int64((int64_t) count->records));
		if (count->peak > 0) {
			json_object_object_add(object, "memory_peak", json_object_new_int64(count->peak));
			if (count->limit != 0) {
				json_object_object_add(object, "memory_limit", json_object_new_int64(count->limit));
			}
		}
		if (defects) {
			json_object_object_add(object, "cause", json_object_new_string(count->example->cause));
			json_object_object_add(object, "place", json_object_new_string(place(count->example, text, sizeof(text))));
			json_object_object_add(object, "example", json_object_new_string(count->example->id));
		}
		json_object_array_add(array, object);
	}
	return array;
}

/* Deaths of the time that the access log is of, and its requests. */
static void tell_rate(const struct fps_requests *requests, struct fps_told *const *told, size_t count, struct json_object *object, bool json)
{
	size_t deaths = 0;
	double rate;

	for (size_t i = 0; i < count; i++) {
		deaths += told[i]->action == FPS_ACTION_DEATH && (requests->last == 0 ||
			(told[i]->time >= (double) requests->first - 1 && told[i]->time < (double) requests->last + 2));
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
	printf("%zu death%s of a worker in %llu requests", deaths, deaths == 1 ? "" : "s", (unsigned long long) requests->count);
	if (requests->count) {
		printf(": %.2f in 10,000", rate);
	}
	putchar('\n');
}

static size_t choose(const struct fps_records *records, const struct wishes *wishes, struct fps_told **told)
{
	size_t count = 0;

	for (size_t i = 0; i < records->count; i++) {
		struct fps_told *record = records->by_time[i];
		bool counts = record->action == FPS_ACTION_DEATH || record->action == FPS_ACTION_KILLED || record->action == FPS_ACTION_ABORTED;

		if (counts && record->time >= (double) wishes->since && (wishes->until == 0 || record->time <= (double) wishes->until)) {
			told[count++] = record;
		}
	}
	return count;
}

/* Short ones, and those of which the full record is not known. */
static void tell_storms(struct fps_told *const *told, size_t count, struct json_object *object, bool json)
{
	size_t brief = 0, alone = 0;

	for (size_t i = 0; i < count; i++) {
		brief += told[i]->first[0] != '\0';
		alone += told[i]->first[0] != '\0' && !told[i]->is_complete;
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

static void report(const struct fps_records *records, const struct fps_requests *requests, const struct wishes *wishes)
{
	static const char *const titles[] = {"By cause", "By pool", "By script", "By defect"};
	static const char *const names[] = {"causes", "pools", "scripts", "defects"};
	struct fps_told **told = fps_text_allocate(records->count, sizeof(*told));
	struct json_object *object = json_object_new_object();
	size_t count = choose(records, wishes, told);

	json_object_object_add(object, "records", json_object_new_int64((int64_t) count));
	if (!wishes->json) {
		printf("%zu record%s\n", count, count == 1 ? "" : "s");
	}
	tell_storms(told, count, object, wishes->json);
	if (wishes->access.count) {
		tell_rate(requests, told, count, object, wishes->json);
	}
	for (size_t kind = 0; kind < sizeof(titles) / sizeof(titles[0]); kind++) {
		struct counts counts = {.title = titles[kind]};

		sorted_by = kind;
		qsort(told, count, sizeof(*told), by_key);
		for (size_t i = 0; i < count; i++) {
			add(&counts, key_of(told[i], kind), told[i]);
		}
		if (counts.used) {
			qsort(counts.all, counts.used, sizeof(*counts.all), by_records);
		}
		json_object_object_add(object, names[kind], to_json(&counts, kind == 3));
		if (!wishes->json && counts.used) {
			write_text(&counts, kind == 3, (size_t) wishes->top);
		}
		free(counts.all);
	}
	if (wishes->json) {
		fps_text_print_json(stdout, json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
		putchar('\n');
	}
	json_object_put(object);
	free(told);
}

static bool set_option(struct wishes *wishes, int option, const char *value)
{
	struct fps_span number;

	switch (option) {
		case 'a': fps_files_add(&wishes->access, value); return true;
		case 's': return fps_when_parse(value, (int64_t) time(NULL), &wishes->since);
		case 'u': return fps_when_parse(value, (int64_t) time(NULL), &wishes->until);
		case 'h': wishes->help = true; return true;
		case 'f': wishes->json = strcmp(value, "json") == 0; return wishes->json || strcmp(value, "text") == 0;
		default:
			number = (struct fps_span) {value, strlen(value)};
			return fps_text_number(&number, &wishes->top) && number.len == 0;
	}
}

static bool parse_options(struct wishes *wishes, int argc, char **argv)
{
	static const struct option options[] = {
		{"access", required_argument, NULL, 'a'}, {"since", required_argument, NULL, 's'}, {"until", required_argument, NULL, 'u'},
		{"top", required_argument, NULL, 't'}, {"format", required_argument, NULL, 'f'}, {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	static char name[] = "fpmsentinel report";
	int option;

	argv[0] = name;
	while ((option = getopt_long(argc, argv, "a:s:u:t:f:h", options, NULL)) != -1) {
		if (option == '?') {
			return false;
		}
		if (!set_option(wishes, option, optarg)) {
			fps_text_warn("fpmsentinel report: no such value: %s", optarg);
			return false;
		}
	}
	for (; optind < argc; optind++) {
		fps_files_add(&wishes->records, argv[optind]);
	}
	if (wishes->records.count == 0) {
		fps_files_add_usual(&wishes->records, FPS_RECORDS_LOG);
	}
	return true;
}

int fps_tally_main(int argc, char **argv)
{
	struct wishes wishes = {.top = 10};
	struct fps_records records = {0};
	struct fps_requests requests = {0};
	bool good = true;

	if (!parse_options(&wishes, argc, argv)) {
		fputs("Try 'fpmsentinel report --help'.\n", stderr);
		return FPS_EXIT_TROUBLE;
	}
	if (wishes.help) {
		fputs(usage, stdout);
		return FPS_EXIT_EXPLAINED;
	}
	requests = (struct fps_requests) {.since = wishes.since, .until = wishes.until};
	fps_files_settle(&wishes.records);
	fps_files_settle(&wishes.access);
	for (size_t i = 0; i < wishes.records.count; i++) {
		good = fps_records_read(&records, wishes.records.names[i], wishes.records.usual) && good;
	}
	for (size_t i = 0; i < wishes.access.count; i++) {
		good = fps_accesslog_count(&requests, wishes.access.names[i]) && good;
	}
	fps_records_sort(&records);
	report(&records, &requests, &wishes);
	fps_records_free(&records);
	fps_files_free(&wishes.records);
	fps_files_free(&wishes.access);
	return good && fflush(stdout) == 0 ? FPS_EXIT_EXPLAINED : FPS_EXIT_TROUBLE;
}
