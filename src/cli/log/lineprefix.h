/*
 * What stands before a line: the name of its container, a time. Syslog's headers: syslog.h.
 */
#ifndef FPS_LINEPREFIX_H
#define FPS_LINEPREFIX_H

#include "log/wrappedline.h"

/* Takes one off the front; which one, from 1 on, 0 if nothing there is known. */
int fps_lineprefix_take(struct fps_wrappedline *wrapped);

enum { FPS_PREFIXES = 11 };

/* Whether one stands there whose beginning leaves no doubt, also in the middle of a line: a time, a priority, a pod. */
bool fps_lineprefix_begins(struct fps_span text);

/* Whether CRI's stands there, whose line may be a piece of one. */
bool fps_lineprefix_begins_piece(const struct fps_wrappedline *wrapped);

/* The heading of the lines that follow: supervisord's, `2026-05-12 10:00:00,408 DEBG 'nginx' stderr output:`; tail's.
 */
bool fps_lineprefix_take_heading(struct fps_wrappedline *wrapped);

#endif
