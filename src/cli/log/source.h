/*
 * A log being read: a file, plain or compressed, or standard input ("-"), line by line or entry by entry.
 * Memory is bounded by the longest line, and that by FPS_SOURCE_MAX_LINE.
 */
#ifndef FPS_SOURCE_H
#define FPS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include "base/span.h"

/* A fuzzer makes it small, so that little input reaches what it bounds. */
#ifndef FPS_SOURCE_MAX_LINE
#define FPS_SOURCE_MAX_LINE (1 << 20)
#endif

struct fps_source {
	const char *name;
	gzFile file;
	int fd; /* in place of `file`, of one that grows */
	char *bytes;
	size_t start, end, size; /* what has been read and not been given out */
	uint64_t line, first;    /* numbers of the last line that was given out, and of the first one of its entry */
	uint64_t complaints;
	int64_t total; /* bytes, of a file whose progress is shown; else 0 */
	int64_t limit; /* of one that grows: how far to read now, -1: as far as there is something */
	int shown;     /* per cent */
	bool grows, ended, failed;
	bool over; /* of standard input that grows: it has ended */
};

/*
 * Says why on standard error if it can't be read, unless it was refused: a log that the caller has not named (`usual`)
 * has to be a regular file (trusted.h). On standard error, if it is a terminal, stands how far a large file has been
 * read.
 */
bool fps_source_open(struct fps_source *source, const char *name, bool usual);

/*
 * One that somebody appends to, which is plain: its end is one for now, and what is not complete yet is not given out.
 * The descriptor is the source's from then on, also if it fails.
 */
bool fps_source_open_growing(struct fps_source *source, const char *name, int fd);

/*
 * Reads a growing one on, up to what is there now; from its beginning if it was cut and written anew, which it tells.
 */
bool fps_source_again(struct fps_source *source);

void fps_source_close(struct fps_source *source);

/* Which line begins an entry, and of one that grows whether nothing more belongs to the last one. */
struct fps_entries {
	bool (*begins)(const char *line, size_t len);
	bool (*is_whole)(struct fps_span entry);
};

/*
 * The next line, or with `entries` the next line that begins an entry and all that follow it up to the one that begins
 * another. Without the last newline; good until the next call. A line over the maximum comes in pieces.
 * False at the end, or after an error, which has then been told on standard error and left in `failed`.
 */
bool fps_source_next(struct fps_source *source, const struct fps_entries *entries, struct fps_span *entry);

/*
 * Says on standard error what is wrong with the entry that was given out last; of many such, when the log is closed,
 * how many.
 */
void fps_source_complain(struct fps_source *source, const char *what);

#endif
