/*
 * Puts the lines of a log together into entries: takes each line out of its envelopes, and joins entries of several
 * lines, separately for each stream.
 */
#ifndef FPS_MULTILINE_H
#define FPS_MULTILINE_H

#include "log/inputcounts.h"
#include "log/linereader.h"
#include "log/quickscan.h"
#include "log/unwrapper.h"

typedef enum fps_use fps_multiline_taker(void *to, const struct fps_entry *entry);

struct fps_assembly;

struct fps_multiline {
	struct fps_unwrapper envelope;
	struct fps_inputcounts *tally; /* borrowed; NULL: nothing is counted */
	fps_multiline_taker *take;
	void *to;
	const char *file;
	enum fps_entry_kind only;  /* FPS_ENTRY_KINDS: all */
	enum fps_entry_kind never; /* the kind that cannot occur, and is not passed on; FPS_ENTRY_KINDS: none */
	/* the kind that is only counted, as the source is read again for it; FPS_ENTRY_KINDS: none */
	enum fps_entry_kind defers;
	struct fps_assembly *open; /* by the number of the stream */
	size_t room;
	uint64_t most;                      /* how many lines to read at most; 0: all */
	fps_quickscan_wanted *is_wanted;    /* called with `to`: whether a line of an access log is needed; NULL: each is */
	uint64_t passed;                    /* entries that were skipped without being parsed */
	const struct fps_logorigin *latest; /* that of the latest line that belongs to an entry; NULL: none yet */
	size_t last_len, width;             /* of the line before; of lines that were broken at the edge of a window */
	bool is_glued, is_full;             /* of the line: it goes on in the middle of a word; it reaches the edge */
	size_t collecting, pieces;          /* streams that wait for the end of an object, or of a line */
};

/* For a source named `file`. Borrowed arguments must stay valid. */
struct fps_multiline fps_multiline_of(const char *file, struct fps_logorigins *streams, struct fps_inputcounts *tally,
	fps_multiline_taker *take, void *to);

/* Passes on the entries of all lines that the source has now. One that may continue waits for the next call. */
void fps_multiline_take(struct fps_multiline *entries, struct fps_linereader *source);

/* There are no further lines: passes on what has waited. */
void fps_multiline_end(struct fps_multiline *entries);

void fps_multiline_free(struct fps_multiline *entries);

#endif
