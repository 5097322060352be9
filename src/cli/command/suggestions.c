/* Values out of records, for shells to complete. */
#include "command/suggestions.h"

#include "base/alloc.h"
#include "explain/defect.h"
#include "log/findlogs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Somebody waits: so many bytes of records, the newest files first; so many ids, the newest first. */
enum { MAX_BYTES = 16 << 20, MAX_IDS = 20 };

static bool is_harmless(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@/+=-";

	return *word && *word != '-' && strspn(word, plain) == strlen(word);
}

static void offer(FILE *out, const char *current, const char *word, const char *help)
{
	if (is_harmless(word)) {
		fps_options_offer(out, current, word, help);
	}
}

static struct fps_recordindex read_records(int count, char *const *words)
{
	struct fps_recordindex records = {.count = 0};
	struct fps_files files = {.count = 0};
	struct stat status;
	off_t bytes = 0;

	for (int i = 0; i < count; i++) {
		const char *equals = strncmp(words[i], "--", 2) == 0 ? strchr(words[i], '=') : NULL; /* --records=FILE */
		const char *name = equals ? equals + 1 : words[i];

		if (stat(name, &status) == 0 && S_ISREG(status.st_mode)) {
			fps_findlogs_add(&files, name, FPS_ENTRY_RECORD);
		}
	}
	if (files.count == 0) {
		fps_findlogs_add_all_usual(&files, FPS_ENTRY_RECORD);
	}
	fps_findlogs_settle(&files); /* by age */
	for (size_t i = files.count; i > 0 && bytes <= MAX_BYTES; i--) {
		bytes += stat(files.all[i - 1].name, &status) == 0 ? status.st_size : 0;
		if (bytes <= MAX_BYTES) {
			fps_recordindex_read(&records, files.all[i - 1].name, files.all[i - 1].usual);
		}
	}
	fps_findlogs_free(&files);
	fps_recordindex_sort(&records);
	return records;
}

/* Of deaths and the like; the caller frees them. */
static struct fps_occurrence *occurrences_of(const struct fps_recordindex *records, size_t *count)
{
	struct fps_occurrence *all = fps_alloc(records->count + 1, sizeof(*all));

	*count = 0;
	for (size_t i = 0; i < records->count; i++) {
		const struct fps_record *record = records->by_time[i];

		if (fps_grouping_is_failure(record)) {
			all[(*count)++] = fps_grouping_of_record(record, i);
		}
	}
	return all;
}

static void offer_ids(FILE *out, const char *current, const struct fps_occurrence *all, size_t count)
{
	size_t offered = 0;

	for (size_t i = count; i > 0 && offered < MAX_IDS; i--) {
		const struct fps_record *record = all[i - 1].record;

		if (strncmp(record->id, current, strlen(current)) == 0) {
			offer(out, current, record->id, record->cause);
			offered++;
		}
	}
}

static void offer_ranking(
	FILE *out, const char *current, const struct fps_occurrence *all, size_t count, enum fps_grouping_key key)
{
	struct fps_ranking ranking = fps_ranking_of(all, count, key);

	for (size_t i = 0; i < ranking.count; i++) {
		char *help = fps_alloc_format("%zu", ranking.all[i].count);

		offer(out, current, ranking.all[i].value, help);
		free(help);
	}
	fps_ranking_free(&ranking);
}

void fps_suggestions_offer(FILE *out, const char *argument, const char *current, int count, char *const *words)
{
	static const struct {
		const char *argument;
		enum fps_grouping_key key;
	} offered[] = {{"POOL", FPS_BY_POOL}, {"HOST", FPS_BY_HOST}, {"DEFECT", FPS_BY_DEFECT}, {"ID", FPS_BY_DEFECT}};

	for (size_t i = 0; i < sizeof(offered) / sizeof(offered[0]); i++) {
		if (strcmp(argument, offered[i].argument) == 0) {
			struct fps_recordindex records = read_records(count, words);
			size_t found;
			struct fps_occurrence *all = occurrences_of(&records, &found);

			offer_ranking(out, current, all, found, offered[i].key);
			if (strcmp(argument, "ID") == 0) {
				offer_ids(out, current, all, found);
			}
			free(all);
			fps_recordindex_free(&records);
		}
	}
}
