/*
 * The records that logs hold.
 */
#ifndef FPS_RECORDINDEX_H
#define FPS_RECORDINDEX_H

#include "log/record.h"

/* The extension's default log in the background: read if the caller names none. */
#define FPS_RECORDINDEX_LOG "/var/log/fpmsentinel.jsonl"

struct fps_recordindex {
	struct fps_record *all; /* by nginx's pid, connection and time, once fps_recordindex_sort() has been called */
	size_t count;
	struct fps_record **by_id, **by_time;
};

/* Adds a record, and takes ownership of its texts and of the line that holds it. */
typedef void fps_recordindex_taker(void *to, struct fps_span line, struct fps_record *record);

/*
 * Reads all records of a log; reports and counts broken lines. False if it can't be read; `usual` as in
 * fps_linereader_open().
 */
bool fps_recordindex_each(const char *name, bool usual, fps_recordindex_taker *take, void *to, uint64_t *broken);

/* Adds all records of a log. */
bool fps_recordindex_read(struct fps_recordindex *records, const char *name, bool usual);

void fps_recordindex_add(struct fps_recordindex *records, const struct fps_record *record);

/*
 * Sorts the records, removes duplicates, and completes short records of a storm from the full one. Invalidates pointers
 * to records.
 */
void fps_recordindex_sort(struct fps_recordindex *records);

struct fps_record *fps_recordindex_with_id(const struct fps_recordindex *records, struct fps_span id);

/* The full record of the storm that a short record belongs to; NULL: it belongs to none, or that was not read. */
struct fps_record *fps_recordindex_first_of_storm(
	const struct fps_recordindex *records, const struct fps_record *record);

/* The records of one connection of nginx's; the first one, and how many. */
struct fps_record *fps_recordindex_of_connection(
	const struct fps_recordindex *records, int64_t pid, int64_t connection, size_t *count);

/* The position in by_time of the first record that is not before that time. */
size_t fps_recordindex_since(const struct fps_recordindex *records, double time);

/*
 * Drops records that are older than that and, if there are more, all but that many of the newest; keeps the full record
 * of a storm that continues. The records must be sorted, and remain so.
 */
void fps_recordindex_forget(struct fps_recordindex *records, double time, size_t most);

void fps_recordindex_free(struct fps_recordindex *records);

#endif
