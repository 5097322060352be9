/* All records, sorted for each kind of lookup. */
#include "log/recordindex.h"

#include "base/alloc.h"
#include "base/search.h"
#include "log/multiline.h"

#include <stdlib.h>
#include <string.h>

void fps_recordindex_add(struct fps_recordindex *records, const struct fps_record *record)
{
	FPS_ALLOC_APPEND(records->all, records->count) = *record;
}

/* Where records go to. */
struct taking {
	fps_recordindex_taker *take;
	void *to;
	uint64_t broken;
};

static enum fps_use take_entry(void *to, const struct fps_entry *entry)
{
	struct taking *taking = to;
	struct fps_record record;

	if (fps_record_parse(entry->text, &record) != FPS_RECORD_READ) {
		taking->broken++;
		return FPS_USE_BROKEN;
	}
	taking->take(taking->to, entry->text, &record);
	return FPS_USE_TAKEN;
}

bool fps_recordindex_each(const char *name, bool usual, fps_recordindex_taker *take, void *to, uint64_t *broken)
{
	struct taking taking = {take, to, 0};
	struct fps_logorigins streams = {0};
	struct fps_multiline entries = fps_multiline_of(name, &streams, NULL, take_entry, &taking);
	struct fps_linereader source;

	if (!fps_linereader_open(&source, name, usual)) {
		return false;
	}
	entries.only = FPS_ENTRY_RECORD;
	fps_multiline_take(&entries, &source);
	fps_multiline_end(&entries);
	fps_multiline_free(&entries);
	fps_linereader_close(&source);
	fps_logorigin_free(&streams);
	*broken += taking.broken;
	return !source.failed;
}

static void add(void *records, struct fps_span line, struct fps_record *record)
{
	(void) line;
	fps_recordindex_add(records, record);
}

bool fps_recordindex_read(struct fps_recordindex *records, const char *name, bool usual)
{
	uint64_t broken = 0; /* has been reported */

	return fps_recordindex_each(name, usual, add, records, &broken);
}

static int order(double a, double b)
{
	return (a > b) - (a < b);
}

static int compare_connections(const void *a, const void *b)
{
	const struct fps_record *one = a, *other = b;
	int result = fps_search_order(one->nginx_pid, other->nginx_pid);

	return result ? result : fps_search_order(one->connection, other->connection);
}

static int by_connection(const void *a, const void *b)
{
	const struct fps_record *one = a, *other = b;
	int result = compare_connections(one, other);

	result = result ? result : order(one->time, other->time);
	return result ? result : strcmp(one->id, other->id);
}

static int by_time(const void *a, const void *b)
{
	const struct fps_record *one = *(struct fps_record *const *) a, *other = *(struct fps_record *const *) b;

	int result = order(one->time, other->time);

	return result ? result : strcmp(one->id, other->id);
}

static int by_id(const void *a, const void *b)
{
	const struct fps_record *one = *(struct fps_record *const *) a, *other = *(struct fps_record *const *) b;

	return strcmp(one->id, other->id);
}

static void drop_doubles(struct fps_recordindex *records)
{
	size_t kept = 0;

	for (size_t i = 0; i < records->count; i++) {
		struct fps_record *record = &records->all[i], *last = kept ? &records->all[kept - 1] : NULL;

		/* a request's warning has the id of its death */
		if (last && strcmp(last->id, record->id) == 0 && strcmp(last->cause, record->cause) == 0) {
			if (last->first[0] && !record->first[0]) {
				/* reported again by the next coroner, as the eleventh: the full one counts */
				struct fps_record brief = *last;

				*last = *record;
				*record = brief;
			}
			last->taken = last->taken ? last->taken : record->taken;
			fps_record_free(record);
		} else {
			records->all[kept++] = *record;
		}
	}
	records->count = kept;
}

static int compare_id(const void *key, const void *element)
{
	const struct fps_span *id = key;

	return strncmp(id->at, (*(struct fps_record *const *) element)->id, id->len);
}

/* The position in by_id of the first record whose id begins like this. */
static size_t first_with_id(const struct fps_recordindex *records, struct fps_span id)
{
	return fps_search_first(&id, records->by_id, records->count, sizeof(struct fps_record *), compare_id);
}

/* An id may be of several: a request's warning, and its death. */
struct fps_record *fps_recordindex_first_of_storm(
	const struct fps_recordindex *records, const struct fps_record *record)
{
	size_t i = first_with_id(records, (struct fps_span) {record->first, 32});

	for (; record->first[0] && i < records->count && strcmp(records->by_id[i]->id, record->first) == 0; i++) {
		struct fps_record *first = records->by_id[i];

		if (!first->first[0] && first->fingerprint && record->fingerprint
			&& strcmp(first->fingerprint, record->fingerprint) == 0) {
			return first;
		}
	}
	return NULL;
}

static void complete(char **text, const char *from)
{
	if (*text == NULL && from != NULL) {
		*text = fps_alloc_copy((struct fps_span) {from, strlen(from)}, 0);
	}
}

/* Without what distinguishes requests. */
static void complete_from(struct fps_record *record, const struct fps_record *first)
{
	complete(&record->script, first->script);
	complete(&record->error, first->error);
	complete(&record->evidence, first->evidence);
	complete(&record->stack, first->stack);
	complete(&record->native, first->native);
	complete(&record->thread, first->thread);
	complete(&record->compiling, first->compiling);
	complete(&record->loading, first->loading);
	complete(&record->type, first->type);
	record->age_ms = first->age_ms;
	complete(&record->cycle, first->cycle);
	complete(&record->mapped, first->mapped);
	complete(&record->phase, first->phase);
	record->cycles = first->cycles;
	record->php_cycles = first->php_cycles;
	record->memory_limit = first->memory_limit;
	record->max_execution_time = first->max_execution_time;
	record->hard_timeout = first->hard_timeout;
	record->is_complete = true;
}

static void complete_storms(struct fps_recordindex *records)
{
	for (size_t i = 0; i < records->count; i++) {
		struct fps_record *record = &records->all[i];
		const struct fps_record *first = record->is_complete ? NULL : fps_recordindex_first_of_storm(records, record);

		if (first != NULL) {
			complete_from(record, first);
		}
	}
}

void fps_recordindex_sort(struct fps_recordindex *records)
{
	if (records->count) {
		qsort(records->all, records->count, sizeof(*records->all), by_connection);
	}
	drop_doubles(records);
	records->by_id = fps_alloc_resize(records->by_id, records->count, sizeof(struct fps_record *));
	records->by_time = fps_alloc_resize(records->by_time, records->count, sizeof(struct fps_record *));
	for (size_t i = 0; i < records->count; i++) {
		records->by_id[i] = records->by_time[i] = &records->all[i];
	}
	qsort(records->by_id, records->count, sizeof(struct fps_record *), by_id);
	qsort(records->by_time, records->count, sizeof(struct fps_record *), by_time);
	complete_storms(records);
}

struct fps_record *fps_recordindex_with_id(const struct fps_recordindex *records, struct fps_span id)
{
	size_t low = first_with_id(records, id);

	/* a warning of the same request is not a death */
	for (; low < records->count && strncmp(records->by_id[low]->id, id.at, id.len) == 0; low++) {
		if (records->by_id[low]->action == FPS_ACTION_DEATH || records->by_id[low]->action == FPS_ACTION_KILLED) {
			return records->by_id[low];
		}
	}
	return NULL;
}

struct fps_record *fps_recordindex_of_connection(
	const struct fps_recordindex *records, int64_t pid, int64_t connection, size_t *count)
{
	const struct fps_record key = {.nginx_pid = pid, .connection = connection};
	size_t first = fps_search_first(&key, records->all, records->count, sizeof key, compare_connections), end = first;

	while (end < records->count && compare_connections(&key, &records->all[end]) == 0) {
		end++;
	}
	*count = end - first;
	return *count ? &records->all[first] : NULL;
}

static int compare_time(const void *key, const void *element)
{
	return order(*(const double *) key, (*(struct fps_record *const *) element)->time);
}

size_t fps_recordindex_since(const struct fps_recordindex *records, double time)
{
	return fps_search_first(&time, records->by_time, records->count, sizeof(struct fps_record *), compare_time);
}

void fps_recordindex_forget(struct fps_recordindex *records, double time, size_t most)
{
	size_t kept = 0;
	bool *needed;

	if (records->count > most && records->by_time[records->count - most]->time > time) {
		time = records->by_time[records->count - most]->time;
	}
	if (records->count == 0 || records->by_time[0]->time >= time) {
		return;
	}
	needed = fps_alloc(records->count, sizeof(*needed));
	for (size_t i = 0; i < records->count; i++) {
		const struct fps_record *first =
			records->all[i].time < time ? NULL : fps_recordindex_first_of_storm(records, &records->all[i]);

		if (first != NULL) {
			needed[first - records->all] = true;
		}
	}
	for (size_t i = 0; i < records->count; i++) {
		if (records->all[i].time < time && !needed[i]) {
			fps_record_free(&records->all[i]);
		} else {
			records->all[kept++] = records->all[i];
		}
	}
	free(needed);
	records->count = kept;
	fps_recordindex_sort(records);
}

void fps_recordindex_free(struct fps_recordindex *records)
{
	for (size_t i = 0; i < records->count; i++) {
		fps_record_free(&records->all[i]);
	}
	free(records->all);
	free(records->by_id);
	free(records->by_time);
	*records = (struct fps_recordindex) {0};
}
