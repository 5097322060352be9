/*
 * Takes lines out of what others have put around them: compose, CRI, Docker, syslog, the journal, a process manager, an
 * export. This is the only place that does so, for every kind of log. containerprefix.h handles what precedes a line,
 * jsonenvelope.h what surrounds it.
 */
#ifndef FPS_UNWRAPPER_H
#define FPS_UNWRAPPER_H

#include "log/continuationprefix.h"
#include "log/furtherlines.h"
#include "log/jsondocument.h"
#include "log/logorigin.h"

enum { FPS_UNWRAPPER_FIELDS = 2 };

/* A line without its envelopes. */
struct fps_letter {
	const struct fps_logorigin *stream; /* never NULL */
	double time;                        /* the envelope's time, in seconds since the epoch; 0: none */
	struct fps_span
		payload;     /* the line, or a JSON object that is not an envelope; valid until the next one is opened */
	int kind;        /* enum fps_entry_kind: what begins here; FPS_ENTRY_UNKNOWN: perhaps a part of what has begun */
	bool is_piece;   /* the payload may be part of a line, and was not taken apart: fps_unwrapper.in_pieces */
	bool is_partial; /* the next line of the stream continues it: CRI's P, Docker's without a newline */
	bool is_frame;   /* only an envelope: a bracket of an export, the heading of what follows */
};

/* What is known about the envelopes of one source. Zeros to begin with, except for `streams`. */
struct fps_unwrapper {
	struct fps_logorigins *streams; /* borrowed */
	struct fps_buffers buffers;
	struct fps_span rest;                /* of a line with several objects */
	struct fps_jsondocument document;    /* within the line; its texts come before the rest */
	struct fps_furtherlines further;     /* of such a text, or of a message; they come before its further texts */
	const struct fps_logorigin *section; /* whose lines follow, by a heading; NULL: nobody's */
	struct fps_continuationprefix learned;
	bool is_raw;       /* what stands in an object of several lines is not taken for an entry */
	size_t fields;     /* of CSV, one in the other, that the last line was in */
	size_t raw_fields; /* the same of the line that such an object began in */
	bool in_pieces;    /* some stream waits for the end of a line */
	/* of CSV, and of CSV within a field of it */
	size_t column[FPS_UNWRAPPER_FIELDS]; /* in which entries were found, from 1 on; 0: not known */
	bool in_field[FPS_UNWRAPPER_FIELDS]; /* in a quoted field that began in a line before */
};

/*
 * Takes a line apart. A line may contain several entries, like a JSON array: call fps_unwrapper_next() until it returns
 * false.
 */
void fps_unwrapper_put(struct fps_unwrapper *envelope, struct fps_span line);
bool fps_unwrapper_next(struct fps_unwrapper *envelope, struct fps_letter *letter);

/* The same for a text of that stream and time that was put together from several lines. */
void fps_unwrapper_reopen(
	struct fps_unwrapper *envelope, struct fps_span text, const struct fps_letter *of, struct fps_letter *letter);

void fps_unwrapper_free(struct fps_unwrapper *envelope);

#endif
