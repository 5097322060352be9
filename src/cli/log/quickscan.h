/*
 * A log passed over quickly: most entries of an error log are about something else, and most lines of an access log are
 * of requests that nobody asks about. They are counted without being taken apart
 * (docs/decisions/49-one-look-at-a-line.md).
 */
#ifndef FPS_QUICKSCAN_H
#define FPS_QUICKSCAN_H

#include "log/entry.h"

/* Whether a line of an access log may be of use. */
typedef bool fps_quickscan_wanted(void *to, struct fps_span line);

enum { FPS_QUICKSCAN_SHAPES = 4, FPS_QUICKSCAN_VALUES = 48, FPS_QUICKSCAN_LAYOUT = 1024 };

/* What stands around the values of an access log's objects of JSON, which are alike. */
struct fps_quickscan_layout {
	size_t values; /* how many; 0: no such line has been seen */
	struct {
		unsigned short len; /* of the text before a value, or behind the last one */
		bool is_quoted;     /* the value */
	} pieces[FPS_QUICKSCAN_VALUES + 1];
	char text[FPS_QUICKSCAN_LAYOUT]; /* one piece behind the other */
};

/* Where the scan of a buffer is. Zeros where a source is new. */
struct fps_quickscan {
	fps_quickscan_wanted *is_wanted; /* NULL: each line of an access log is */
	void *to;
	/* by the shape of lines, the next word that matters, or the end of what has been looked at; NULL: not looked for
	 * yet */
	const char *word[FPS_QUICKSCAN_SHAPES];
	struct fps_quickscan_layout layout;
};

/*
 * Passes over whole lines of one kind that are not needed, up to the last one before another kind: what is followed by
 * something else may go on there. Returns how many, and moves `text` behind them.
 */
uint64_t fps_quickscan_skip(struct fps_quickscan *scan, struct fps_span *text, enum fps_entry_kind *kind);

/* Tells it a line that was taken apart and is one of an access log, without anything around it. */
void fps_quickscan_learn(struct fps_quickscan *scan, struct fps_span line);

#endif
