/*
 * Which frame of a PHP stack is the application's own: not that of a package, nor of a framework's core.
 */
#ifndef FPS_APPLICATIONFRAME_H
#define FPS_APPLICATIONFRAME_H

#include "base/span.h"

/* Whether a line of fps_record.stack is no frame but a mark. */
bool fps_applicationframe_is_mark(struct fps_span line);

/* The line of the innermost frame that is the application's own; where none is, of the innermost one with a file. NULL:
 * there is no such frame. `stack` as of fps_record.stack, may be NULL. */
struct fps_span fps_applicationframe_of(const char *stack);

/* The same, but NULL where none is the application's own. */
struct fps_span fps_applicationframe_only(const char *stack);

#endif
