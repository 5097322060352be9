/*
 * Whole logs: every entry of every file goes to one place, and is counted. Lines of access logs come last, since only
 * those are of use that are of a request known to have failed.
 */
#ifndef FPS_READER_H
#define FPS_READER_H

#include <stdio.h>

#include "log/files.h"
#include "log/multiline.h"

struct fps_reader {
	struct fps_streams streams; /* entries borrow from it */
	struct fps_inputsummary tally;
	fps_multiline_taker *take;
	fps_scan_wanted *is_wanted; /* of the lines of access logs; NULL: all are */
	void *to;                   /* of both */
	FILE *later;                /* lines of access logs from what can't be read twice; NULL: none */
	uint64_t later_count;
};

/* What kind the first entries of a file are of; FPS_ENTRY_KINDS: of several, or there is none. Says nothing. */
enum fps_entry_kind fps_reader_kind_of(const struct fps_file *file);

/* All entries but those of access logs. False if the file can't be read, or if nothing in it is what it has been named
 * as. */
bool fps_reader_read(struct fps_reader *reader, const struct fps_file *file);

/* Then those of access logs. */
bool fps_reader_read_access(struct fps_reader *reader, const struct fps_files *files);

/* The first of it for a log that grows, of which what has been read stays in `entries`: lines of access logs are kept
 * until fps_reader_take_later(). */
void fps_reader_take(struct fps_reader *reader, struct fps_multiline *entries, struct fps_linereader *source);
void fps_reader_take_later(struct fps_reader *reader);

void fps_reader_free(struct fps_reader *reader);

#endif
