/*
 * Errors of operating systems in logs: "104: Connection reset by peer" on Linux is "54: Connection reset by peer" on
 * FreeBSD and macOS, and musl has words of its own.
 */
#ifndef FPS_OSERROR_H
#define FPS_OSERROR_H

#include "base/span.h"

/* This system's errno of what a log calls `number` and `text`; the text decides, the number only where it is unknown.
 */
int fps_oserror_number(int64_t number, struct fps_span text);

#endif
