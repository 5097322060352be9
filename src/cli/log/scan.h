/*
 * A log passed over quickly: most entries of nginx's error log are about something else, and are counted without being
 * taken apart (docs/decisions/49-one-look-at-a-line.md).
 */
#ifndef FPS_SCAN_H
#define FPS_SCAN_H

#include "base/span.h"

/* Where the scan of a buffer is. Zeros where a buffer is new. */
struct fps_scan {
	const char *word; /* the next word that matters, or the end of what has been looked at; NULL: not looked for yet */
};

/*
 * Passes over whole lines that are entries of nginx's error log and concern no upstream, and are followed by another
 * entry: what is followed by something else may go on there. Returns how many, and moves `text` behind them.
 */
uint64_t fps_scan_skip(struct fps_scan *scan, struct fps_span *text);

#endif
