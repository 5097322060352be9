/*
 * A line while its envelopes are taken off, and what they have said up to now. For unwrapper.c, lineprefix.c and
 * structured.c.
 */
#ifndef FPS_WRAPPEDLINE_H
#define FPS_WRAPPEDLINE_H

#include "base/span.h"

enum fps_label { FPS_LABEL_HOST, FPS_LABEL_CONTAINER, FPS_LABEL_POD, FPS_LABEL_UNIT, FPS_LABEL_OUTPUT, FPS_LABELS };

struct fps_wrappedline {
	struct fps_span text;         /* what is left */
	char labels[FPS_LABELS][128]; /* "": unknown */
	char program[128]; /* of syslog or the journal, by the innermost envelope: it says whose grammar follows */
	int64_t pid;       /* 0: unknown */
	double time;       /* 0: unknown */
	bool is_local;     /* the time has no zone */
	double latest;     /* a time near which syslog's may be, which has no year */
	bool after_time;   /* the text stood behind a time */
	bool is_piece;     /* the text came out of an envelope that may hold a piece of a line: CRI's, Docker's */
	bool is_partial;   /* and does: the next one of the stream goes on */
};

/* The outermost envelope that knows a label is right: what is inside was written by whom that describes. */
void fps_wrappedline_set(struct fps_wrappedline *wrapped, enum fps_label label, struct fps_span value);

/* Sets the unit, and the program. */
void fps_wrappedline_set_unit(struct fps_wrappedline *wrapped, struct fps_span unit);

enum { FPS_WRAPPEDLINE_MAX_NAME = 120 };

/* Takes a name off the front: letters, digits and a few signs. False if it is empty or too long. */
bool fps_wrappedline_take_name(struct fps_span *text, struct fps_span *name);

/* Takes blanks and tabs off the front; how many. */
size_t fps_wrappedline_skip_blanks(struct fps_span *text);

/*
 * Goes on with the rest, which stands behind a time, and keeps the time unless one is known. False, and nothing is
 * changed, if the rest does not begin with a blank.
 */
bool fps_wrappedline_note_time(struct fps_wrappedline *wrapped, struct fps_span rest, double when, bool is_local);

/* Texts that were taken out of others: what comes out of one is in the other one. Zeros to begin with. */
struct fps_buffers {
	char *at[2];
	size_t sizes[2];
};

/* One for what is taken out of a text, which may be in the other one. Good until the next but one is asked for. */
char *fps_wrappedline_buffer(struct fps_buffers *buffers, struct fps_span text);

bool fps_wrappedline_is_in_buffer(const struct fps_buffers *buffers, struct fps_span text);

#endif
