/*
 * Scans a log quickly: most entries of an error log are about something else, and most lines of an access log are about
 * requests that nobody asks about. These are counted without being parsed (docs/decisions/49-one-look-at-a-line.md).
 */
#ifndef FPS_QUICKSCAN_H
#define FPS_QUICKSCAN_H

#include "log/entry.h"

/* Whether a line of an access log may be needed. */
typedef bool fps_quickscan_wanted(void *to, struct fps_span line);

enum { FPS_QUICKSCAN_SHAPES = 4, FPS_QUICKSCAN_VALUES = 48, FPS_QUICKSCAN_LAYOUT = 1024 };

/* The text around the values in an access log's JSON objects, which are all alike. */
struct fps_quickscan_layout {
	size_t values; /* how many values; 0: no such line has been seen */
	struct {
		unsigned short len; /* length of the text before a value, or after the last one */
		bool is_quoted;     /* the value is quoted */
		bool is_status;     /* the value is that of "status": an object with words there is of another kind */
	} pieces[FPS_QUICKSCAN_VALUES + 1];
	char text[FPS_QUICKSCAN_LAYOUT]; /* the pieces, one after the other */
};

/* The state of a scan. Zeros for a new source. */
struct fps_quickscan {
	fps_quickscan_wanted *is_wanted; /* NULL: each line of an access log is needed */
	void *to;
	/*
	 * for each shape of lines, the next word that matters, or the end of the text that was searched; NULL: not searched
	 * yet
	 */
	const char *word[FPS_QUICKSCAN_SHAPES];
	struct fps_quickscan_layout layout;
};

/*
 * Skips whole lines of one kind that are not needed, up to the last one before another kind: if something else follows,
 * the entry may continue there. Returns how many, and moves `text` behind them.
 */
uint64_t fps_quickscan_skip(struct fps_quickscan *scan, struct fps_span *text, enum fps_entry_kind *kind);

/* Passes it a parsed line of an access log, without its envelopes. */
void fps_quickscan_learn(struct fps_quickscan *scan, struct fps_span line);

#endif
