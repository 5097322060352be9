/* Reading logs, and what comes out of them. */
#include "command/joinedlogs.h"

#include "base/alloc.h"
#include "base/warn.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static enum fps_use take(void *to, const struct fps_entry *entry)
{
	struct fps_joinedlogs *logs = to;

	if (logs->is_pipe && entry->kind == FPS_ENTRY_RECORD) {
		FPS_ALLOC_APPEND(logs->piped, logs->piped_count) = fps_alloc_copy(entry->text, 0);
	}
	return fps_explain_take(&logs->known, entry);
}

static bool wants(void *from, struct fps_span line)
{
	struct fps_joinedlogs *logs = from;

	return fps_explain_wants(&logs->known, line);
}

static bool is_pipe(const char *name)
{
	struct stat status;

	return strcmp(name, "-") == 0 || (stat(name, &status) == 0 && !S_ISREG(status.st_mode));
}

static bool read_files(struct fps_joinedlogs *logs)
{
	const struct fps_files *files = &logs->files;
	bool good = files->count > 0;

	for (size_t i = 0; i < files->count; i++) {
		logs->is_pipe = is_pipe(files->all[i].name);
		good = fps_logreader_read(&logs->reader, &files->all[i]) && good;
	}
	fps_explain_sort(&logs->known);
	fps_explain_expect(&logs->known);
	good = (logs->known.incidents.count == 0 || fps_logreader_read_access(&logs->reader, files)) && good;
	if (files->count == 0 && files->folder) {
		fps_warn("%s: no regular file in this folder", files->folder);
	} else if (files->count == 0) {
		fps_warn("no logs in the usual places; name them");
	}
	return good;
}

static int by_time(const void *a, const void *b)
{
	return fps_grouping_compare(a, b);
}

static void join(struct fps_joinedlogs *logs)
{
	const struct fps_incidents *incidents = &logs->known.incidents;
	const struct fps_recordindex *records = &logs->known.records;

	logs->joined = fps_explain_join(&logs->known);
	logs->verdicts = fps_alloc(incidents->count + 1, sizeof(*logs->verdicts));
	logs->all = fps_alloc(incidents->count + records->count + 1, sizeof(*logs->all));
	for (size_t i = 0; i < incidents->count; i++) {
		const struct fps_match *match = &logs->joined.matches[i];

		logs->verdicts[i] = fps_verdict_reach(&incidents->all[i], match, &logs->joined.evidence);
		logs->all[logs->count++] =
			fps_grouping_of_incident(&(struct fps_explained) {&incidents->all[i], match, &logs->verdicts[i]}, i);
	}
	for (size_t i = 0; i < records->count; i++) {
		if (fps_grouping_is_failure(&records->all[i]) && logs->joined.evidence.of_records[i].owner == 0) {
			logs->all[logs->count++] = fps_grouping_of_record(&records->all[i], i);
		}
	}
	qsort(logs->all, logs->count, sizeof(*logs->all), by_time);
}

bool fps_joinedlogs_read(struct fps_joinedlogs *logs)
{
	bool good;

	logs->reader.take = take;
	logs->reader.is_wanted = wants;
	logs->reader.to = logs;
	if (logs->files.count == 0 && logs->files.folder == NULL) {
		fps_findlogs_add_all_usual(&logs->files, FPS_ENTRY_KINDS);
	}
	fps_findlogs_settle(&logs->files);
	good = read_files(logs);
	join(logs);
	return good;
}

/* --- a record as it was written ----------------------------------------------------------------------------------- */

struct search {
	const struct fps_record *wanted;
	struct json_object *found;
	bool is_full;
};

/* A full record before a short one: a coroner may have written both. A request's warning has the id of its death. */
static void look_at(struct search *search, struct fps_span text)
{
	struct fps_record record;

	if (search->is_full || fps_record_parse(text, &record) != FPS_RECORD_READ) {
		return;
	}
	if (strcmp(record.id, search->wanted->id) == 0 && strcmp(record.cause, search->wanted->cause) == 0) {
		json_object_put(search->found);
		search->found = fps_record_json(text);
		search->is_full = !record.first[0];
	}
	fps_record_free(&record);
}

/* What is broken was reported when it was read first. */
static enum fps_use look(void *search, const struct fps_entry *entry)
{
	look_at(search, entry->text);
	return FPS_USE_TAKEN;
}

static void look_in(struct search *search, const struct fps_file *file)
{
	struct fps_logorigins streams = {0};
	struct fps_multiline entries = fps_multiline_of(file->name, &streams, NULL, look, search);
	struct fps_linereader source;

	if (!search->is_full && !is_pipe(file->name) && fps_linereader_open(&source, file->name, file->usual)) {
		entries.only = FPS_ENTRY_RECORD;
		fps_multiline_take(&entries, &source);
		fps_multiline_end(&entries);
		fps_linereader_close(&source);
	}
	fps_multiline_free(&entries);
	fps_logorigin_free(&streams);
}

struct json_object *fps_joinedlogs_json(const struct fps_joinedlogs *logs, const struct fps_record *record)
{
	struct search search = {.wanted = record};

	for (size_t i = 0; i < logs->piped_count; i++) {
		look_at(&search, fps_span_of(logs->piped[i]));
	}
	for (size_t i = 0; i < logs->files.count; i++) {
		look_in(&search, &logs->files.all[i]);
	}
	return search.found;
}

void fps_joinedlogs_free(struct fps_joinedlogs *logs)
{
	for (size_t i = 0; i < logs->known.incidents.count; i++) {
		fps_verdict_free(&logs->verdicts[i]);
	}
	fps_alloc_free_all(logs->piped, logs->piped_count);
	free(logs->verdicts);
	free(logs->all);
	fps_explain_release(&logs->joined);
	fps_explain_free(&logs->known);
	fps_logreader_free(&logs->reader);
	fps_findlogs_free(&logs->files);
}
