/*
 * Formats of access logs that the caller has given, as nginx's log_format or Apache's LogFormat writes them.
 */
#ifndef FPS_ACCESSFORMAT_H
#define FPS_ACCESSFORMAT_H

#include "log/accesslog.h"

/* One more format; kept until the program ends. False if it names no status or no request, by which lines could be
 * used. */
bool fps_accessformat_add(const char *format);

/* Whether a line is in one of them, and what it says. The spans are parts of the line. */
bool fps_accessformat_fits(struct fps_span line);
bool fps_accessformat_parse(struct fps_span line, struct fps_access *access);

#endif
