/*
 * What terminals, browsers and word processors add to a text or make of its signs.
 */
#ifndef FPS_TEXTCLEANUP_H
#define FPS_TEXTCLEANUP_H

#include "log/wrappedline.h"

/* Takes colours out, and what else a terminal is told between ESC [ and a letter; false if there are none. */
bool fps_textcleanup_strip_colours(struct fps_wrappedline *wrapped, struct fps_buffers *buffers);

/*
 * Quotes and blanks as a log has them, in place of typographic ones and HTML's. False, and nothing is changed, if the
 * text has its own.
 */
bool fps_textcleanup_restore(struct fps_wrappedline *wrapped, struct fps_buffers *buffers);

/* Whether an entry that begins so may have signs to restore: cheap. */
bool fps_textcleanup_may_lack(struct fps_span text);

#endif
