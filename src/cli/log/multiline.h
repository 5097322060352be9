/*
 * Entries out of the lines of a source: each line comes out of its envelopes, and what spans several lines is put
 * together again, for each stream by itself.
 */
#ifndef FPS_MULTILINE_H
#define FPS_MULTILINE_H

#include "log/inputcounts.h"
#include "log/linereader.h"
#include "log/quickscan.h"

typedef enum fps_use fps_multiline_taker(void *to, const struct fps_entry *entry);

struct fps_assembly;

struct fps_multiline {
	struct fps_unwrapper envelope;
	struct fps_inputcounts *tally; /* borrowed; NULL: nothing is counted */
	fps_multiline_taker *take;
	void *to;
	const char *file;
	enum fps_entry_kind only;   /* FPS_ENTRY_KINDS: all */
	enum fps_entry_kind never;  /* what is not given out, as it can't be there; FPS_ENTRY_KINDS: nothing */
	enum fps_entry_kind defers; /* what is only counted: the source is read again for it; FPS_ENTRY_KINDS: nothing */
	struct fps_assembly *open;  /* by the stream's number */
	size_t room;
	uint64_t most;                   /* lines that are read at most; 0: all */
	fps_quickscan_wanted *is_wanted; /* gets `to`: whether a line of an access log is needed; NULL: each is */
	uint64_t passed;                 /* entries that were passed over without being taken apart */
	size_t collecting, pieces;       /* streams that wait for the end of an object, or of a line */
};

/* Those of a source whose name is `file`. What is borrowed has to stay. */
struct fps_multiline fps_multiline_of(
	const char *file, struct fps_streams *streams, struct fps_inputcounts *tally, fps_multiline_taker *take, void *to);

/* Gives out the entries of all lines that the source has now. One that may go on waits for the next call. */
void fps_multiline_take(struct fps_multiline *entries, struct fps_linereader *source);

/* No further line comes: gives out what has waited. */
void fps_multiline_end(struct fps_multiline *entries);

void fps_multiline_free(struct fps_multiline *entries);

#endif
