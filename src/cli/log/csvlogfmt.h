/*
 * A line in a field of CSV or in a value of logfmt, as exports of log services and shippers write it.
 */
#ifndef FPS_CSVLOGFMT_H
#define FPS_CSVLOGFMT_H

#include "log/wrappedline.h"

/* Takes a field of CSV up to its closing quote; "" is a quote within it. False: it does not end in the text. */
bool fps_csvlogfmt_take_quoted(struct fps_span *text, char *to, size_t *len);

/*
 * The field of a CSV line in which `begins` recognises an entry. Its column (from 1 on) is remembered, and used for
 * lines without an entry. With in_field, the rest of a field that began in an earlier line. Sets in_field if the field
 * continues in the next line.
 */
bool fps_csvlogfmt_take_csv(struct fps_wrappedline *wrapped, char *buffer, bool *in_field, size_t *column,
	bool (*begins)(struct fps_span text));

/* Takes `msg="…"` out of `ts=… level=error msg="…"` */
bool fps_csvlogfmt_take_logfmt(struct fps_wrappedline *wrapped, char *buffer);

#endif
