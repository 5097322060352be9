/* Records counted by cause, pool, script and defect. */
#include "tally.h"

#include "report.h"
#include "trace.h"
#include "when.h"

#include <getopt.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] =
	"Usage: fpmsentinel report [--json] [--since TIME] [--until TIME] FILE...\n"
	"Counts the records of the files by cause, pool, script and defect; - is standard input.\n"
	"\n"
	"  -s, --since TIME  as of `fpmsentinel trace`\n"
	"  -u, --until TIME\n"
	"  -t, --top N       so many lines of each kind, 10 unless said otherwise\n"
	"  -j, --json        all of it, for other programs\n"
	"  -h, --help\n"
	"\n"
	"Exit status: 0, or 2 for wrong usage and for what could not be read.\n";

/* Something that is counted, and of what it is counted for: the highest memory peak and the limit at that. */
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
		const char *tab = memchr(line, '\t', len);

		if (tab != NULL && tab + 1 < line + len) {
			snprintf(text, size, "%.*s  %.*s", (int) (tab - line), line, (int) (line + len - tab - 1), tab + 1);
			return text;
		}
		line += len;
		line += *line == '\n';
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

static void report(const struct fps_records *records, int64_t since, int64_t until, size_t top, bool json)
{
	static const char *const titles[] = {"By cause", "By pool", "By script", "By defect"};
	static const char *const names[] = {"causes", "pools", "scripts", "defects"};
	struct fps_told **told = fps_text_allocate(records->count, sizeof(*told));
	struct json_object *object = json_object_new_object();
	size_t count = 0;

	for (size_t i = 0; i < records->count; i++) {
		const struct fps_told *record = records->by_time[i];
		bool counts = record->action == FPS_ACTION_DEATH || record->action == FPS_ACTION_KILLED || record->action == FPS_ACTION_ABORTED;

		if (counts && record->time >= (double) since && (until == 0 || record->time <= (double) until)) {
			told[count++] = records->by_time[i];
		}
	}
	json_object_object_add(object, "records", json_object_new_int64((int64_t) count));
	if (!json) {
		printf("%zu record%s\n", count, count == 1 ? "" : "s");
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
		if (!json && counts.used) {
			write_text(&counts, kind == 3, top);
		}
		free(counts.all);
	}
	if (json) {
		puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	}
	json_object_put(object);
	free(told);
}

struct wishes {
	int64_t since, until, top;
	bool json, help;
};

static bool parse_options(struct wishes *wishes, int argc, char **argv)
{
	static const struct option options[] = {
		{"since", required_argument, NULL, 's'}, {"until", required_argument, NULL, 'u'}, {"top", required_argument, NULL, 't'},
		{"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	static char name[] = "fpmsentinel report";
	struct fps_span number;
	bool good = true;
	int option;

	argv[0] = name;
	while (good && (option = getopt_long(argc, argv, "s:u:t:jh", options, NULL)) != -1) {
		switch (option) {
			case 's': good = fps_when_parse(optarg, (int64_t) time(NULL), &wishes->since); break;
			case 'u': good = fps_when_parse(optarg, (int64_t) time(NULL), &wishes->until); break;
			case 'j': wishes->json = true; break;
			case 'h': wishes->help = true; break;
			case 't':
				number = (struct fps_span) {optarg, strlen(optarg)};
				good = fps_text_number(&number, &wishes->top) && number.len == 0;
				break;
			default: return false;
		}
		if (!good) {
			fprintf(stderr, "fpmsentinel report: no such value: %s\n", optarg);
		}
	}
	return good;
}

int fps_tally_main(int argc, char **argv)
{
	struct wishes wishes = {.top = 10};
	struct fps_records records = {0};
	bool good = true;

	if (!parse_options(&wishes, argc, argv) || (optind == argc && !wishes.help)) {
		fputs("Try 'fpmsentinel report --help'.\n", stderr);
		return FPS_EXIT_TROUBLE;
	}
	if (wishes.help) {
		fputs(usage, stdout);
		return FPS_EXIT_EXPLAINED;
	}
	for (; optind < argc; optind++) {
		good = fps_records_read(&records, argv[optind]) && good;
	}
	fps_records_sort(&records);
	report(&records, wishes.since, wishes.until, (size_t) wishes.top, wishes.json);
	fps_records_free(&records);
	return good && fflush(stdout) == 0 ? FPS_EXIT_EXPLAINED : FPS_EXIT_TROUBLE;
}
