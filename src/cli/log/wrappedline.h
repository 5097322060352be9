/*
 * A line that is being unwrapped, and what its envelopes have said so far. For unwrapper.c, containerprefix.c,
 * syslog.c, jsonenvelope.c and csvlogfmt.c.
 */
#ifndef FPS_WRAPPEDLINE_H
#define FPS_WRAPPEDLINE_H

#include "base/span.h"

enum fps_label { FPS_LABEL_HOST, FPS_LABEL_CONTAINER, FPS_LABEL_POD, FPS_LABEL_UNIT, FPS_LABEL_OUTPUT, FPS_LABELS };

struct fps_wrappedline {
	struct fps_span text;         /* the rest */
	char labels[FPS_LABELS][128]; /* "": unknown */
	/* from syslog or the journal, by the innermost envelope: it determines the grammar of the rest */
	char program[128];
	int64_t pid;     /* 0: unknown */
	double time;     /* 0: unknown */
	bool is_local;   /* the time has no zone */
	double latest;   /* a time near that of syslog, which has no year */
	bool after_time; /* the text stood behind a time */
	bool is_piece;   /* the text came out of an envelope that may contain part of a line: CRI's, Docker's */
	bool is_partial; /* and it does: the next one of the stream continues it */
};

/* The outermost envelope that has a label is right: whoever it describes has written what is inside. */
void fps_wrappedline_set(struct fps_wrappedline *wrapped, enum fps_label label, struct fps_span value);

/* Sets the unit, and the program. */
void fps_wrappedline_set_unit(struct fps_wrappedline *wrapped, struct fps_span unit);

enum { FPS_WRAPPEDLINE_MAX_NAME = 120 };

/* Takes a name off the front: letters, digits and a few signs. False if it is empty or too long. */
bool fps_wrappedline_take_name(struct fps_span *text, struct fps_span *name);

/* Takes blanks and tabs off the front; returns how many. */
size_t fps_wrappedline_skip_blanks(struct fps_span *text);

/*
 * Continues after a time, and keeps the time unless one is known. False, and nothing is changed, if the rest does not
 * begin with a blank.
 */
bool fps_wrappedline_note_time(struct fps_wrappedline *wrapped, struct fps_span rest, double when, bool is_local);

/* Buffers for texts taken out of others: what comes out of a text in one is put into the other. Zeros to begin with. */
struct fps_buffers {
	char *at[2];
	size_t sizes[2];
};

/* A buffer for what is taken out of a text, which may be in the other buffer. Valid until the call after the next. */
char *fps_wrappedline_buffer(struct fps_buffers *buffers, struct fps_span text);

bool fps_wrappedline_is_in_buffer(const struct fps_buffers *buffers, struct fps_span text);

#endif
