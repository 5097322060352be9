/*
 * What stands around a line: an object of JSON, a field of CSV, a value of logfmt, as log drivers, shippers and the
 * exports of log keepers write them.
 */
#ifndef FPS_STRUCTURED_H
#define FPS_STRUCTURED_H

#include "log/wrappedline.h"

/* What a buffer has to hold besides as many bytes as the text. */
enum { FPS_STRUCTURED_EXTRA = 32 };

/*
 * The line in the object that the text begins with; what the object says of it goes into the labels. A record of ours
 * within another object is taken out as it is. False if the object has neither.
 */
bool fps_structured_take_json(struct fps_wrappedline *wrapped, char *buffer);

/* Takes a field of CSV up to the quote that ends it; "" is a quote in it. False: it does not end in the text. */
bool fps_structured_take_quoted(struct fps_span *text, char *to, size_t *len);

/* Takes a string of JSON off, whose first quote has been taken, up to the one that ends it, which is taken too. */
void fps_structured_take_string(struct fps_span *text, struct fps_span *string);

/* A string of JSON, between its quotes, as text, which is never longer. Its length. */
size_t fps_structured_unescape(struct fps_span string, char *to);

/* Whether the object that the text begins with is a record of ours. */
bool fps_structured_is_record(struct fps_span object);

/* Whether a record of ours is somewhere in the text, in whatever is around it. */
bool fps_structured_mentions_record(struct fps_span text);

/*
 * The field of a line of CSV in which `begins` knows an entry, whose column (from 1 on) is kept: of lines without one
 * that column counts; or, in_field, what is left of a field that began in a line before. Sets in_field where the field
 * goes on in the next line.
 */
bool fps_structured_take_csv(struct fps_wrappedline *wrapped, char *buffer, bool *in_field, size_t *column,
	bool (*begins)(struct fps_span text));

/* What an export says of a line under a name that is a label's; nothing if it is none. */
void fps_structured_label(struct fps_wrappedline *wrapped, struct fps_span name, struct fps_span value);

/* `msg="…"` of `ts=… level=error msg="…"` */
bool fps_structured_take_logfmt(struct fps_wrappedline *wrapped, char *buffer);

#endif
