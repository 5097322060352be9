/*
 * nginx's access log: what the client got. As JSON with nginx's own names of variables ($pid, $connection, $status,
 * $upstream_status, $body_bytes_sent, $sent_http_content_length), or in the format `combined`.
 */
#ifndef FPS_ACCESSLOG_H
#define FPS_ACCESSLOG_H

#include "incidents.h"

struct fps_access {
	int64_t time; /* -1: not known */
	int64_t pid, connection; /* -1: not known, join by client and request */
	int64_t status, sent, declared; /* declared -1: no Content-Length */
	struct fps_span client, method, uri, upstream_status;
};

/* The spans are parts of the line. */
bool fps_accesslog_parse(struct fps_span line, struct fps_access *access);

/* Tells incidents, which have been sorted, what the log knows of them. False if it can't be read. */
bool fps_accesslog_read(struct fps_incidents *incidents, const char *name);

#endif
