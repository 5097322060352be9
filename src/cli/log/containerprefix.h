/*
 * Prefixes of lines: the name of a container, a time. For syslog's headers see syslog.h.
 */
#ifndef FPS_CONTAINERPREFIX_H
#define FPS_CONTAINERPREFIX_H

#include "log/wrappedline.h"

/* Takes one off the front. Returns which one, from 1 on, or 0 if there is no known prefix. */
int fps_containerprefix_take(struct fps_wrappedline *wrapped);

enum { FPS_PREFIXES = 14 };

/* Whether one with an unambiguous beginning stands there, even in the middle of a line: a time, a priority, a pod. */
bool fps_containerprefix_begins(struct fps_span text);

/* Whether CRI's prefix stands there, whose line may be incomplete. */
bool fps_containerprefix_begins_piece(const struct fps_wrappedline *wrapped);

/*
 * Takes a heading for the lines that follow: supervisord's `2026-05-12 10:00:00,408 DEBG 'nginx' stderr output:`, or
 * tail's.
 */
bool fps_containerprefix_take_heading(struct fps_wrappedline *wrapped);

#endif
