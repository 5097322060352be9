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

#include "text.h"

/* A fuzzer makes it small, so that little input reaches what it bounds. */
#ifndef FPS_SOURCE_MAX_LINE
#define FPS_SOURCE_MAX_LINE (1 << 20)
#endif

struct fps_source {
	const char *name;
	gzFile file;
	char *bytes;
	size_t start, end, size; /* what has been read and not been given out */
	uint64_t line;           /* number of the last line that was given out */
	bool ended, failed;
};

/* Says why on standard error if it can't be read. */
bool fps_source_open(struct fps_source *source, const char *name);
void fps_source_close(struct fps_source *source);

/*
 * The next line, or with `begins` the next line that begins an entry and all that follow it up to the one that begins
 * another. Without the last newline; good until the next call. A line over the maximum comes in pieces.
 * False at the end, or after an error, which has then been told on standard error and left in `failed`.
 */
bool fps_source_next(struct fps_source *source, bool (*begins)(const char *line, size_t len), struct fps_span *entry);

#endif
