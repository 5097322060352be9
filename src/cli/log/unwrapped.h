/*
 * A line as far as it has been unwrapped: what is left of it, and what its envelopes have said up to now. For
 * envelope.c, prefix.c and export.c.
 */
#ifndef FPS_UNWRAPPED_H
#define FPS_UNWRAPPED_H

#include "base/span.h"

enum fps_label { FPS_LABEL_HOST, FPS_LABEL_CONTAINER, FPS_LABEL_POD, FPS_LABEL_UNIT, FPS_LABEL_OUTPUT, FPS_LABELS };

struct fps_unwrapped {
	struct fps_span text;         /* what is left */
	char labels[FPS_LABELS][128]; /* "": unknown */
	int64_t pid;                  /* 0: unknown */
	double time;                  /* 0: unknown */
	double latest;                /* a time near which syslog's may be, which has no year */
	bool after_time;              /* the text stood behind a time */
	bool is_piece;   /* the text came out of an envelope that may hold a piece of a line: CRI's, Docker's */
	bool is_partial; /* and does: the next one of the stream goes on */
};

/* The outermost envelope that knows a label is right: what is inside was written by whom that describes. */
void fps_unwrapped_set(struct fps_unwrapped *unwrapped, enum fps_label label, struct fps_span value);

#endif
