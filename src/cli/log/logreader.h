/*
 * Reads whole logs: passes every entry of every file to one function, and counts it. Lines of access logs come last,
 * since only those about a request that is known to have failed are needed.
 */
#ifndef FPS_LOGREADER_H
#define FPS_LOGREADER_H

#include <stdio.h>

#include "log/findlogs.h"
#include "log/multiline.h"

struct fps_logreader {
	struct fps_logorigins streams; /* entries borrow from it */
	struct fps_inputcounts tally;
	fps_multiline_taker *take;
	fps_quickscan_wanted *is_wanted; /* of the lines of access logs; NULL: all are */
	void *to;                        /* passed to both */
	FILE *later;                     /* lines of access logs from input that can't be read twice; NULL: none */
	uint64_t later_count;
};

/* The kind of the first entries of a file; FPS_ENTRY_KINDS: several, or there are none. Prints nothing. */
enum fps_entry_kind fps_logreader_kind_of(const struct fps_file *file);

/*
 * When nginx's error log or a log of records begins, by its first lines, in seconds since the epoch; 0: not known.
 * Prints nothing.
 */
double fps_logreader_begins(const struct fps_file *file);

/*
 * Reads all entries except those of access logs. False if the file can't be read, or contains nothing of the kind that
 * the caller said.
 */
bool fps_logreader_read(struct fps_logreader *reader, const struct fps_file *file);

/*
 * The same for what begins as an access log and can be read again, with the entries of access logs: once it is known
 * which requests failed, one pass over it is enough, unless it has such requests of its own. Then forget the answers,
 * and read them again.
 */
bool fps_logreader_is_access(const struct fps_file *file);
bool fps_logreader_read_answers(struct fps_logreader *reader, const struct fps_file *file);
void fps_logreader_forget_answers(struct fps_logreader *reader);

/* Then those of access logs, of files from which they have not been read. */
bool fps_logreader_read_access(struct fps_logreader *reader, const struct fps_files *files);

/*
 * The initial content of a growing log; what has been read remains in `entries`. Lines of access logs are stored until
 * fps_logreader_take_later().
 */
void fps_logreader_take(struct fps_logreader *reader, struct fps_multiline *entries, struct fps_linereader *source);
void fps_logreader_take_later(struct fps_logreader *reader);

void fps_logreader_free(struct fps_logreader *reader);

#endif
