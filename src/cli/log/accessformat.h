/*
 * Formats of access logs that the caller has passed, as nginx's log_format or Apache's LogFormat writes them.
 */
#ifndef FPS_ACCESSFORMAT_H
#define FPS_ACCESSFORMAT_H

#include "log/accesslog.h"

/*
 * Adds a format, which is kept until the program ends. False if it lacks the status or the request, without which its
 * lines are useless.
 */
bool fps_accessformat_add(const char *format);

/* Whether a line has one of these formats, and its fields. The spans are parts of the line. */
bool fps_accessformat_fits(struct fps_span line);
bool fps_accessformat_parse(struct fps_span line, struct fps_access *access);

#endif
