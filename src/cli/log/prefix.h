/*
 * What stands before a line: the name of its container, a time, syslog's header.
 */
#ifndef FPS_PREFIX_H
#define FPS_PREFIX_H

#include "log/unwrapped.h"

/* Takes one off the front; false if nothing there is known. */
bool fps_prefix_take(struct fps_unwrapped *unwrapped);

/* supervisord's heading of the lines that follow, `2026-05-12 10:00:00,408 DEBG 'nginx' stderr output:`. */
bool fps_prefix_take_heading(struct fps_unwrapped *unwrapped);

#endif
