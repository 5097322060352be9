/* The command: which record, and what its frames are in the source. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/page.h"
#include "command.h"
#include "native/annotate.h"
#include "native/debuginfo.h"
#include "output/record_text.h"

#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIRECTORY "/usr/lib/debug"

/*
 * So many bytes of full records are kept, the newest: one may be the first of the storm that the record to show is of.
 */
#define MAX_KEPT ((size_t) 64 << 20)

static const char usage[] =
	"Usage: fpmsentinel show [OPTION]... [ID] [FILE]...\n"
	"Shows the last record of the files, or the one with that event.id, with source lines for its native stack.\n"
	"A FILE may be compressed by gzip, - is standard input; without any it is " FPS_RECORDS_LOG ".\n"
	"\n"
	"  -i, --id ID          its event.id, 32 hexadecimal digits, or a prefix of it\n"
	"  -j, --json           as JSON, with `source` added to native frames\n"
	"  -d, --debug-dir DIR  where to look for debug information by build id, DIR/.build-id/xx/yyyy.debug;\n"
	"                       default: " DIRECTORY "\n"
	"  -h, --help\n"
	"\n"
	"After DIR it looks in the module's own file, if its build id matches, then asks DEBUGINFOD_URLS, if set.\n"
	"Exit status: 0 found, 1 not found, 2 usage error or unreadable input.\n";

struct kept {
	struct kept *next;
	char id[33];
	size_t size;
	char *line;
};

struct show {
	const char *id, *directory;
	bool json;
	char *line; /* the record that was found, NULL: none */
	char first[33];
	struct kept *oldest, *newest;
	size_t kept;
};

static bool is_id(const char *text)
{
	return strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32;
}

static void forget_oldest(struct show *show)
{
	struct kept *oldest = show->oldest;

	show->oldest = oldest->next;
	show->newest = show->oldest ? show->newest : NULL;
	show->kept -= oldest->size;
	free(oldest->line);
	free(oldest);
}

static void keep(struct show *show, struct fps_span line, const struct fps_record *record)
{
	struct kept *kept = fps_alloc(1, sizeof(*kept));

	*kept = (struct kept) {.size = line.len + sizeof(*kept), .line = fps_alloc_copy(line, 0)};
	memcpy(kept->id, record->id, sizeof(kept->id));
	*(show->newest ? &show->newest->next : &show->oldest) = kept;
	show->newest = kept;
	show->kept += kept->size;
	while (show->oldest && show->kept > MAX_KEPT) {
		forget_oldest(show);
	}
}

static void consider(void *context, struct fps_span line, struct fps_record *record)
{
	struct show *show = context;

	if (show->id ? strncmp(record->id, show->id, strlen(show->id)) == 0 : record->action != FPS_ACTION_MASTER) {
		struct json_object *json = fps_record_json(line);
		const char *text =
			json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

		free(show->line);
		show->line = fps_alloc_copy((struct fps_span) {text, strlen(text)}, 0);
		memcpy(show->first, record->first, sizeof(show->first));
		json_object_put(json);
	}
	if (!record->first[0] && record->action != FPS_ACTION_MASTER) {
		keep(show, line, record);
	}
	fps_record_free(record);
}

/* The full record of the storm that the record is of; NULL if it is of none, or that was not read. */
static struct json_object *first_of_storm(const struct show *show, struct json_object *json)
{
	const char *fingerprint = fps_json_text_in(fps_json_member(json, "fpmsentinel"), "fingerprint");

	for (const struct kept *kept = show->oldest; show->first[0] && kept; kept = kept->next) {
		struct json_object *first = strcmp(kept->id, show->first) == 0
			? fps_record_json((struct fps_span) {kept->line, strlen(kept->line)})
			: NULL;

		if (first && strcmp(fps_json_text_in(fps_json_member(first, "fpmsentinel"), "fingerprint"), fingerprint) == 0) {
			return first;
		}
		json_object_put(first);
	}
	return NULL;
}

static void show_as_text(struct json_object *json, struct json_object *first)
{
	struct fps_record record, first_record = {.pid = 0};
	struct fps_span line = {
		json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE), 0};

	line.len = strlen(line.at);
	if (fps_record_parse(line, &record) != FPS_RECORD_READ) {
		return;
	}
	record.is_complete = first != NULL;
	fps_record_text(stdout, json, &record);
	fps_record_free(&record);
	if (first != NULL) {
		line.at = json_object_to_json_string_ext(first, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
		line.len = strlen(line.at);
		if (fps_record_parse(line, &first_record) == FPS_RECORD_READ) {
			fputs("\nThe first record of this storm\n\n", stdout);
			fps_record_text(stdout, first, &first_record);
			fps_record_free(&first_record);
		}
	}
}

static void show_record(const struct show *show)
{
	struct json_object *json = json_tokener_parse(show->line), *first = first_of_storm(show, json);

	fps_annotate(json, show->directory);
	if (first != NULL) {
		fps_annotate(first, show->directory);
	}
	if (show->json) {
		if (first != NULL) {
			json_object_object_add(fps_json_member_of(json, "fpmsentinel", "storm"), "record", json_object_get(first));
		}
		fps_page_print_json(
			stdout, json_object_to_json_string_ext(json, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
		putchar('\n');
	} else {
		show_as_text(json, first);
	}
	json_object_put(first);
	json_object_put(json);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{"id", required_argument, NULL, 'i'},
		{"json", no_argument, NULL, 'j'},
		{"debug-dir", required_argument, NULL, 'd'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	static char name[] = "fpmsentinel show";
	struct show show = {.directory = NULL};
	uint64_t broken = 0;
	bool good = true;
	int option;

	argv[0] = name;
	while ((option = getopt_long(argc, argv, "i:jd:h", options, NULL)) != -1) {
		switch (option) {
			case 'i': show.id = optarg; break;
			case 'j': show.json = true; break;
			case 'd': show.directory = optarg; break;
			case 'h': printf("%s\n%s\n", usage, fps_debuginfo_ability()); return FPS_EXIT_EXPLAINED;
			default: fputs("Try 'fpmsentinel show --help'.\n", stderr); return FPS_EXIT_TROUBLE;
		}
	}
	if (optind < argc && show.id == NULL && is_id(argv[optind])) {
		show.id = argv[optind++];
	}
	if (optind == argc) {
		good = fps_records_each(FPS_RECORDS_LOG, true, consider, &show, &broken);
	}
	for (; optind < argc; optind++) {
		good = fps_records_each(argv[optind], false, consider, &show, &broken) && good;
	}
	if (show.line != NULL) {
		show_record(&show);
	} else if (good) {
		fputs("fpmsentinel show: no such record\n", stderr);
	}
	option = !good || fflush(stdout) != 0 ? FPS_EXIT_TROUBLE : show.line ? FPS_EXIT_EXPLAINED : FPS_EXIT_UNEXPLAINED;
	while (show.oldest) {
		forget_oldest(&show);
	}
	free(show.line);
	return option;
}

const struct fps_command fps_command_show = {"show", "show one record", run};
