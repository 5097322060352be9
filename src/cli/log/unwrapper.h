/*
 * What others have put around a line on its way here: compose, CRI, Docker, syslog, the journal, a process manager, an
 * export. One place takes it apart, for every kind of log: lineprefix.h what stands before a line, structured.h what
 * stands around it.
 */
#ifndef FPS_UNWRAPPER_H
#define FPS_UNWRAPPER_H

#include "log/jsondocument.h"
#include "log/learnedprefix.h"
#include "log/streams.h"

enum { FPS_UNWRAPPER_FIELDS = 2 };

/* A line out of its envelopes. */
struct fps_letter {
	const struct fps_stream *stream; /* never NULL */
	double time;                     /* that the envelope says, in seconds since the epoch; 0: none */
	struct fps_span
		payload;     /* what was written, or an object of JSON that is no envelope; good until the next one is opened */
	int kind;        /* enum fps_entry_kind: of what begins here; FPS_ENTRY_UNKNOWN: perhaps a part of what has begun */
	bool is_piece;   /* the payload may be a piece of a line, and has not been taken apart: fps_unwrapper.in_pieces */
	bool is_partial; /* its end comes with the next line of the stream: CRI's P, Docker's without a newline */
	bool is_frame;   /* nothing but envelope: a bracket of an export, the heading of what follows */
};

/* What is known of one source's envelopes. Zeros to begin with, but for `streams`. */
struct fps_unwrapper {
	struct fps_streams *streams; /* borrowed */
	struct fps_buffers buffers;
	struct fps_span rest;             /* of a line with several objects */
	struct fps_jsondocument document; /* within the line; its texts come before the rest */
	const struct fps_stream *section; /* whose lines follow, by a heading; NULL: nobody's */
	struct fps_learnedprefix learned;
	bool is_raw;    /* what stands in an object of several lines is not taken for an entry */
	bool in_pieces; /* some stream waits for the end of a line */
	/* of CSV, and of CSV within a field of it */
	size_t column[FPS_UNWRAPPER_FIELDS]; /* in which entries were found, from 1 on; 0: not known */
	bool in_field[FPS_UNWRAPPER_FIELDS]; /* in a quoted field that began in a line before */
};

/*
 * Takes a line apart. A line may hold several entries, as an array of JSON does: false when there is no further one.
 * Call fps_unwrapper_next() until then.
 */
void fps_unwrapper_put(struct fps_unwrapper *envelope, struct fps_span line);
bool fps_unwrapper_next(struct fps_unwrapper *envelope, struct fps_letter *letter);

/* The same for a text of that stream and time which was put together of several lines. */
void fps_unwrapper_reopen(
	struct fps_unwrapper *envelope, struct fps_span text, const struct fps_letter *of, struct fps_letter *letter);

void fps_unwrapper_free(struct fps_unwrapper *envelope);

#endif
