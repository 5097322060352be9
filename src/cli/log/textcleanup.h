/*
 * Undoes what terminals, browsers and word processors add to a text, or replace in it.
 */
#ifndef FPS_TEXTCLEANUP_H
#define FPS_TEXTCLEANUP_H

#include "log/wrappedline.h"

/* Removes colours and other escape sequences between ESC [ and a letter; false if there are none. */
bool fps_textcleanup_strip_colours(struct fps_wrappedline *wrapped, struct fps_buffers *buffers);

/*
 * Restores a log's quotes and blanks in place of typographic ones and HTML's. False, and nothing is changed, if the
 * text has its own.
 */
bool fps_textcleanup_restore(struct fps_wrappedline *wrapped, struct fps_buffers *buffers);

/* Writes a dictionary of Python's, `{'log': '…'}`, as JSON; false if it is none. */
bool fps_textcleanup_restore_dict(struct fps_wrappedline *wrapped, struct fps_buffers *buffers);

/* `\/` of PHP's json_encode() becomes a slash again; other escapes remain. */
void fps_textcleanup_restore_slashes(struct fps_wrappedline *wrapped, struct fps_buffers *buffers);

/* Whether an entry that begins like this may need that: cheap. */
bool fps_textcleanup_may_lack(struct fps_span text);

/* Whether its quotes are those of a string of JSON that it was copied out of. */
bool fps_textcleanup_is_escaped(struct fps_span text);

#endif
