/* Summaries of what was read. */
#include "output/inputsummary.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/terminal.h"
#include "base/warn.h"
#include "log/logkind.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_FILES = 5 };

/* A list in a line: "3 of nginx's error log, 2 records". */
static void add(char **list, uint64_t count, const char *what)
{
	char *longer;

	if (count == 0) {
		return;
	}
	longer = fps_alloc_format("%s%s%llu %s", *list ? *list : "", *list ? ", " : "", (unsigned long long) count, what);
	free(*list);
	*list = longer;
}

static bool is_known(const struct fps_inputcounts_file *file)
{
	for (enum fps_entry_kind kind = 0; kind < FPS_ENTRY_UNKNOWN; kind++) {
		if (file->entries[kind]) {
			return true;
		}
	}
	return false;
}

static void print_unknown(const struct fps_inputcounts *tally)
{
	size_t shown = 0, more = 0;

	for (size_t i = 0; i < tally->count; i++) {
		const struct fps_inputcounts_file *file = &tally->files[i];

		if (!is_known(file) && !file->was_named) { /* what is in a folder besides logs */
			continue;
		}
		if (file->unknown && shown++ < SHOWN_FILES) {
			fps_warn("%s: %llu line%s not understood, the first one is line %llu: %s%s", file->name,
				(unsigned long long) file->unknown, file->unknown == 1 ? "" : "s",
				(unsigned long long) file->example_line, file->example,
				strlen(file->example) == sizeof(file->example) - 1 ? " ..." : "");
		} else if (file->unknown) {
			more++;
		}
	}
	if (more) {
		fps_warn("%zu more files with lines that were not understood", more);
	}
}

void fps_inputsummary_print(const struct fps_inputcounts *tally)
{
	char *list = NULL;
	const char *example = NULL;
	size_t nothing = 0;

	for (enum fps_entry_kind kind = 0; kind < FPS_ENTRY_UNKNOWN; kind++) {
		add(&list, tally->entries[kind], tally->entries[kind] == 1 ? fps_logkind(kind)->one : fps_logkind(kind)->many);
	}
	for (size_t i = 0; i < tally->count; i++) {
		if (!is_known(&tally->files[i]) && !tally->files[i].was_named) {
			nothing++;
			example = tally->files[i].name;
		}
	}
	fps_warn("read %zu file%s: %s", tally->count, tally->count == 1 ? "" : "s", list ? list : "no entries");
	free(list);
	list = NULL;
	for (enum fps_use use = FPS_USE_OTHER; use < FPS_USES; use++) {
		add(&list, tally->uses[use], fps_inputcounts_title(use, tally->uses[use]));
	}
	if (list) {
		fps_warn("not used: %s", list);
	}
	free(list);
	if (nothing) {
		fps_warn(
			"%zu file%s without a log that fpmsentinel knows, such as %s", nothing, nothing == 1 ? "" : "s", example);
	}
	if (tally->skipped) {
		fps_warn("skipped %zu %s of folders (not a regular file, on a kernel file system such as /proc, or nested too "
				 "deeply), such as %s",
			tally->skipped, tally->skipped == 1 ? "entry" : "entries", tally->example);
	}
	print_unknown(tally);
}

static void set(struct json_object *object, const char *name, uint64_t count)
{
	if (count) {
		json_object_object_add(object, name, json_object_new_int64((int64_t) count));
	}
}

static struct json_object *file_json(const struct fps_inputcounts_file *file)
{
	struct json_object *object = json_object_new_object(), *entries = json_object_new_object(),
					   *example = json_object_new_object();

	json_object_object_add(object, "file", fps_json_new_text(file->name));
	set(object, "lines", file->lines);
	for (enum fps_entry_kind kind = 0; kind < FPS_ENTRY_UNKNOWN; kind++) {
		set(entries, fps_logkind(kind)->name, file->entries[kind]);
	}
	json_object_object_add(object, "entries", entries);
	set(object, "not_understood", file->unknown);
	if (file->unknown) {
		set(example, "line", file->example_line);
		json_object_object_add(example, "text", fps_json_new_text(file->example));
		json_object_object_add(object, "example", json_object_get(example));
	}
	json_object_put(example);
	return object;
}

void fps_inputsummary_json(FILE *out, const struct fps_inputcounts *tally)
{
	struct json_object *object, *files, *unused;

	if (tally == NULL) {
		fputs("null", out);
		return;
	}
	object = json_object_new_object();
	files = json_object_new_array();
	unused = json_object_new_object();
	for (size_t i = 0; i < tally->count; i++) {
		json_object_array_add(files, file_json(&tally->files[i]));
	}
	for (enum fps_use use = FPS_USE_OTHER; use < FPS_USES; use++) {
		set(unused, fps_inputcounts_name(use), tally->uses[use]);
	}
	json_object_object_add(object, "files", files);
	json_object_object_add(object, "not_used", unused);
	set(object, "skipped", tally->skipped);
	set(object, "not_understood", tally->unknown);
	fps_terminal_print_json(
		out, json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}
