/*
 * The records that logs hold.
 */
#ifndef FPS_RECORDINDEX_H
#define FPS_RECORDINDEX_H

#include "log/record.h"

/* Where the extension puts them in the background, if nobody says otherwise: what is read if nobody does. */
#define FPS_RECORDINDEX_LOG "/var/log/fpmsentinel.jsonl"

struct fps_recordindex {
	struct fps_record
		*all; /* in the order of nginx's pid, connection and time, once fps_recordindex_sort() has been called */
	size_t count;
	struct fps_record **by_id, **by_time;
};

/* Takes a record, whose texts are then its own to free, and the line that holds it. */
typedef void fps_recordindex_taker(void *to, struct fps_span line, struct fps_record *record);

/*
 * All records of a log; where one is broken, its line is told on standard error, and counted. False if it can't be
 * read; `usual` as of fps_linereader_open().
 */
bool fps_recordindex_each(const char *name, bool usual, fps_recordindex_taker *take, void *to, uint64_t *broken);

/* Adds all records of a log. */
bool fps_recordindex_read(struct fps_recordindex *records, const char *name, bool usual);

void fps_recordindex_add(struct fps_recordindex *records, const struct fps_record *record);

/*
 * Sorts them, removes duplicates, and completes short records of a storm from the full one.
 * Pointers to records are good until then.
 */
void fps_recordindex_sort(struct fps_recordindex *records);

struct fps_record *fps_recordindex_with_id(const struct fps_recordindex *records, struct fps_span id);

/* The full record of the storm that a short record belongs to; NULL: it belongs to none, or that was not read. */
struct fps_record *fps_recordindex_first_of_storm(
	const struct fps_recordindex *records, const struct fps_record *record);

/* The records of one connection of nginx's; the first one, and how many. */
struct fps_record *fps_recordindex_of_connection(
	const struct fps_recordindex *records, int64_t pid, int64_t connection, size_t *count);

/* The number of the first record, in the order of by_time, that is not before that time. */
size_t fps_recordindex_since(const struct fps_recordindex *records, double time);

/*
 * Drops what is older than that, and if it is more, all but so many of the youngest; not the full record of a storm
 * that goes on. They have to be sorted, and are then.
 */
void fps_recordindex_forget(struct fps_recordindex *records, double time, size_t most);

void fps_recordindex_free(struct fps_recordindex *records);

#endif
