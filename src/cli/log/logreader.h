/*
 * Whole logs: every entry of every file goes to one place, and is counted. Lines of access logs come last, since only
 * those are of use that are of a request known to have failed.
 */
#ifndef FPS_LOGREADER_H
#define FPS_LOGREADER_H

#include <stdio.h>

#include "log/findlogs.h"
#include "log/multiline.h"

struct fps_logreader {
	struct fps_streams streams; /* entries borrow from it */
	struct fps_inputcounts tally;
	fps_multiline_taker *take;
	fps_quickscan_wanted *is_wanted; /* of the lines of access logs; NULL: all are */
	void *to;                        /* of both */
	FILE *later;                     /* lines of access logs from what can't be read twice; NULL: none */
	uint64_t later_count;
};

/* What kind the first entries of a file are of; FPS_ENTRY_KINDS: of several, or there is none. Says nothing. */
enum fps_entry_kind fps_logreader_kind_of(const struct fps_file *file);

/* All entries but those of access logs. False if the file can't be read, or if nothing in it is what it has been named
 * as. */
bool fps_logreader_read(struct fps_logreader *reader, const struct fps_file *file);

/* Then those of access logs. */
bool fps_logreader_read_access(struct fps_logreader *reader, const struct fps_files *files);

/* The first of it for a log that grows, of which what has been read stays in `entries`: lines of access logs are kept
 * until fps_logreader_take_later(). */
void fps_logreader_take(struct fps_logreader *reader, struct fps_multiline *entries, struct fps_linereader *source);
void fps_logreader_take_later(struct fps_logreader *reader);

void fps_logreader_free(struct fps_logreader *reader);

#endif
