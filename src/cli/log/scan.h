/*
 * A log passed over quickly: most entries of an error log are about something else, and most lines of an access log are
 * of requests that nobody asks about. They are counted without being taken apart
 * (docs/decisions/49-one-look-at-a-line.md).
 */
#ifndef FPS_SCAN_H
#define FPS_SCAN_H

#include "log/entry.h"

/* Whether a line of an access log may be of use. */
typedef bool fps_scan_wanted(void *to, struct fps_span line);

enum { FPS_SCAN_SHAPES = 4, FPS_SCAN_VALUES = 48, FPS_SCAN_LAYOUT = 1024 };

/* What stands around the values of an access log's objects of JSON, which are alike. */
struct fps_scan_layout {
	size_t values; /* how many; 0: no such line has been seen */
	struct {
		unsigned short len; /* of the text before a value, or behind the last one */
		bool is_quoted;     /* the value */
	} pieces[FPS_SCAN_VALUES + 1];
	char text[FPS_SCAN_LAYOUT]; /* one piece behind the other */
};

/* Where the scan of a buffer is. Zeros where a source is new. */
struct fps_scan {
	fps_scan_wanted *is_wanted; /* NULL: each line of an access log is */
	void *to;
	/* by the shape of lines, the next word that matters, or the end of what has been looked at; NULL: not looked for
	 * yet */
	const char *word[FPS_SCAN_SHAPES];
	struct fps_scan_layout layout;
};

/*
 * Passes over whole lines of one kind that are not needed, up to the last one before another kind: what is followed by
 * something else may go on there. Returns how many, and moves `text` behind them.
 */
uint64_t fps_scan_skip(struct fps_scan *scan, struct fps_span *text, enum fps_entry_kind *kind);

/* Tells it a line that was taken apart and is one of an access log, without anything around it. */
void fps_scan_learn(struct fps_scan *scan, struct fps_span line);

#endif
