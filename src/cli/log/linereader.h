/*
 * A log being read: a file, plain or compressed, or standard input ("-"), line by line. Memory is bounded by the
 * longest line, and that by FPS_LINEREADER_MAX_LINE.
 */
#ifndef FPS_LINEREADER_H
#define FPS_LINEREADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <zlib.h>

#include "base/span.h"
#include "log/decompress.h"

/* A fuzzer makes it small, so that little input reaches what it bounds. */
#ifndef FPS_LINEREADER_MAX_LINE
#define FPS_LINEREADER_MAX_LINE (1 << 20)
#endif

enum fps_encoding { FPS_ENCODING_BYTES, FPS_ENCODING_UTF16_LE, FPS_ENCODING_UTF16_BE };

struct fps_linereader {
	const char *name;
	gzFile file;
	int fd;      /* of one that grows, in place of `file`; else a second one of it, to begin again; -1: none */
	pid_t child; /* of the program that decompresses it; 0: there is none */
	const struct fps_decompressor *by;
	enum fps_encoding encoding;
	char *bytes;
	size_t start, end, size; /* what has been read and has not been given out */
	uint64_t line;           /* the number of the line that was given out last */
	uint64_t complaints;
	int64_t total;  /* bytes, of a file whose progress is shown; else 0 */
	int64_t limit;  /* of one that grows: how far to read now, -1: as far as there is something */
	int shown;      /* per cent */
	uint64_t fills; /* how often more was read: what is there moves then */
	bool grows, ended, failed;
	bool over;        /* of standard input that grows: it has ended */
	bool is_seekable; /* it can be read again by its name */
};

/*
 * Says why on standard error if it can't be read, unless it was refused: a log that the caller has not named (`usual`)
 * has to be a regular file (trusted.h). On standard error, if it is a terminal, stands how far a large file has been
 * read.
 */
bool fps_linereader_open(struct fps_linereader *source, const char *name, bool usual);

/*
 * One that somebody appends to, which is plain: its end is one for now, and what is not complete yet is not given out.
 * The descriptor is the source's from then on, also if it fails.
 */
bool fps_linereader_open_growing(struct fps_linereader *source, const char *name, int fd);

/* Reads a growing one on, up to what is there now; from its beginning if it was cut and written again: then it returns
 * true. */
bool fps_linereader_again(struct fps_linereader *source);

void fps_linereader_close(struct fps_linereader *source);

/*
 * The next line, in UTF-8 where the file is UTF-16, without its newline, a carriage return before that, and zero bytes
 * at its beginning, which a log that was copied and cut begins with. Good until the next call. A line over the maximum
 * comes in pieces. False at the end, or after an error, which then stands on standard error and in `failed`.
 */
bool fps_linereader_line(struct fps_linereader *source, struct fps_span *line);

/* Says on standard error what is wrong with a line; of many such, when the log is closed, how many. */
void fps_linereader_complain(struct fps_linereader *source, uint64_t line, const char *what);

#endif
