/*
 * The records that logs hold.
 */
#ifndef FPS_RECORDS_H
#define FPS_RECORDS_H

#include "log/record.h"

/* Where the extension puts them in the background, if nobody says otherwise: what is read if nobody does. */
#define FPS_RECORDS_LOG "/var/log/fpmsentinel.jsonl"

struct fps_records {
	struct fps_record
		*all; /* in the order of nginx's pid, connection and time, once fps_records_sort() has been called */
	size_t count;
	struct fps_record **by_id, **by_time;
};

/* Takes a record, whose texts are then its own to free, and the line that holds it. */
typedef void fps_records_taker(void *to, struct fps_span line, struct fps_record *record);

/*
 * All records of a log; where one is broken, its line is told on standard error, and counted. False if it can't be
 * read; `usual` as of fps_linereader_open().
 */
bool fps_records_each(const char *name, bool usual, fps_records_taker *take, void *to, uint64_t *broken);

/* Adds all records of a log. */
bool fps_records_read(struct fps_records *records, const char *name, bool usual);

void fps_records_add(struct fps_records *records, const struct fps_record *record);

/*
 * Sorts them, removes duplicates, and completes short records of a storm from the full one.
 * Pointers to records are good until then.
 */
void fps_records_sort(struct fps_records *records);

struct fps_record *fps_records_with_id(const struct fps_records *records, struct fps_span id);

/* The records of one connection of nginx's; the first one, and how many. */
struct fps_record *fps_records_of_connection(
	const struct fps_records *records, int64_t pid, int64_t connection, size_t *count);

/* The number of the first record, in the order of by_time, that is not before that time. */
size_t fps_records_since(const struct fps_records *records, double time);

/*
 * Drops what is older than that, and if it is more, all but so many of the youngest; not the full record of a storm
 * that goes on. They have to be sorted, and are then.
 */
void fps_records_forget(struct fps_records *records, double time, size_t most);

void fps_records_free(struct fps_records *records);

#endif
