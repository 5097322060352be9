/* The command: which record, and what its frames are in the source. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/terminal.h"
#include "base/warn.h"
#include "command.h"
#include "log/findlogs.h"
#include "native/addr2line.h"
#include "native/annotate.h"
#include "output/record_text.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIRECTORY "/usr/lib/debug"

/*
 * Bytes of full records that are kept, the newest ones: the record to show may belong to the storm of one of them.
 */
#define MAX_KEPT ((size_t) 64 << 20)

struct kept {
	struct kept *next;
	char id[33];
	size_t size;
	char *line;
};

struct options {
	const char *id, *directory;
	struct fps_files files;
	bool json;
};

struct show {
	const struct options *options;
	char *line; /* the record that was found, NULL: none */
	char first[33];
	struct kept *oldest, *newest;
	size_t kept;
};

static bool is_id(const char *text)
{
	return strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32;
}

/* The first argument may be an id. */
static bool set_argument(void *field, const char *value)
{
	struct options *options = field;

	if (options->id || options->files.count || !is_id(value)) {
		return fps_findlogs_set(&options->files, value);
	}
	options->id = value;
	return true;
}

static const struct fps_option rows[] = {
	{'i', "id", "ID", NULL, "its event.id, 32 hexadecimal digits, or a prefix of it", fps_options_text,
		offsetof(struct options, id)},
	{'j', "json", NULL, NULL, "as JSON, with `source` added to native frames", fps_options_flag,
		offsetof(struct options, json)},
	{'d', "debug-dir", "DIR", NULL,
		"where to look for debug information by build id, DIR/.build-id/xx/yyyy.debug; default: " DIRECTORY,
		fps_options_text, offsetof(struct options, directory)},
	{.argument = "FILE", .set = set_argument},
	FPS_OPTIONS_END,
};

/* Good as long as the JSON is. */
static struct fps_span line_of(struct json_object *json)
{
	const char *text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	return (struct fps_span) {text, strlen(text)};
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
	const char *id = show->options->id;

	if (id ? strncmp(record->id, id, strlen(id)) == 0 : record->action != FPS_ACTION_MASTER) {
		struct json_object *json = fps_record_json(line);

		free(show->line);
		show->line = fps_alloc_copy(line_of(json), 0);
		memcpy(show->first, record->first, sizeof(show->first));
		json_object_put(json);
	}
	if (!record->first[0] && record->action != FPS_ACTION_MASTER) {
		keep(show, line, record);
	}
	fps_record_free(record);
}

/* The full record of the record's storm; NULL if it belongs to none, or that was not read. */
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

static void show_as_text(const char *title, struct json_object *json, bool is_complete)
{
	struct fps_record record;

	if (fps_record_parse(line_of(json), &record) == FPS_RECORD_READ) {
		fputs(title, stdout);
		record.is_complete = is_complete;
		fps_record_text(stdout, json, &record);
		fps_record_free(&record);
	}
}

static void show_as_json(struct json_object *json, struct json_object *first)
{
	if (first) {
		json_object_object_add(fps_json_member_of(json, "fpmsentinel", "storm"), "record", json_object_get(first));
	}
	fps_terminal_print_json(
		stdout, json_object_to_json_string_ext(json, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	putchar('\n');
}

static void show_record(const struct show *show)
{
	struct json_object *json = json_tokener_parse(show->line), *first = first_of_storm(show, json);

	fps_annotate(json, show->options->directory);
	if (first) {
		fps_annotate(first, show->options->directory);
	}
	if (show->options->json) {
		show_as_json(json, first);
	} else {
		show_as_text("", json, first != NULL);
		if (first) {
			show_as_text("\nThe first record of this storm\n\n", first, false);
		}
	}
	json_object_put(first);
	json_object_put(json);
}

/* False: some file could not be read. */
static bool read_all(struct show *show)
{
	const struct fps_files *files = &show->options->files;
	uint64_t broken = 0;
	bool good = true;

	if (files->count == 0) {
		return fps_recordindex_each(FPS_RECORDINDEX_LOG, true, consider, show, &broken);
	}
	for (size_t i = 0; i < files->count; i++) {
		good = fps_recordindex_each(files->all[i].name, files->all[i].usual, consider, show, &broken) && good;
	}
	return good;
}

static int run(void *parsed)
{
	struct options *options = parsed;
	struct show show = {.options = options};
	bool good = read_all(&show);
	int status = show.line ? FPS_EXIT_EXPLAINED : FPS_EXIT_UNEXPLAINED;

	if (show.line) {
		show_record(&show);
	} else if (good) {
		fps_warn("no such record");
	}
	while (show.oldest) {
		forget_oldest(&show);
	}
	free(show.line);
	fps_findlogs_free(&options->files);
	return good && fflush(stdout) == 0 ? status : FPS_EXIT_TROUBLE;
}

static void print_ability(FILE *out)
{
	fprintf(out, "%s\n", fps_addr2line_ability());
}

const struct fps_command fps_command_show = {
	.name = "show",
	.summary = "show one record",
	.usage = "[OPTION]... [ID] [FILE]...",
	.about = "Shows the last record of the files, or the one with that event.id, with source lines for its native "
			 "stack. A FILE may be compressed, - is standard input; the default is " FPS_RECORDINDEX_LOG ".",
	.options = rows,
	.notes =
		{"After DIR it looks in the module's own file, if its build id matches, then asks DEBUGINFOD_URLS, if set.",
			"Exit status: 0 found, 1 not found, 2 usage error or unreadable input."},
	.print_more = print_ability,
	.size = sizeof(struct options),
	.run = run,
};
