/*
 * Operating systems' errors in logs: "104: Connection reset by peer" on Linux is "54: Connection reset by peer" on
 * FreeBSD and macOS, and musl has texts of its own.
 */
#ifndef FPS_OSERROR_H
#define FPS_OSERROR_H

#include "base/span.h"

/* This system's errno for `number` and `text` in a log. The text decides; the number only if the text is unknown. */
int fps_oserror_number(int64_t number, struct fps_span text);

#endif
