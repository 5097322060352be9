/* One record for a person: all of its stacks, where `trace` has their beginning. */
#include "show.h"

#include "advice.h"
#include "report.h"
#include "trace.h"

#include <getopt.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"Usage: fpmsentinel show [--json] [ID] [FILE]...\n"
	"Shows the last record of the files, or the one with that event.id; - is standard input.\n"
	"\n"
	"  -i, --id ID   its event.id, 32 hexadecimal digits, or as many of its first ones as make it unique\n"
	"  -j, --json    as it is, in lines\n"
	"  -h, --help\n"
	"\n"
	"Exit status: 0 it was found, 1 it was not, 2 wrong usage or something could not be read.\n";

struct show {
	const char *id;
	bool json;
	char *line; /* the record that was found, NULL: none */
};

static bool is_id(const char *text)
{
	return strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32;
}

static bool look(struct show *show, const char *name)
{
	struct fps_source source;
	struct fps_span line;
	struct fps_told told;

	if (!fps_source_open(&source, name)) {
		return false;
	}
	while (fps_source_next(&source, NULL, &line)) {
		if (fps_records_parse(line, &told) != FPS_RECORD_READ) {
			continue;
		}
		if (show->id ? strncmp(told.id, show->id, strlen(show->id)) == 0 : told.action != FPS_ACTION_MASTER) {
			const char *from = fps_text_find(line, "{\"@timestamp\":");

			free(show->line);
			show->line = fps_text_copy((struct fps_span) {from, (size_t) (line.at + line.len - from)}, 0);
		}
		fps_told_free(&told);
	}
	fps_source_close(&source);
	return !source.failed;
}

static struct json_object *at(struct json_object *object, const char *one, const char *other)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, one, &value)) {
		return NULL;
	}
	object = value;
	return other == NULL ? object : json_object_object_get_ex(object, other, &value) ? value : NULL;
}

/* A value as text, empty if there is none. */
static const char *text(struct json_object *value)
{
	return value ? json_object_get_string(value) : "";
}

static void print(const char *before, struct json_object *value)
{
	if (value != NULL) {
		fputs(before, stdout);
		fps_text_print(stdout, text(value));
	}
}

static void heading(const struct fps_style *style, const char *name)
{
	printf("\n%s%s%s\n", style->colour ? "\033[1m" : "", name, style->colour ? "\033[0m" : "");
}

static void field(const struct fps_style *style, const char *name, const char *value)
{
	if (*value) {
		printf("  %-9s", name);
		fps_report_wrap(stdout, style, 11, value);
	}
}

static void php_stack(const struct fps_style *style, struct json_object *php)
{
	struct json_object *stack = at(php, "stack", NULL), *omitted = at(php, "frames_omitted", NULL);

	if (!json_object_is_type(stack, json_type_array)) {
		return;
	}
	heading(style, "PHP stack");
	for (size_t i = 0; i < json_object_array_length(stack); i++) {
		struct json_object *frame = json_object_array_get_idx(stack, i);

		printf("  %3zu  ", i);
		print("", at(frame, "class", NULL));
		print("", at(frame, "type", NULL));
		print("", at(frame, "function", NULL));
		print("  ", at(frame, "file", NULL));
		print(":", at(frame, "line", NULL));
		fputs(json_object_get_boolean(at(frame, "line_approximate", NULL)) ? " (or near it)\n" : "\n", stdout);
	}
	if (omitted) {
		printf("       and %s more in the middle\n", text(omitted));
	}
}

static void native_stack(const struct fps_style *style, struct json_object *native)
{
	struct json_object *stack = at(native, "stack", NULL);

	if (!json_object_is_type(stack, json_type_array)) {
		return;
	}
	heading(style, "Native stack");
	for (size_t i = 0; i < json_object_array_length(stack); i++) {
		struct json_object *frame = json_object_array_get_idx(stack, i);

		printf("  %3zu", i);
		print("  ", at(frame, "ip", NULL));
		print("  ", at(frame, "symbol", NULL));
		print("  ", at(frame, "module", NULL));
		print(" + ", at(frame, "offset", NULL));
		putchar('\n');
	}
}

static void summary(const struct fps_style *style, struct json_object *record, const struct fps_told *told)
{
	const struct fps_advice *advice = fps_advice_of(told->cause);
	struct json_object *ours = at(record, "fpmsentinel", NULL);
	char had[400];

	printf("%s%s%s\n", style->colour ? "\033[1m" : "", told->id, style->colour ? "\033[0m" : "");
	field(style, "when", text(at(record, "@timestamp", NULL)));
	field(style, "what", told->message);
	field(style, "cause", told->cause);
	if (fps_advice_knows(told->cause)) {
		field(style, "", advice->meaning);
		field(style, "change", advice->change);
		field(style, "not", advice->avoid ? advice->avoid : "");
	}
	field(style, "sure", fps_certainty_name(told->confidence));
	field(style, "because", told->evidence ? told->evidence : "");
	fps_advice_measure(told, had, sizeof(had));
	field(style, "had", had);
	field(style, "script", told->script ? told->script : "");
	field(style, "client", told->client ? told->client : "");
	field(style, "request", told->request_id ? told->request_id : "");
	field(style, "phase", text(at(ours, "phase", NULL)));
	field(style, "notes", text(at(at(ours, "request", NULL), "annotations", NULL)));
	struct json_object *incomplete = at(ours, "incomplete", NULL);

	if (json_object_is_type(incomplete, json_type_array) && json_object_array_length(incomplete) > 0) {
		field(style, "missing", text(incomplete));
	}
}

static void show_record(const struct show *show)
{
	struct fps_style style = fps_report_style(stdout);
	struct json_object *record, *ours;
	struct fps_told told;

	record = json_tokener_parse(show->line);
	if (show->json) {
		puts(json_object_to_json_string_ext(record, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	} else if (fps_records_parse((struct fps_span) {show->line, strlen(show->line)}, &told) == FPS_RECORD_READ) {
		summary(&style, record, &told);
		ours = at(record, "fpmsentinel", NULL);
		php_stack(&style, at(ours, "php", NULL));
		native_stack(&style, at(ours, "native", NULL));
		fps_told_free(&told);
	}
	json_object_put(record);
}

int fps_show_main(int argc, char **argv)
{
	static const struct option options[] = {
		{"id", required_argument, NULL, 'i'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	static char name[] = "fpmsentinel show";
	struct show show = {0};
	bool good = true, read = false;
	int option;

	argv[0] = name;
	while ((option = getopt_long(argc, argv, "i:jh", options, NULL)) != -1) {
		switch (option) {
			case 'i': show.id = optarg; break;
			case 'j': show.json = true; break;
			case 'h':
				fputs(usage, stdout);
				return FPS_EXIT_EXPLAINED;
			default:
				fputs("Try 'fpmsentinel show --help'.\n", stderr);
				return FPS_EXIT_TROUBLE;
		}
	}
	if (optind < argc && show.id == NULL && is_id(argv[optind])) {
		show.id = argv[optind++];
	}
	for (; optind < argc; optind++, read = true) {
		good = look(&show, argv[optind]) && good;
	}
	good = (read || look(&show, "-")) && good;
	if (show.line != NULL) {
		show_record(&show);
	} else if (good) {
		fputs("fpmsentinel show: no such record\n", stderr);
	}
	option = !good || fflush(stdout) != 0 ? FPS_EXIT_TROUBLE : show.line ? FPS_EXIT_EXPLAINED : FPS_EXIT_UNEXPLAINED;
	free(show.line);
	return option;
}
