/*
 * Reads a log line by line: a file, plain or compressed, or standard input ("-"). Memory is bounded by the longest
 * line, and lines by FPS_LINEREADER_MAX_LINE.
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

/* The fuzzer makes it small, so that short input reaches the bound. */
#ifndef FPS_LINEREADER_MAX_LINE
#define FPS_LINEREADER_MAX_LINE (1 << 20)
#endif

enum fps_encoding { FPS_ENCODING_BYTES, FPS_ENCODING_UTF16_LE, FPS_ENCODING_UTF16_BE };

struct fps_linereader {
	const char *name;
	gzFile file;
	/* for a growing log, used instead of `file`; otherwise a second descriptor, to start again with; -1: none */
	int fd;
	pid_t child; /* the program that decompresses it; 0: there is none */
	const struct fps_decompressor *by;
	enum fps_encoding encoding;
	char newline; /* what lines end in */
	char *bytes;
	size_t start, end, size; /* what has been read and has not been returned */
	uint64_t line;           /* the number of the last returned line */
	uint64_t complaints;
	uint64_t zeros; /* bytes at the beginning of lines that were skipped */
	int64_t total;  /* the size in bytes of a file whose progress is shown; otherwise 0 */
	int64_t limit;  /* for a growing log: how far to read now, -1: everything that is there */
	int shown;      /* per cent */
	uint64_t fills; /* how often more was read: that moves the buffer's content */
	bool grows, ended, failed;
	bool over;        /* for growing standard input: it has ended */
	bool is_seekable; /* it can be opened again by its name */
};

/*
 * Opens a log. Prints why it can't be read, unless it was refused: a log that the caller has not named (`usual`) must
 * be a regular file (trusted.h). Shows progress for a large file if standard error is a terminal.
 */
bool fps_linereader_open(struct fps_linereader *source, const char *name, bool usual);

/*
 * Opens a log that somebody appends to, which must be uncompressed. Its end is temporary, and an incomplete line is not
 * returned. Takes ownership of the descriptor, even on failure.
 */
bool fps_linereader_open_growing(struct fps_linereader *source, const char *name, int fd);

/* Continues a growing log up to its current end. Starts over and returns true if it was truncated and written again. */
bool fps_linereader_again(struct fps_linereader *source);

void fps_linereader_close(struct fps_linereader *source);

/*
 * The next line, converted from UTF-16 to UTF-8 if necessary, without its newline, a preceding carriage return, and
 * leading zero bytes, which a log has that was copied and truncated. Valid until the next call. A line over the maximum
 * comes in pieces. False at the end, or after an error, which has been printed and is in `failed`.
 */
bool fps_linereader_line(struct fps_linereader *source, struct fps_span *line);

/* Prints what is wrong with a line; if there are many such lines, prints their number when the log is closed. */
void fps_linereader_complain(struct fps_linereader *source, uint64_t line, const char *what);

#endif
