/*
 * Formats of access logs that the caller has passed, as nginx's log_format or Apache's LogFormat writes them.
 */
#ifndef FPS_ACCESSFORMAT_H
#define FPS_ACCESSFORMAT_H

#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

/* A line of an access log. */
struct fps_access {
	int64_t time;                   /* -1: not known */
	int64_t pid, connection;        /* -1: not known; join by client, request and time */
	int64_t status, sent, declared; /* declared -1: no Content-Length */
	struct fps_span client, method, uri, upstream_status;
	bool is_uri; /* uri may be $uri, which is decoded and has no query */
};

/*
 * Adds a format, which is kept until the program ends. False if it lacks the status or the request, without which its
 * lines are useless.
 */
bool fps_accessformat_add(const char *format);

/* Whether a line has one of these formats, and its fields. The spans are parts of the line. */
bool fps_accessformat_fits(struct fps_span line);
bool fps_accessformat_parse(struct fps_span line, struct fps_access *access);

#endif
